from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tunesmith.backends.in_process import InProcess
from tunesmith.control.fleet import Fleet
from tunesmith.control.service import Service
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
)
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store.store import Store
from tunesmith.strategies import registry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = 60.0  # seconds, of which no test needs many unless it fails
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=3),
    strategy="Random",
    created_at=NOW,
)


class Machine:
    """A place where jobs run until `finish` is called or they are stopped; every controller has its own way there."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.started: list[str] = []
        self.stopped: set[str] = set()
        self.ways = 0
        self.is_finishing = False
        self.faults: list[Exception] = []  # raised by the next calls of poll

    def way(self) -> Way:
        self.ways += 1
        return Way(self)

    def finish(self) -> None:
        """From now on, jobs end as soon as they are looked at."""
        with self.news:
            self.is_finishing = True
            self.news.notify_all()

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(is_so, PATIENCE)


class Way:
    """A backend on a `Machine`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def start(self, job: TrainingJob) -> Handle:
        with self._machine.news:
            if job.name not in self._machine.started:
                self._machine.started.append(job.name)
            self._machine.news.notify_all()
        return job.name

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        if self._machine.faults:
            raise self._machine.faults.pop()
        return [JobUpdate(handle=handle, status=self._status(handle), started_at=NOW) for handle in cursors]

    def _status(self, handle: Handle) -> JobStatus:
        if handle in self._machine.stopped:
            return JobStatus.STOPPED
        return JobStatus.COMPLETED if self._machine.is_finishing else JobStatus.RUNNING

    def stop(self, handle: Handle) -> None:
        with self._machine.news:
            self._machine.stopped.add(handle)
            self._machine.news.notify_all()

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        raise NotImplementedError

    def room(self, resources: Resources) -> int:
        return 10 // resources.cpus

    def wait(self, seconds: float) -> None:
        with self._machine.news:
            self._machine.news.wait(min(seconds, 0.02))


@contextmanager
def running(fleet: Fleet) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=fleet.run)
    thread.start()
    try:
        yield thread
    finally:
        fleet.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if is_so():
            return
        pause.wait(0.02)
    pytest.fail("it did not come about")


def add_alone(store: Store, *names: str) -> None:
    for name in names:
        Service(store).create_training_job(TrainingJob(name=name, work=Command(("true",))))


def state(store: Store, name: str) -> TrialState:
    return store.training_job(name).trial.state


def test_every_open_job_is_driven_the_oldest_first() -> None:
    machine = Machine()
    with Store() as store:
        add_alone(store, "first")
        store.create_tuning_job(JOB)
        add_alone(store, "last")
        with running(Fleet(store, machine.way)):
            machine.wait_for(lambda: len(machine.started) >= 3)
            assert machine.ways == 3
            machine.finish()
            wait_until(lambda: store.open_jobs() == [])
        assert [t.state for t in store.trials("job")] == [TrialState.COMPLETED] * 3
        assert state(store, "first") is state(store, "last") is TrialState.COMPLETED


def test_only_so_many_at_a_time() -> None:
    machine = Machine()
    with Store() as store:
        add_alone(store, "first", "second", "third")
        fleet = Fleet(store, machine.way, most=2)
        with running(fleet):
            machine.wait_for(lambda: len(machine.started) >= 2)
            fleet.wake()
            Service(store, fleet.wake).stop_training_job("first")
            machine.wait_for(lambda: "third" in machine.started)
        assert sorted(machine.started[:2]) == ["first", "second"]
        assert state(store, "first") is TrialState.STOPPED


def test_a_new_job_is_found_when_it_is_woken_or_not() -> None:
    machine = Machine()
    with Store() as store:
        fleet = Fleet(store, machine.way)
        with running(fleet):
            add_alone(store, "unannounced")
            machine.wait_for(lambda: machine.started == ["unannounced"])
            Service(store, fleet.wake).create_training_job(
                TrainingJob(name="announced", work=Command(("true",)))
            )
            machine.wait_for(lambda: "announced" in machine.started)


def test_it_leaves_what_runs_and_the_next_one_takes_it_up() -> None:
    machine = Machine()
    with Store() as store:
        store.create_tuning_job(JOB)
        with running(Fleet(store, machine.way)):
            machine.wait_for(lambda: bool(machine.started))
            wait_until(lambda: store.counts("job")[TrialState.RUNNING] == 1)
        assert machine.stopped == set()
        assert store.status("job") is TuningStatus.IN_PROGRESS
        with store.claim("job"):
            pass  # nobody drives it any more
        machine.finish()
        with running(Fleet(store, machine.way)):
            wait_until(lambda: store.open_jobs() == [])
        assert len(machine.started) == 3


def test_an_exception_in_one_job_does_not_hurt_it_or_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = Machine()
    machine.faults = [RuntimeError("the disk is full")]
    with Store() as store:
        add_alone(store, "one", "two")
        machine.finish()
        with caplog.at_level(logging.ERROR), running(Fleet(store, machine.way)):
            wait_until(lambda: store.open_jobs() == [])
        assert state(store, "one") is state(store, "two") is TrialState.COMPLETED
    assert "the next try is in 1 seconds" in caplog.text
    assert "the disk is full" in caplog.text


def test_a_job_of_another_controller_is_left_to_it_and_tried_again() -> None:
    machine = Machine()
    machine.finish()
    with Store() as store:
        store.create_tuning_job(JOB)
        add_alone(store, "free")
        other = ExitStack()
        other.enter_context(store.claim("job"))
        with running(Fleet(store, machine.way)):
            with other:
                wait_until(lambda: state(store, "free").is_final)
                assert machine.started == ["free"]
            wait_until(lambda: store.open_jobs() == [])
        assert store.status("job").is_final


def test_a_job_that_vanishes_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    with Store() as store:
        store.create_tuning_job(JOB)
        fleet = Fleet(store, machine.way)
        with caplog.at_level(logging.WARNING), running(fleet):
            machine.wait_for(lambda: bool(machine.started))
            store.delete_tuning_job("job")
            machine.finish()
            wait_until(lambda: not any(thread.is_alive() for thread in fleet._threads.values()))
    assert caplog.records == []


def test_work_that_a_backend_refuses_fails_alone() -> None:
    with Store() as store:
        add_alone(store, "solo")
        with running(Fleet(store, InProcess)):  # which runs no commands
            wait_until(lambda: state(store, "solo").is_final)
            wait_until(lambda: store.open_jobs() == [])
        found = store.training_job("solo").trial
    assert found.state is TrialState.FAILED
    assert "could not be started" in (found.reason or "")


def test_suggestions_come_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0
    lock = threading.Lock()
    genuine = registry.get("Random")

    class Watched:
        def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1
            return genuine.suggest(space, history, count, seed)

    monkeypatch.setattr(registry, "get", lambda _: Watched())
    machine = Machine()
    machine.finish()
    with Store() as store:
        for number in range(6):
            store.create_tuning_job(replace(JOB, name=f"job-{number}"))
        with running(Fleet(store, machine.way)):
            wait_until(lambda: store.open_jobs() == [])
    assert most == 1
