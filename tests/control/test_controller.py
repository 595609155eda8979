from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tunesmith.backends.in_process import InProcess
from tunesmith.control.controller import Controller
from tunesmith.control.plan import Pause
from tunesmith.control.progress import Progress
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Ending,
    Function,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
)
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob, TuningStatus
from tunesmith.store.errors import Claimed, NameTaken, NotFound
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("score", Goal.MAXIMIZE),
    metrics=(MetricPattern("score", r"score=(\S+)"),),
    limits=Limits(trials=6, parallel=2),
    strategy="Random",
    seed=3,
    created_at=NOW,
)


class Ended:
    """A backend outside of us: what was started there goes on, whatever becomes of the controller.

    A job shows as running when it is first looked at, and as ended, with its score, from the second time on.
    """

    def __init__(self) -> None:
        self.jobs: dict[Handle, TrainingJob] = {}
        self.starts: Counter[str] = Counter()
        self.looks: Counter[Handle] = Counter()
        self.stopped: set[Handle] = set()
        self.seconds_waited: list[float] = []

    def start(self, job: TrainingJob) -> Handle:
        if job.name not in self.jobs:
            self.jobs[job.name] = job
            self.starts[job.name] += 1
        return job.name

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        return [self._update(handle, cursor) for handle, cursor in cursors.items()]

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        self.looks[handle] += 1
        log = f"score={self.jobs[handle].hyperparameters['x']}\n".encode()
        status = JobStatus.STOPPED if handle in self.stopped else JobStatus.COMPLETED
        if self.looks[handle] == 1 and handle not in self.stopped:
            status = JobStatus.RUNNING
        return JobUpdate(
            handle=handle,
            status=status,
            log=log[cursor.log :],
            cursor=Cursor(len(log)),
            ending=Ending.EXITED if status is JobStatus.COMPLETED else None,
            started_at=NOW,
        )

    def stop(self, handle: Handle) -> None:
        self.stopped.add(handle)

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        raise NotImplementedError

    def room(self, resources: Resources) -> int:
        return 10 // resources.cpus

    def wait(self, seconds: float) -> None:
        self.seconds_waited.append(seconds)


class Killed(BaseException):
    """The end of the controller's process."""


def kill_at(
    call: int, calls: Counter[str], function: Callable[..., Any], *, before: bool
) -> Callable[..., Any]:
    """The function, but for its `call`-th call of all, just before or just after which the process is killed."""

    def wrapped(*arguments: Any) -> Any:
        calls["all"] += 1
        if before and calls["all"] == call:
            raise Killed
        result = function(*arguments)
        if calls["all"] == call:
            raise Killed
        return result

    return wrapped


def facts(store: Store, backend: Ended) -> dict[str, object]:
    """What is true after a tuning job, however it came about."""
    trials = store.trials("job")
    return {
        "status": store.tuning_job("job").status,
        "configs": [trial.config for trial in trials],
        "names": [trial.name for trial in trials],
        "values": [trial.value for trial in trials],
        "states": [trial.state for trial in trials],
        "points": Counter((p.trial, p.metric, p.value) for p in store.metric_points("job")),
        "starts": backend.starts,
    }


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_killed_around_any_call_it_ends_with_the_same_facts(strategy: str) -> None:
    job = replace(JOB, strategy=strategy)
    calm_store, calm_backend = Store(), Ended()
    Controller(calm_store, calm_backend).create(job)
    Controller(calm_store, calm_backend).run("job")
    expected = facts(calm_store, calm_backend)
    kills = 0
    for call in range(1, 40):
        for before in (True, False):
            store, backend = Store(), Ended()
            Controller(store, backend).create(job)
            calls: Counter[str] = Counter()
            with pytest.MonkeyPatch.context() as patch:
                for owner, method in ((store, "record"), (backend, "start"), (backend, "poll")):
                    patch.setattr(owner, method, kill_at(call, calls, getattr(owner, method), before=before))
                try:
                    Controller(store, backend).run("job")
                except Killed:
                    kills += 1
            Controller(store, backend).run("job")
            assert facts(store, backend) == expected
    assert kills >= 20


