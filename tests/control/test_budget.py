"""Budgets are never overrun, whatever happens, and are spent for the most part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.control import budget
from tunesmith.control.budget import LEAST_SECONDS, LEEWAY_SECONDS, Account, Purse, cost, spent_until
from tunesmith.control.controller import Controller
from tunesmith.control.interventions import LimitsChange
from tunesmith.control.progress import Progress
from tunesmith.control.service import Service
from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Ending,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
)
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Definition, Limits, TuningJob, TuningStatus
from tunesmith.store.records import Attempt, TrialRecord
from tunesmith.store.store import Store
from tunesmith.testing.simulated import START, Epoch, Simulated

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3600.0
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(parallel=2, budget=10.0),
    price=Price(cpu_hour=1.0),
    strategy="Random",
    grace_seconds=8.0,
    created_at=START,
)


def ended(number: int = 1, seconds: float = HOUR, **changes: Any) -> TrialRecord:
    record = TrialRecord(
        number=number,
        name=f"t{number}",
        config={"x": 0.5},
        state=TrialState.COMPLETED,
        value=1.0,
        created_at=NOW,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=seconds),
    )
    return replace(record, **changes)


def running(number: int = 1, **changes: Any) -> TrialRecord:
    return ended(number, **{"state": TrialState.RUNNING, "value": None, "ended_at": None} | changes)


def purse(job: TuningJob, *records: TrialRecord) -> Purse:
    found = Account.of(job, records).purse(job, [r for r in records if not r.state.is_final])
    assert found is not None
    return found


def test_the_cost_is_the_run_time_of_all_attempts_by_the_price_of_the_slots() -> None:
    job = replace(JOB, price=Price(0.5, 2.0), resources=Resources(cpus=4, gpus=2))
    lost = Attempt(started_at=NOW, ended_at=NOW + timedelta(hours=1), ending=Ending.LOST)
    assert cost(job, ended(seconds=2 * HOUR, earlier=(lost,))) == pytest.approx((4 * 0.5 + 2 * 2.0) * 3)


def test_without_a_price_nothing_costs_anything() -> None:
    job = replace(JOB, limits=Limits(trials=1), price=None)
    assert cost(job, ended()) == 0.0
    assert Account.of(job, [ended()]).purse(job, ()) is None


def test_an_end_that_was_found_late_costs_no_more_than_what_was_allowed() -> None:
    found_late = ended(seconds=100 * HOUR, max_seconds=HOUR)
    assert cost(JOB, found_late) == pytest.approx(1 + (8 + LEEWAY_SECONDS) / HOUR)


def test_what_runs_has_cost_something_already() -> None:
    later = NOW + timedelta(hours=2)
    assert spent_until(JOB, [ended(1), running(2)], later) == pytest.approx(3.0)
    assert spent_until(JOB, [replace(ended(1), started_at=None, state=TrialState.PENDING)], later) == 0.0


def test_the_first_training_jobs_share_the_budget_equally() -> None:
    found = purse(JOB)
    first = found.grant(JOB, places=2)
    assert first == pytest.approx(5 * HOUR - 8 - LEEWAY_SECONDS)
    second = found.after(JOB, None, first or 0).grant(JOB, places=1)
    assert second == pytest.approx(first)


def test_a_time_limit_bounds_what_a_training_job_is_given() -> None:
    assert purse(replace(JOB, max_seconds=60.0)).grant(JOB.parts[None], places=2) is not None
    limited = replace(JOB, max_seconds=60.0)
    assert purse(limited).grant(limited, places=2) == 60.0


def test_what_runs_reserves_what_it_may_cost() -> None:
    left = purse(JOB, running(max_seconds=4 * HOUR)).free
    assert left == pytest.approx(6.0 - (8 + LEEWAY_SECONDS) / HOUR)
    assert purse(JOB, running(max_seconds=4 * HOUR, state=TrialState.STOPPING)).free == pytest.approx(left)


def test_a_paused_trial_reserves_nothing_until_it_goes_on() -> None:
    paused = ended(state=TrialState.PAUSED, max_seconds=4 * HOUR)
    found = purse(JOB, paused)
    assert found.free == pytest.approx(9.0)
    assert found.resuming(1).free == pytest.approx(6.0 - (8 + LEEWAY_SECONDS) / HOUR)


def test_none_is_started_that_would_end_before_most_others_have() -> None:
    nearly = [ended(number, seconds=HOUR) for number in range(1, 10)]
    assert purse(JOB, *nearly).grant(JOB) is None  # 1.0 is left, and 1.25 may be needed
    assert purse(JOB, *nearly[:-1]).grant(JOB) == pytest.approx(2 * HOUR - 8 - LEEWAY_SECONDS)


def test_each_definition_has_needs_and_costs_of_its_own() -> None:
    definitions = tuple(
        Definition(
            name=name,
            work=Command((name,)),
            space=Space([Continuous(name, 0.0, 1.0)]),
            objective=Objective("loss"),
            resources=Resources(cpus),
        )
        for name, cpus in (("small", 1), ("large", 8))
    )
    job = TuningJob.comparing(
        definitions, name="job", limits=JOB.limits, price=JOB.price, grace_seconds=8.0, created_at=NOW
    )
    found = purse(job, ended(1, HOUR, definition="large"))
    assert found.grant(job, "large") is None
    assert found.grant(job, "small") == pytest.approx(2 * HOUR - 8 - LEEWAY_SECONDS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": Price(gpu_hour=1.0)}, "price: a training job has 0 GPUs and costs nothing"),
        (
            {"limits": Limits(budget=0.01, trials=3)},
            r"limits: budget 0.01 does not pay for one training job.*8 seconds costs up to 0.019",
        ),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        budget.check(replace(JOB, **changes))


def test_the_smallest_budget_that_pays_for_one_is_accepted() -> None:
    enough = (LEAST_SECONDS + 8.0 + LEEWAY_SECONDS) / HOUR
    budget.check(replace(JOB, limits=Limits(budget=enough * 1.001)))
    with pytest.raises(ValueError, match="does not pay"):
        budget.check(replace(JOB, limits=Limits(budget=enough * 0.999)))


class Unlucky:
    """A simulated backend some of whose jobs are lost; and what was really used of it."""

    def __init__(self, inner: Simulated, chance: Random, losses: float) -> None:
        self.inner = inner
        self.clock = inner.clock
        self.logs, self.wait, self.stop, self.room = inner.logs, inner.wait, inner.stop, inner.room
        self._chance = chance
        self._losses = losses
        self._lost: dict[Handle, JobUpdate] = {}
        self.used: dict[Handle, float] = {}
        self._resources: dict[Handle, Resources] = {}

    def start(self, job: Any) -> Handle:
        handle = self.inner.start(job)
        self._resources[handle] = job.resources
        return handle

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        return [self._update(each) for each in self.inner.poll(cursors)]

    def _update(self, update: JobUpdate) -> JobUpdate:
        if update.started_at is not None and update.handle not in self._lost:
            end = update.ended_at or self.clock()
            self.used[update.handle] = (end - update.started_at).total_seconds()
        if update.handle in self._lost:
            return self._lost[update.handle]
        if update.status is JobStatus.RUNNING and self._chance.random() < self._losses:
            ending = self._chance.choice([Ending.LOST, Ending.INTERRUPTED])
            lost = replace(
                update, status=JobStatus.FAILED, ending=ending, reason="lost", ended_at=self.clock()
            )
            self._lost[update.handle] = lost
            self.inner.stop(update.handle)
            return lost
        return update

    def cost(self, price: Price) -> float:
        """What all of it has cost, by what really ran."""
        return math.fsum(price.per_second(self._resources[h]) * s for h, s in self.used.items())


class Killed(BaseException):
    """The end of the controller's process."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[TuningJob, int, float]:
    """A tuning job with a budget, a seed for its luck, and how often training jobs are lost."""
    price = Price(draw(st.floats(0.01, 5.0)), draw(st.floats(0.0, 5.0)))
    resources = Resources(draw(st.integers(1, 4)), draw(st.integers(0, 2)))
    trials = draw(st.none() | st.integers(1, 40))
    job = replace(
        JOB,
        price=price,
        resources=resources,
        limits=Limits(
            trials, draw(st.integers(1, 5)), None, price.per_second(resources) * draw(st.floats(400, 4000))
        ),
        max_seconds=draw(st.none() | st.floats(20, 2000)),
        grace_seconds=draw(st.sampled_from([0.0, 5.0, 120.0])),
        retries=draw(st.integers(0, 2)),
        max_wait_seconds=draw(st.none() | st.floats(100, 5000)),
        seed=draw(st.integers(0, 99)),
    )
    return job, draw(st.integers(0, 10**6)), draw(st.sampled_from([0.0, 0.1]))


