"""What the page asks the process that analyses tuning jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tunesmith.core.space import Config
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


@dataclass(frozen=True)
class AskBeliefs:
    """What value would each configuration have without noise? Answered by `Beliefs`."""

    study: Study
    configs: Mapping[str | None, Mapping[int, Config]]
    """Of each algorithm, those of training jobs by their numbers; they do not have to be of the study."""


@dataclass(frozen=True)
class AskReport:
    """What is the report on a tuning job? Answered by the file and its media type. The store is read there."""

    store: str  # its URL
    name: str
    suffix: str  # of the format, such as `.html`
    now: datetime


Question: TypeAlias = AskLesson | AskMap | AskWhy | AskBeliefs | AskReport
