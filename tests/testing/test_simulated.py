from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from tunesmith.backends.protocol import Backend
from tunesmith.control.controller import Controller
from tunesmith.control.progress import Progress
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import Command, Cursor, Ending, JobStatus, TrainingJob, Work
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store.store import Store
from tunesmith.testing.backends import BackendContract
from tunesmith.testing.simulated import START, Epoch, Simulated, SimulatedClock

NOTHING = Command(("true",))


def epochs(count: int, seconds: float = 60.0) -> list[Epoch]:
    return [Epoch(seconds, {"loss": 1.0 / (number + 1)}) for number in range(count)]


def scripted(config: Config) -> Iterator[Epoch]:
    """What the works of the contract suite do, told by hyperparameters: see `TestSimulated.job`."""
    arguments = [str(config[name]) for name in sorted(config) if name.startswith("argument")]
    match config["verb"]:
        case "print":
            yield Epoch(0, log="".join(f"{line}\n" for line in arguments))
        case "fail":
            yield Epoch(0, log="oops\n", exit_code=3)
        case "hang":
            yield from chain([Epoch(log="up\n")], repeat(Epoch()))
        case "mark":
            with Path(arguments[0]).open("a") as file:
                file.write("run\n")
        case "report":
            for line in arguments:
                reported = json.loads(line)
                yield Epoch(0, reported["metrics"])


class TestSimulated(BackendContract):
    @pytest.fixture
    def make(self) -> Callable[[], Backend]:
        """Jobs live in the object, so the one after a restart is the same."""
        backend = Simulated(scripted, workers=3, clock=SimulatedClock(datetime.now(UTC)))
        return lambda: backend

    def printing(self, *lines: str) -> Work:
        return Command(("print", *lines))

    def failing(self) -> Work:
        return Command(("fail",))

    def endless(self) -> Work:
        return Command(("hang",))

    def marking(self, path: Path) -> Work:
        return Command(("mark", str(path)))

    def reporting(self, *lines: str) -> Work:
        return Command(("report", *lines))

    def job(self, work: Work, name: str = "job-1") -> TrainingJob:
        job = super().job(work, name)
        if not isinstance(work, Command):
            return job
        verb, *arguments = work.arguments
        given = {f"argument{number}": argument for number, argument in enumerate(arguments)}
        return replace(job, hyperparameters={"verb": verb, **given})

    def test_reports_are_told(self, backend: Backend) -> None:
        """As in the suite, but for the time of a report, which is the simulation's."""
        lines = [json.dumps({"time": number, "metrics": {"loss": number}}) for number in range(3)]
        handle = backend.start(self.job(self.reporting(*lines)))
        backend.wait(1)
        (update,) = backend.poll({handle: Cursor()})
        told = [json.loads(line) for line in update.reports.splitlines()]
        assert [line["metrics"] for line in told] == [{"loss": number} for number in range(3)]
        assert update.cursor.reports == len(update.reports)


def started(backend: Simulated, name: str = "job", max_seconds: float | None = None) -> str:
    return backend.start(TrainingJob(name=name, work=NOTHING, max_seconds=max_seconds))


def statuses(backend: Simulated, *handles: str) -> list[JobStatus]:
    return [update.status for update in backend.poll(dict.fromkeys(handles, Cursor()))]


def test_waiting_jumps_to_the_next_end_of_an_epoch() -> None:
    backend = Simulated(lambda _: epochs(2))
    handle = started(backend)
    backend.wait(0.25)
    assert backend.clock() == START + timedelta(seconds=60)
    backend.wait(0.25)
    (update,) = backend.poll({handle: Cursor()})
    assert (update.status, update.ended_at) == (JobStatus.COMPLETED, START + timedelta(seconds=120))
    assert backend.epochs == 2


def test_time_passes_without_jobs_too_and_not_without_waiting() -> None:
    backend = Simulated(lambda _: epochs(2))
    backend.wait(5)
    backend.wait(0)
    assert backend.clock() == START + timedelta(seconds=5)


def test_a_stop_between_two_epochs_is_immediate() -> None:
    backend = Simulated(lambda _: epochs(3))
    handle = started(backend)
    backend.wait(1)
    backend.stop(handle)
    (update,) = backend.poll({handle: Cursor()})
    assert (update.status, update.ended_at) == (JobStatus.STOPPED, START + timedelta(seconds=60))
    assert update.reports.count(b"\n") == 1


def test_a_stop_within_an_epoch_waits_for_its_end_and_keeps_its_report() -> None:
    backend = Simulated(lambda _: epochs(3))
    handle = started(backend)
    backend.clock.advance(START + timedelta(seconds=90))
    assert statuses(backend, handle) == [JobStatus.RUNNING]
    backend.stop(handle)
    assert statuses(backend, handle) == [JobStatus.RUNNING]
    backend.wait(1)
    (update,) = backend.poll({handle: Cursor()})
    assert (update.status, update.ended_at) == (JobStatus.STOPPED, START + timedelta(seconds=120))
    assert update.reports.count(b"\n") == 2