def curve(seed: int) -> Any:
    scale = Random(seed).choice([20.0, 60.0, 300.0])

    def epochs(config: Config) -> list[Epoch]:
        chance = Random(f"{seed} {config['x']}")
        count, fails = chance.randrange(1, 6), chance.random() < 0.1
        told = [Epoch(chance.expovariate(1 / scale), {"loss": chance.random()}) for _ in range(count)]
        return [*told[:-1], replace(told[-1], exit_code=1 if fails else None)]

    return epochs


@settings(max_examples=40)
@given(case=cases())
def test_a_budget_is_never_overrun_and_spent_for_the_most_part(case: tuple[TuningJob, int, float]) -> None:
    job, seed, losses = case
    chance = Random(seed)
    store, backend = Store(), Unlucky(Simulated(curve(seed), workers=6), chance, losses)
    service = Service(store, clock=backend.clock)
    assert job.price is not None
    price, budget_at_first = job.price, job.limits.budget or 0.0

    def watch(progress: Progress) -> None:
        most = progress.record.job.limits.budget
        assert most is not None
        assert backend.cost(price) <= most
        if chance.random() < 0.02:
            raise Killed
        if progress.open and chance.random() < 0.05:
            store.ask_to_stop_training_job(chance.choice(progress.open).name, backend.clock())
        if not progress.record.status.is_final and chance.random() < 0.05:
            with suppress(ValueError):
                service.change_limits("job", LimitsChange(budget=budget_at_first * chance.uniform(0.5, 1.2)))

    Controller(store, backend, backend.clock).create(job)
    while not store.status("job").is_final:
        with suppress(Killed):
            Controller(store, backend, backend.clock).run("job", watch)
    record, trials = store.tuning_job("job"), store.trials("job")
    spent, limit = backend.cost(price), record.job.limits.budget
    assert limit is not None
    assert spent <= limit
    assert spent_until(job, trials, backend.clock()) <= limit
    if "does not pay for another" in str(record.reason):
        longest = max([LEAST_SECONDS, *(1.25 * trial.run_seconds for trial in trials)])
        most_left = price.per_second(job.resources) * (longest + job.grace_seconds + LEEWAY_SECONDS)
        assert limit - spent <= most_left * 1.0001 + _found_late(job, trials, backend)


