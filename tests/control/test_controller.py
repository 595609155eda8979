from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

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
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, TuningJob, TuningStatus
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


class Losing(Ended):
    """A backend that loses the first attempts of every job, each after a report of its score, plus ten."""

    def __init__(self, losses: int = 1) -> None:
        super().__init__()
        self.losses = losses

    def start(self, job: TrainingJob) -> Handle:
        handle = f"{job.name}~{job.attempt}"
        if handle not in self.jobs:
            self.jobs[handle] = job
            self.starts[job.name] += 1
        return handle

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        job = self.jobs[handle]
        if job.attempt > self.losses:
            news = super()._update(handle, Cursor(max(0, cursor.log - 9 * self.losses)))
            return replace(news, cursor=Cursor(9 * self.losses + news.cursor.log))
        self.looks[handle] += 1
        log = (b"score=10\n" * job.attempt)[cursor.log :]
        is_lost = self.looks[handle] > 1
        return JobUpdate(
            handle=handle,
            status=JobStatus.FAILED if is_lost else JobStatus.RUNNING,
            log=log,
            cursor=Cursor(9 * job.attempt),
            reason="gone" if is_lost else None,
            ending=Ending.LOST if is_lost else None,
            started_at=NOW,
        )


RETRIED = replace(JOB, limits=Limits(trials=2, parallel=2), retries=2)


@pytest.mark.parametrize("checkpoints", [None, "/kept"])
def test_killed_around_any_call_it_retries_what_was_lost_as_often_as_it_would_have(
    checkpoints: str | None,
) -> None:
    job = replace(RETRIED, checkpoints=checkpoints)

    def run(call: int, *, before: bool) -> tuple[dict[str, object], bool]:
        store, backend = Store(), Losing(losses=2)
        Controller(store, backend).create(job)
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
        earlier = [
            [(a.ending, a.reason, a.forgotten) for a in trial.earlier] for trial in store.trials("job")
        ]
        return {**facts(store, backend), "earlier": earlier}, was_killed

    expected, _ = run(999, before=True)
    assert expected["states"] == [TrialState.COMPLETED] * 2
    assert expected["starts"] == dict.fromkeys(cast("list[str]", expected["names"]), 3)
    assert expected["earlier"] == [[(Ending.LOST, "gone", 0 if checkpoints else 1)] * 2] * 2
    assert sum(_kills(expected, run)) >= 20


def _kills(expected: dict[str, object], run: Callable[..., tuple[dict[str, object], bool]]) -> Iterator[bool]:
    """Whether each run was killed, around one call after the other until there are none left."""
    for call in count(1):
        for before in (True, False):
            found, was_killed = run(call, before=before)
            assert found == expected
            yield was_killed
        if not was_killed:
            return


@pytest.mark.parametrize(("checkpoints", "value"), [(None, None), ("/kept", 10.0)])
def test_what_was_reported_before_a_loss_counts_where_checkpoints_are_kept(
    checkpoints: str | None, value: float | None
) -> None:
    store, backend = Store(), Losing(losses=1)
    controller = Controller(store, backend)
    controller.create(replace(RETRIED, limits=Limits(trials=1), checkpoints=checkpoints))
    starting_again: list[float | None] = []

    def look(progress: Progress) -> None:
        again = [r for r in progress.open if r.attempt == 2 and r.state is TrialState.PENDING]
        starting_again.extend(record.value for record in again)

    controller.run("job", watch=look)
    assert starting_again == [value]
    trial = store.trial("job", 1)
    assert (trial.value, trial.attempt) == (trial.config["x"], 2)
    assert [point.value for point in store.metric_points("job")] == [10.0, trial.config["x"]]
    assert backend.jobs[f"{trial.name}~2"].checkpoints == (checkpoints and f"/kept/{trial.name}")


def test_retries_that_are_used_up_leave_a_failure() -> None:
    store, backend = Store(), Losing(losses=9)
    controller = Controller(store, backend)
    controller.create(RETRIED)
    last = controller.run("job")
    assert last.record.status is TuningStatus.FAILED
    assert {trial.ending for trial in store.trials("job")} == {Ending.LOST}
    assert set(backend.starts.values()) == {3}
    assert store.summary("job").retryable == 2