def test_further_jobs_wait_for_a_worker() -> None:
    backend = Simulated(lambda _: epochs(1), workers=1)
    first, second, third = (started(backend, name) for name in "abc")
    backend.stop(second)
    assert statuses(backend, first, second, third) == [
        JobStatus.RUNNING,
        JobStatus.STOPPED,
        JobStatus.STARTING,
    ]
    backend.wait(1)
    backend.wait(1)
    (update,) = backend.poll({third: Cursor()})
    assert update.started_at == START + timedelta(seconds=60)
    assert update.ended_at == START + timedelta(seconds=120)


def test_a_job_that_is_too_slow_ends_within_an_epoch_whose_report_is_lost() -> None:
    backend = Simulated(lambda _: epochs(3))
    handle = started(backend, max_seconds=100)
    backend.wait(1)
    backend.wait(1)
    (update,) = backend.poll({handle: Cursor()})
    assert (update.ending, update.ended_at) == (Ending.MAX_SECONDS, START + timedelta(seconds=100))
    assert update.reports.count(b"\n") == 1
    assert backend.epochs == 1


def test_a_crash_ends_a_job_before_the_rest_of_its_curve() -> None:
    backend = Simulated(lambda _: [Epoch(exit_code=9), Epoch()])
    handle = started(backend)
    backend.wait(1)
    (update,) = backend.poll({handle: Cursor()})
    assert (update.status, update.exit_code) == (JobStatus.FAILED, 9)
    assert "9" in (update.reason or "")


def test_a_job_may_have_no_epochs() -> None:
    backend = Simulated(lambda _: ())
    assert statuses(backend, started(backend)) == [JobStatus.COMPLETED]
    assert backend.epochs == 0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"workers: must be >= 1, got 0"):
        Simulated(lambda _: (), workers=0)
    with pytest.raises(ValueError, match=r"seconds: .* got -1"):
        Epoch(-1)


JOB = TuningJob(
    name="simulated",
    work=NOTHING,
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=12, parallel=4),
    strategy="Random",
    seed=1,
    created_at=START,
)


def converging(config: Config) -> list[Epoch]:
    x = float(config["x"])
    return [Epoch(3600 * (1 + x), {"loss": (x - 0.3) ** 2 + 1 / (number + 1)}) for number in range(5)]


def driven(job: TuningJob) -> tuple[Simulated, Progress, list[tuple[Config, float | None, datetime | None]]]:
    backend = Simulated(converging, workers=job.limits.parallel)
    with Store() as store:
        controller = Controller(store, backend, backend.clock)
        controller.create(job)
        progress = controller.run(job.name)
        trials = [(record.config, record.value, record.ended_at) for record in store.trials(job.name)]
    return backend, progress, trials


def test_the_real_controller_tunes_in_simulated_hours() -> None:
    backend, progress, trials = driven(JOB)
    assert progress.record.status is TuningStatus.COMPLETED
    assert progress.counts[TrialState.COMPLETED] == 12
    assert [value for _, value, _ in trials] == [
        pytest.approx((float(config["x"]) - 0.3) ** 2 + 0.2) for config, _, _ in trials
    ]
    assert backend.epochs == 60
    assert timedelta(hours=15) <= backend.clock() - START <= timedelta(hours=30)


def test_the_same_curves_give_the_same_run() -> None:
    assert driven(JOB)[2] == driven(JOB)[2]


def test_a_time_limit_is_one_of_simulated_time() -> None:
    backend, progress, _ = driven(replace(JOB, limits=Limits(trials=None, parallel=4, seconds=40_000)))
    assert progress.record.status is TuningStatus.COMPLETED
    assert progress.counts[TrialState.STOPPED] > 0
    assert timedelta(seconds=40_000) <= backend.clock() - START <= timedelta(seconds=40_000 + 7200)


@pytest.mark.parametrize(
    ("checkpoints", "from_zero", "trained"), [("/kept", False, 3), ("/kept", True, 4), (None, False, 4)]
)
def test_a_later_attempt_goes_on_from_a_checkpoint_if_there_is_one(
    checkpoints: str | None, from_zero: bool, trained: int
) -> None:
    backend = Simulated(lambda _: epochs(3), from_zero=from_zero)
    job = TrainingJob(name="job", work=NOTHING, checkpoints=checkpoints)
    first = backend.start(job)
    backend.wait(1)
    backend.stop(first)
    (before,) = backend.poll({first: Cursor()})
    assert before.status is JobStatus.STOPPED
    second = backend.start(replace(job, attempt=2))
    assert second == backend.start(replace(job, attempt=2)) != first
    for _ in range(3):
        backend.wait(1)
    (after,) = backend.poll({second: before.cursor})
    assert after.status is JobStatus.COMPLETED
    told = [json.loads(line)["metrics"] for line in after.reports.splitlines()]
    assert told == [dict(epoch.metrics) for epoch in epochs(3)[4 - trained - 3 :]]
    assert backend.epochs == trained
