"""What early stopping has saved."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import count, percent, span


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Run time that was spent, and an estimate of what would have been spent beside it without early stopping."""

    stopped: int  # training jobs that a rule gave up
    ended: int
    spent_seconds: float
    saved_seconds: float

    @property
    def share(self) -> float:
        """The part of the whole run time that was saved."""
        whole = self.spent_seconds + self.saved_seconds
        return self.saved_seconds / whole if whole > 0.0 else 0.0


def early_stopping(saved: Saved) -> list[Finding]:
    """Say what was saved; nothing to say if no training job was given up."""
    if not saved.stopped:
        return []
    sentence = (
        f"Early stopping gave up {saved.stopped:,} of the {count(saved.ended, 'training job')} that have ended, "
        f"which saved about {span(saved.saved_seconds)} of run time: {percent(saved.share)} of what all would have taken."
    )
    return [Finding(kind=Kind.EARLY_STOPPING, severity=Severity.FINE, sentence=sentence, facts=saved)]
