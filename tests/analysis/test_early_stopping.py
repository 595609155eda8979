from __future__ import annotations

from tunesmith.analysis.early_stopping import Saved, early_stopping


def test_what_was_saved() -> None:
    (finding,) = early_stopping(Saved(stopped=8, ended=20, spent_seconds=5400.0, saved_seconds=1800.0))
    assert finding.facts.share == 0.25
    assert finding.sentence == (
        "Early stopping gave up 8 of the 20 training jobs that have ended, which saved about 30 min of run time: "
        "25 % of what all would have taken."
    )


def test_nothing_was_stopped() -> None:
    assert early_stopping(Saved(stopped=0, ended=20, spent_seconds=5400.0, saved_seconds=0.0)) == []
    assert Saved(stopped=0, ended=0, spent_seconds=0.0, saved_seconds=0.0).share == 0.0
