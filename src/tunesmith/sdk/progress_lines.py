"""Progress of a tuning job as lines of text, for notebooks and logs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeAlias

from tunesmith.control.progress import Progress

Watch: TypeAlias = Callable[[Progress], None]
"""What is called after each tick of the controller."""


def watch_of(progress: bool | Watch) -> Watch | None:
    """What is to be called, for a user who may also say yes or no."""
    if isinstance(progress, bool):
        return ProgressLines() if progress else None
    return progress


class ProgressLines:
    """Prints a line to standard error for each new best trial, each warning, and the end."""

    def __init__(self) -> None:
        self._best: int | None = None

    def __call__(self, progress: Progress) -> None:
        """Say what is new."""
        job = progress.record.job
        for warning in progress.warnings:
            _print(f"{job.name}: {warning}")
        if progress.best is not None and progress.best.number != self._best:
            self._best = progress.best.number
            ended = sum(count for state, count in progress.counts.items() if state.is_final)
            of = "" if job.limits.trials is None else f" of {job.limits.trials}"
            value = f"{job.objective.metric} = {progress.best.value:.6g}"
            _print(f"{job.name}: {ended}{of} trials, best {value} (trial {self._best})")
        if progress.record.status.is_final:
            _print(f"{job.name}: {progress.record.status.lower()}: {progress.record.reason}")


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the user has asked for it
