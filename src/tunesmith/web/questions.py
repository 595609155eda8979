"""What the page asks the process that analyses tuning jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tunesmith.store.records import TrialRecord, TuningJobRecord


@dataclass(frozen=True)
class Study:
    """A tuning job and the training jobs to learn from."""

    record: TuningJobRecord
    trials: Sequence[TrialRecord]


@dataclass(frozen=True)
class AskLesson:
    """What does it teach? Answered by a `Lesson`."""

    study: Study


@dataclass(frozen=True)
class AskMap:
    """How is the metric over two hyperparameters? Answered by a `Map`, or None while too little is known."""

    study: Study
    algorithm: str | None
    names: tuple[str, str]


@dataclass(frozen=True)
class AskWhy:
    """Why was a training job, one of those of the study, suggested? Answered by `Suggested`."""

    study: Study
    number: int


Question: TypeAlias = AskLesson | AskMap | AskWhy
