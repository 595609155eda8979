"""The use cases of whoever asks for jobs from outside: create, stop, delete."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tunesmith.control.check import check
from tunesmith.control.controller import utc_now
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Space
from tunesmith.core.training_job import Handle, TrainingJob
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob, TuningStatus
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_NOTHING_TO_SEARCH = Space([Categorical("nothing", ("nothing",))])
_NO_OBJECTIVE = Objective("(none)")


class Refused(Exception):  # noqa: N818 -- as the next two
    """A job is not in a state in which this can be done."""

    def __init__(self, message: str, name: str, status: TuningStatus | TrialState) -> None:
        super().__init__(message)
        self.name = name
        self.status = status


class NotFinal(Refused):
    """Only a job that has ended can be deleted."""

    def __init__(self, name: str, status: TuningStatus | TrialState) -> None:
        super().__init__(f"{name!r} is {status.value}: it can be deleted when it has ended", name, status)


class AlreadyEnded(Refused):
    """Only a job that has not ended can be stopped."""

    def __init__(self, name: str, status: TuningStatus | TrialState) -> None:
        super().__init__(f"{name!r} is {status.value}: it cannot be stopped any more", name, status)


class Service:
    """What can be asked for; a `Fleet` on the same store makes it happen. Readers use `store` directly."""

    def __init__(
        self,
        store: Store,
        wake: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = utc_now,
        *,
        freeze: Callable[[TuningJob], TuningJob] = lambda job: job,
        discard: Callable[[Handle], None] = lambda _: None,
    ) -> None:
        """Work on a store.

        Args:
            store: Where everything is known.
            wake: Called after each change that whoever drives the jobs should notice.
            clock: Gives the time, timezone-aware.
            freeze: Gives a job whose source cannot change any more; may raise ValueError.
            discard: Removes what the backend keeps of a training job that has ended, so that its name is free.
        """
        self.store = store
        self._wake = wake
        self._clock = clock
        self._freeze = freeze
        self._discard = discard

    def create_tuning_job(
        self,
        job: TuningJob,
        request: Mapping[str, Any] | None = None,
        token: str | None = None,
        tags: Mapping[str, str] = _NO_TAGS,
    ) -> None:
        """Check and store a tuning job. Raises ValueError, naming the field, for one that cannot work, or NameTaken."""
        check(self.store, job)
        self.store.create_tuning_job(self._freeze(job), request=request, token=token, tags=tags)
        self._wake()

    def create_training_job(
        self,
        job: TrainingJob,
        metrics: tuple[MetricPattern, ...] = (),
        request: Mapping[str, Any] | None = None,
        token: str | None = None,
        tags: Mapping[str, str] = _NO_TAGS,
        *,
        retries: int = 0,
        max_wait_seconds: float | None = None,
    ) -> None:
        """Check and store a training job by itself; raises as `create_tuning_job` does.

        `retries` and `max_wait_seconds` are as those of a `TuningJob`.
        """
        LogMetrics(metrics)
        now = self._clock()
        alone = replace(
            self._freeze(_alone(job, metrics, now)), retries=retries, max_wait_seconds=max_wait_seconds
        )
        trial = TrialRecord(number=1, name=job.name, config={}, created_at=now)
        self.store.create_tuning_job(alone, request=request, token=token, tags=tags, trials=(trial,))
        self._wake()

    def stop_tuning_job(self, name: str) -> None:
        """Ask a tuning job to stop, which may be asked again. Raises NotFound or AlreadyEnded."""
        status = self.store.request_stop(name, self._clock())
        if status.is_final:
            raise AlreadyEnded(name, status)
        self._wake()

    def stop_training_job(self, name: str) -> None:
        """Ask a training job to stop, which may be asked again. Raises NotFound or AlreadyEnded."""
        state = self.store.ask_to_stop_training_job(name, self._clock())
        if state.is_final:
            raise AlreadyEnded(name, state)
        self._wake()

    def delete_tuning_job(self, name: str) -> None:
        """Forget a tuning job that has ended, but not its training jobs. Raises NotFound or NotFinal."""
        status = self.store.status(name)
        if not status.is_final:
            raise NotFinal(name, status)
        self.store.forget_tuning_job(name)

    def delete_training_job(self, name: str) -> None:
        """Forget a training job that has ended, and what it left in its folder. Raises NotFound or NotFinal."""
        trial = self.store.training_job(name).trial
        if not trial.state.is_final:
            raise NotFinal(name, trial.state)
        if trial.handle is not None:
            self._discard(trial.handle)
        self.store.forget_training_job(name)


def _alone(job: TrainingJob, metrics: tuple[MetricPattern, ...], now: datetime) -> TuningJob:
    """The tuning job that stands for one training job, under a name that nobody else has."""
    shared = {f.name for f in fields(TrainingJob)} & {f.name for f in fields(TuningJob)} - {"name"}
    return TuningJob(
        name=uuid.uuid4().hex,
        space=_NOTHING_TO_SEARCH,
        objective=_NO_OBJECTIVE,
        limits=Limits(trials=1),
        metrics=metrics,
        alone=True,
        created_at=now,
        **{field: getattr(job, field) for field in shared},
    )