def _found_late(job: TuningJob, trials: list[TrialRecord], backend: Unlucky) -> float:
    """What the records say was spent beyond what really was: what is found late counts as run until then."""
    assert job.price is not None
    return max(0.0, math.fsum(cost(job, trial) for trial in trials) - backend.cost(job.price))


def test_it_ends_when_the_rest_does_not_pay_for_another_and_goes_on_with_a_larger_budget() -> None:
    job = replace(JOB, limits=Limits(budget=1.0, parallel=1), price=Price(cpu_hour=6.0, currency="EUR"))
    store, backend = Store(), Simulated(lambda _: [Epoch(100.0, {"loss": 1.0})])
    controller = Controller(store, backend, backend.clock)
    controller.create(job)
    progress = controller.run("job")
    assert progress.record.status is TuningStatus.COMPLETED
    assert progress.record.reason == (
        "of the budget of 1.00 EUR, 0.83 EUR was spent, and the rest does not pay for another training job"
    )
    assert len(store.trials("job")) == 5
    summary = store.summary("job")
    assert summary.run_seconds == 500.0
    assert summary.spent == pytest.approx(500 / 600)
    service = Service(store, clock=backend.clock)
    service.resume_tuning_job("job", LimitsChange(budget=2.0))
    controller.run("job")
    assert len(store.trials("job")) == 11


def test_a_run_without_a_time_limit_is_stopped_before_the_money_is_gone() -> None:
    limits = Limits(trials=2, parallel=2, budget=1.0)
    job = replace(JOB, limits=limits, price=Price(cpu_hour=1.0), grace_seconds=0.0)
    store = Store()
    backend = Simulated(lambda _: (Epoch(60.0, {"loss": 1.0}) for _ in range(10**6)), workers=2)
    controller = Controller(store, backend, backend.clock)
    controller.create(job)
    controller.run("job")
    (first, second) = store.trials("job")
    assert first.ending is Ending.MAX_SECONDS
    assert first.value == second.value == 1.0
    assert 0.98 < spent_until(job, [first, second], backend.clock()) <= 1.0