def kill_and_go_on(call: int, before: bool) -> tuple[dict[str, object], bool]:
    """The facts of a training job alone, whose first controller is killed around a call; whether it was."""
    store, backend = Store(), Ended()
    alone = replace(JOB, alone=True, limits=Limits(trials=1))
    trial = TrialRecord(number=1, name="solo", config={"x": 0.5}, created_at=NOW)
    store.create_tuning_job(alone, trials=[trial])
    calls: Counter[str] = Counter()
    was_killed = False
    with pytest.MonkeyPatch.context() as patch:
        for owner, method in ((store, "record"), (backend, "start"), (backend, "poll")):
            patch.setattr(owner, method, kill_at(call, calls, getattr(owner, method), before=before))
        try:
            Controller(store, backend).run("job")
        except Killed:
            was_killed = True
    Controller(store, backend).run("job")
    return facts(store, backend), was_killed


@pytest.mark.parametrize("before", [True, False])
def test_a_training_job_alone_survives_kills(before: bool) -> None:
    expected, _ = kill_and_go_on(99, before)
    assert expected["states"] == [TrialState.COMPLETED]
    assert expected["starts"] == {"solo": 1}
    kills = 0
    for call in range(1, 9):
        found, was_killed = kill_and_go_on(call, before)
        kills += was_killed
        assert found == expected
    assert kills >= 5


def test_a_training_job_alone_needs_no_objective() -> None:
    store, backend = Store(), Ended()
    alone = replace(JOB, alone=True, limits=Limits(trials=1), metrics=(), output="s3://bucket/out")
    trial = TrialRecord(number=1, name="solo", config={"x": 0.5}, created_at=NOW)
    store.create_tuning_job(alone, trials=[trial])
    last = Controller(store, backend).run("job")
    assert last.record.status is TuningStatus.COMPLETED
    ended = store.training_job("solo").trial
    assert (ended.state, ended.reason, ended.value) == (TrialState.COMPLETED, None, None)
    assert ended.ending is Ending.EXITED
    assert backend.jobs["solo"].output == "s3://bucket/out"


@pytest.mark.parametrize("when", ["while it runs", "before it is taken up"])
def test_a_single_training_job_is_stopped(when: str) -> None:
    store, backend = Store(), Ended()
    controller = Controller(store, backend)
    controller.create(JOB)

    def stop_first(progress: Progress) -> None:
        if progress.open and not backend.stopped:
            store.ask_to_stop_training_job(progress.open[0].name, NOW)

    if when == "while it runs":
        last = controller.run("job", watch=stop_first)
    else:
        first = TrialRecord(number=1, name="first", config={"x": 0.5}, created_at=NOW)
        store.record("job", Change(trials=(first,), at=NOW))
        store.ask_to_stop_training_job("first", NOW)
        last = controller.run("job")
    assert last.record.status is TuningStatus.COMPLETED
    assert last.counts[TrialState.STOPPED] == 1
    stopped = store.trial("job", 1)
    assert (stopped.state, stopped.reason) == (TrialState.STOPPED, "stopped by the user")
    assert last.counts[TrialState.COMPLETED] == 5


def test_left_alone_everything_goes_on() -> None:
    store, backend = Store(), Ended()
    controller = Controller(store, backend)
    controller.create(JOB)
    asked = iter([Pause.GO])
    left = controller.run("job", pause=lambda: next(asked, Pause.LEAVE))
    assert len(left.open) == 2
    assert backend.stopped == set()
    assert store.status("job") is TuningStatus.IN_PROGRESS
    assert controller.run("job").record.status is TuningStatus.COMPLETED


def run_function(target: Callable[[Config], object], job: TuningJob = JOB, **options: Any) -> Progress:
    job = replace(job, work=Function(target), metrics=(), limits=options.pop("limits", job.limits))
    store = Store()
    controller = Controller(store, InProcess(metric=job.objective.metric))
    controller.create(job)
    return controller.run("job", work=job.work, **options)


