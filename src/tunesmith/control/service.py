"""The use cases of whoever asks for jobs from outside: create, stop, pause, resume, change, suggest, delete."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tunesmith.control.check import check
from tunesmith.control.clock import utc_now
from tunesmith.control.interventions import (
    LimitsChange,
    Obstacle,
    Suggested,
    check_limits,
    config_in_words,
    is_waiting,
    limits_in_words,
    obstacle,
    suggestion,
)
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Config, Space
from tunesmith.core.training_job import Handle, TrainingJob
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob, TuningStatus
from tunesmith.store.controls import Seen
from tunesmith.store.errors import Outdated
from tunesmith.store.records import Intervention, Kind, TrialRecord, TuningJobRecord
from tunesmith.store.store import Store

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_NOTHING_TO_SEARCH = Space([Categorical("nothing", ("nothing",))])
_NO_OBJECTIVE = Objective("(none)")
_SAME_LIMITS = LimitsChange()
_MOST_TRIES = 50  # to change a tuning job that changes all the time


@dataclass(frozen=True)
class _View:
    """How a tuning job stands when something is decided."""

    name: str
    record: TuningJobRecord
    trials: Sequence[TrialRecord]


@dataclass(frozen=True)
class _Act:
    """What is done to a tuning job; the fields are as the arguments of `Store.intervene`."""

    kind: Kind
    words: str
    config: Config | None = None
    definition: str | None = None
    limits: Limits | None = None
    pauses: bool | None = None
    reopens: bool = False
    stops_running: bool = False


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
    """Only a job that has not ended can be stopped, paused or changed."""

    def __init__(self, name: str, status: TuningStatus | TrialState, done: str = "stopped") -> None:
        super().__init__(f"{name!r} is {status.value}: it cannot be {done} any more", name, status)


class CannotGoOn(Refused):
    """A tuning job would end again at once; `obstacle` says which limit would help."""

    def __init__(self, name: str, status: TuningStatus, obstacle: Obstacle) -> None:
        more = f"; it needs more {obstacle.limit}" if obstacle.limit else ""
        super().__init__(f"the tuning job {name!r} cannot go on: {obstacle.why}{more}", name, status)
        self.obstacle = obstacle


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

    def stop_tuning_job(self, name: str, *, by: str | None = None) -> None:
        """Ask a tuning job to stop, which may be asked again. Raises NotFound or AlreadyEnded."""
        status = self.store.request_stop(name, self._clock(), by)
        if status.is_final:
            raise AlreadyEnded(name, status)
        self._wake()

    def pause_tuning_job(self, name: str, *, stop_running: bool = False, by: str | None = None) -> None:
        """Have nothing new started in a tuning job, which may be asked again; what runs goes on unless it is stopped.

        Raises NotFound, or AlreadyEnded for one that has ended or is being stopped.
        """
        words = "paused, and what ran was stopped" if stop_running else "paused"

        def decide(view: _View) -> _Act:
            if view.record.status is not TuningStatus.IN_PROGRESS:
                raise AlreadyEnded(view.name, view.record.status, "paused")
            return _Act(Kind.PAUSE, words, pauses=True, stops_running=stop_running)

        self._intervene(name, by, decide)

    def resume_tuning_job(
        self, name: str, change: LimitsChange = _SAME_LIMITS, *, by: str | None = None
    ) -> None:
        """Let a tuning job go on that is paused, was left by who drove it, was stopped, or has reached its limits.

        Raises NotFound, CannotGoOn for one that would end again at once, and ValueError as `change_limits` does.
        """

        def decide(view: _View) -> _Act:
            job, status = view.record.job, view.record.status
            limits = change.on(job.limits)
            check_limits(job, limits, view.trials, self._clock())
            is_only_paused = status is TuningStatus.IN_PROGRESS and view.record.paused_at is not None
            found = obstacle(job, limits, view.trials, self._clock())
            if found is not None and not is_only_paused:
                raise CannotGoOn(view.name, status, found)
            new = "" if limits == job.limits else f": {limits_in_words(job.limits, limits)}"
            reopens = status is not TuningStatus.IN_PROGRESS
            return _Act(Kind.RESUME, f"resumed{new}", limits=limits, pauses=False, reopens=reopens)

        self._intervene(name, by, decide)

    def change_limits(self, name: str, change: LimitsChange, *, by: str | None = None) -> Limits:
        """Give a tuning job that has not ended other limits; all that it has then.

        Raises:
            NotFound: There is no such tuning job.
            AlreadyEnded: It has ended, or is being stopped; `resume_tuning_job` takes other limits.
            ValueError: A limit cannot be, or is below what has been used already; the message names it.
        """

        def decide(view: _View) -> _Act:
            job = view.record.job
            if view.record.status is not TuningStatus.IN_PROGRESS:
                raise AlreadyEnded(view.name, view.record.status, "changed")
            limits = change.on(job.limits)
            check_limits(job, limits, view.trials, self._clock())
            return _Act(Kind.LIMITS, limits_in_words(job.limits, limits), limits=limits)

        self._intervene(name, by, decide)
        return self.store.controls(name).limits

    def suggest(
        self, name: str, config: Mapping[str, Any], definition: str | None = None, *, by: str | None = None
    ) -> Suggested:
        """Have a tuning job try a configuration next, before those of its strategy.

        Raises:
            NotFound: There is no such tuning job.
            AlreadyEnded: It has ended, or is being stopped.
            ValueError: The configuration is not of the space, it is waiting already, or no training job is left for it.
        """
        found: list[Suggested] = []

        def decide(view: _View) -> _Act:
            job, waiting = view.record.job, self.store.controls(view.name).suggestions
            if view.record.status is not TuningStatus.IN_PROGRESS:
                raise AlreadyEnded(view.name, view.record.status, "given suggestions")
            suggested = suggestion(job, config, definition, view.trials)
            if is_waiting(waiting, definition, suggested.config):
                msg = "config: the same suggestion is waiting to be tried already"
                raise ValueError(msg)
            taken = len(view.trials) + len(waiting)
            if job.limits.trials is not None and taken >= job.limits.trials:
                msg = f"limits: no training job is left of {job.limits.trials} for a suggestion; raise trials first"
                raise ValueError(msg)
            found[:] = [suggested]
            return _Act(
                Kind.SUGGEST, config_in_words(suggested), config=suggested.config, definition=definition
            )

        self._intervene(name, by, decide)
        return found[0]

    def _intervene(self, name: str, by: str | None, decide: Callable[[_View], _Act]) -> None:
        """Do what is decided by how a tuning job stands, and decide again if it has changed meanwhile."""
        for _ in range(_MOST_TRIES):
            standing = self.store.standing(name)
            view = _View(name, self.store.tuning_job(name), self.store.trials(name))
            act = decide(view)
            intervention = Intervention(
                at=self._clock(),
                kind=act.kind,
                words=act.words,
                by=by,
                config=act.config,
                definition=act.definition,
            )
            # Other limits are judged by what was used; for the rest it does not matter if that becomes more.
            trials = None if act.limits is None else len(view.trials)
            try:
                self.store.intervene(
                    name,
                    intervention,
                    Seen(revision=standing.revision, trials=trials),
                    limits=act.limits,
                    pauses=act.pauses,
                    reopens=act.reopens,
                    stops_running=act.stops_running,
                )
            except Outdated:
                continue
            self._wake()
            return
        raise Outdated(name)

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