@pytest.mark.parametrize("asked", ["training job", "tuning job"])
def test_what_somebody_has_asked_to_stop_is_not_started_again(asked: str) -> None:
    store, backend = Store(), Losing(losses=9)
    controller = Controller(store, backend)
    controller.create(replace(RETRIED, limits=Limits(trials=1)))

    def ask(progress: Progress) -> None:
        for record in progress.open:
            if asked == "training job":
                store.ask_to_stop_training_job(record.name, NOW)
            else:
                store.request_stop("job", NOW)

    controller.run("job", watch=ask)
    assert sum(backend.starts.values()) == 1
    assert store.trial("job", 1).attempt == 1


def test_a_spot_job_that_is_overdue_is_stopped() -> None:
    store, backend = Store(), Ended()
    times = iter([NOW, NOW])
    controller = Controller(store, backend, clock=lambda: next(times, NOW + timedelta(seconds=61)))
    controller.create(replace(RETRIED, limits=Limits(trials=1), max_wait_seconds=60.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "_update", _runs_until_stopped(backend))
        controller.run("job")
    trial = store.trial("job", 1)
    assert (trial.state, trial.ending) == (TrialState.STOPPED, Ending.MAX_WAIT)


def _runs_until_stopped(backend: Ended) -> Callable[[Handle, Cursor], JobUpdate]:
    def update(handle: Handle, cursor: Cursor) -> JobUpdate:
        is_stopped = handle in backend.stopped
        return JobUpdate(
            handle=handle,
            status=JobStatus.STOPPED if is_stopped else JobStatus.RUNNING,
            cursor=cursor,
            ending=Ending.STOPPED if is_stopped else None,
            started_at=NOW,
        )

    return update


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
        ({"stopping": "medium"}, "stopping: there is no 'medium'"),
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


class Curves(Ended):
    """As `Ended`, but with four scores, one at a look, all of them x."""

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        if handle not in self.stopped:
            self.looks[handle] += 1
        x, looks = self.jobs[handle].hyperparameters["x"], min(self.looks[handle], 4)
        log = f"score={x}\n".encode() * looks
        going = JobStatus.RUNNING if self.looks[handle] <= 4 else JobStatus.COMPLETED
        status = JobStatus.STOPPED if handle in self.stopped else going
        return JobUpdate(
            handle=handle, status=status, log=log[cursor.log :], cursor=Cursor(len(log)), started_at=NOW
        )


EARLY_STOPPING = [
    replace(JOB, stopping="median", limits=Limits(trials=25, parallel=2)),
    replace(JOB, stopping="gain", limits=Limits(trials=25, parallel=2)),
    replace(JOB, strategy="Hyperband", resource=ReportRange(3), limits=Limits(trials=25, parallel=2)),
]


@pytest.mark.parametrize("job", EARLY_STOPPING, ids=["median", "gain", "Hyperband"])
def test_early_stopping_is_the_same_when_a_new_controller_takes_over_at_every_tick(job: TuningJob) -> None:
    at_once, in_pieces = Store(), Store()
    controller = Controller(at_once, Curves(), clock=lambda: NOW)
    controller.create(job)
    controller.run("job")
    backend = Curves()
    Controller(in_pieces, backend, clock=lambda: NOW).create(job)
    for _ in range(1000):
        asked = iter([Pause.GO, Pause.LEAVE])
        last = Controller(in_pieces, backend, clock=lambda: NOW).run("job", pause=lambda: next(asked))  # noqa: B023 - it ends in this round
        if last.record.status.is_final:
            break
    assert in_pieces.trials("job") == at_once.trials("job")
    assert last.counts[TrialState.STOPPED] > 0


def test_how_the_search_stands_is_stored() -> None:
    store = Store()
    controller = Controller(store, Ended(), clock=lambda: NOW)
    controller.create(replace(JOB, limits=Limits(trials=40)))
    controller.run("job")
    summary = store.summary("job")
    assert 20 <= summary.not_improving < 40
    assert summary.converged_at == NOW


def test_a_search_that_has_converged_ends_if_it_is_to() -> None:
    store = Store()
    controller = Controller(store, Ended(), clock=lambda: NOW)
    controller.create(replace(JOB, limits=Limits(trials=40), completion=Completion(converged=True)))
    last = controller.run("job")
    assert last.record.status is TuningStatus.COMPLETED
    assert (last.record.reason or "").startswith("it has converged: 20 training jobs have ended since")
    assert len(store.trials("job")) < 40
    assert store.summary("job").converged_at == NOW