def test_finds_the_best_and_says_how_it_stands() -> None:
    seen: list[Progress] = []
    last = run_function(lambda config: config["x"], watch=seen.append)
    assert last.record.status is TuningStatus.COMPLETED
    assert last.best is not None
    finished = [record for progress in seen for record in progress.finished]
    assert [record.number for record in finished] == [1, 2, 3, 4, 5, 6]
    assert last.best.value == max(record.value or 0 for record in finished)
    assert last.counts[TrialState.COMPLETED] == 6
    assert all(len(progress.open) <= 2 for progress in seen)


def test_five_failures_end_it_with_the_reason() -> None:
    def fail(config: Config) -> float:
        msg = f"cannot train with {config['x']}"
        raise RuntimeError(msg)

    last = run_function(fail, limits=Limits(trials=20))
    assert last.record.status is TuningStatus.FAILED
    assert last.counts[TrialState.FAILED] == 5
    assert last.record.reason is not None
    assert "5 attempts" in last.record.reason
    assert "cannot train with" in last.record.reason


def test_work_that_the_backend_refuses_is_a_failed_trial() -> None:
    store = Store()
    controller = Controller(store, InProcess())
    controller.create(JOB)  # a command, which it cannot run
    last = controller.run("job")
    assert last.record.status is TuningStatus.FAILED
    trials = store.trials("job")
    assert {trial.state for trial in trials} == {TrialState.FAILED}
    assert all("could not be started" in (trial.reason or "") for trial in trials)
    assert {trial.ending for trial in trials} == {Ending.REFUSED}


def test_the_users_stop_stops_what_runs() -> None:
    store, backend = Store(), Ended()
    controller = Controller(store, backend)
    controller.create(JOB)

    def stop_at_once(progress: Progress) -> None:
        if progress.record.status is TuningStatus.IN_PROGRESS:
            store.request_stop("job", NOW)

    last = controller.run("job", watch=stop_at_once)
    assert last.record.status is TuningStatus.STOPPED
    assert len(backend.stopped) == 2
    assert last.counts[TrialState.STOPPED] == 2
    assert {trial.reason for trial in store.trials("job")} == {"stopped by the user"}


@pytest.mark.parametrize(("pause", "state"), [(Pause.DRAIN, "Completed"), (Pause.STOP, "Stopped")])
def test_a_pause_leaves_nothing_open_and_a_job_that_goes_on(pause: Pause, state: str) -> None:
    store, backend = Store(), Ended()
    controller = Controller(store, backend)
    controller.create(JOB)
    asked = iter([Pause.GO])
    last = controller.run("job", pause=lambda: next(asked, pause))
    assert last.record.status is TuningStatus.IN_PROGRESS
    assert last.open == ()
    assert [trial.state for trial in store.trials("job")] == [state, state]
    assert controller.run("job").record.status is TuningStatus.COMPLETED
    assert len(store.trials("job")) == 6


def test_only_one_controller_at_a_time() -> None:
    store, backend = Store(), Ended()
    Controller(store, backend).create(JOB)
    with store.claim("job"), pytest.raises(Claimed):
        Controller(store, backend).run("job")


def test_unknown_and_taken_names() -> None:
    controller = Controller(Store(), Ended())
    with pytest.raises(NotFound):
        controller.run("job")
    controller.create(JOB)
    with pytest.raises(NameTaken):
        controller.create(replace(JOB, name="JOB"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"strategy": "Magic"}, "Bayesian"),
        ({"strategy": "Grid"}, "x"),
        ({"metrics": (MetricPattern("score", "("),)}, "score"),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_stored(change: dict[str, Any], fault: str) -> None:
    store = Store()
    with pytest.raises(ValueError, match=fault):
        Controller(store, Ended()).create(replace(JOB, **change))
    assert store.tuning_jobs() == []


def test_a_finished_job_is_only_described() -> None:
    store, backend = Store(), Ended()
    controller = Controller(store, backend)
    controller.create(JOB)
    first = controller.run("job")
    again = controller.run("job")
    assert again.record.status is TuningStatus.COMPLETED
    assert again.best == first.best
    assert sum(backend.starts.values()) == 6
