"""Pausing, resuming, other limits and suggestions, from the service to what the controller does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tunesmith.control.controller import Controller
from tunesmith.control.interventions import LimitsChange, check_limits
from tunesmith.control.plan import Pause
from tunesmith.control.progress import Progress
from tunesmith.control.service import AlreadyEnded, CannotGoOn, Service
from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Definition, Limits, TuningJob, TuningStatus
from tunesmith.store.records import Kind
from tunesmith.store.store import Store
from tunesmith.testing.simulated import START, Epoch, Simulated

JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=6, parallel=2),
    strategy="Random",
    grace_seconds=0.0,
    created_at=START,
)


class Place:
    """A store, a simulated backend, a controller and a service beside them."""

    def __init__(self, job: TuningJob = JOB) -> None:
        self.store = Store()
        self.backend = Simulated(lambda _: [Epoch(5.0, {"loss": 2.0}), Epoch(5.0, {"loss": 1.0})], workers=4)
        self.controller = Controller(self.store, self.backend, self.backend.clock)
        self.service = Service(self.store, clock=self.backend.clock)
        self.controller.create(job)
        self.open: list[int] = []

    def run(self, *steps: Callable[[], Any], rests: bool = True) -> Progress:
        """Drive the job; the k-th step is taken after the k-th tick."""
        left = list(steps)

        def watch(progress: Progress) -> None:
            self.open.append(len(progress.open))
            if left:
                left.pop(0)()

        return self.controller.run("job", watch, rests=rests)

    @property
    def numbers(self) -> int:
        return len(self.store.trials("job"))


def test_a_paused_job_starts_nothing_new_and_goes_on_later() -> None:
    place = Place()
    progress = place.run(lambda: place.service.pause_tuning_job("job", by="ada"))
    assert (progress.record.status, place.numbers) == (TuningStatus.IN_PROGRESS, 2)
    assert {trial.state for trial in place.store.trials("job")} == {TrialState.COMPLETED}
    assert progress.record.paused_at is not None
    place.service.resume_tuning_job("job", by="bob")
    assert place.run().record.status is TuningStatus.COMPLETED
    assert place.numbers == 6
    told = [(each.kind, each.words, each.by) for each in place.store.interventions("job")]
    assert told == [(Kind.PAUSE, "paused", "ada"), (Kind.RESUME, "resumed", "bob")]


def test_what_runs_can_be_stopped_with_a_pause() -> None:
    place = Place()
    place.run(lambda: place.service.pause_tuning_job("job", stop_running=True))
    assert [trial.state for trial in place.store.trials("job")] == [TrialState.STOPPED] * 2


def test_who_drives_a_paused_job_waits_unless_asked_to_rest() -> None:
    place = Place()
    place.service.pause_tuning_job("job")
    resume = lambda: place.service.resume_tuning_job("job")  # noqa: E731 -- it reads as the other steps do
    place.run(lambda: None, lambda: None, resume, rests=False)
    assert place.open[:3] == [0, 0, 0]
    assert place.numbers == 6


def test_other_limits_are_noticed_at_the_next_tick() -> None:
    place = Place()
    change = LimitsChange(trials=9, parallel=4)
    place.run(lambda: place.service.change_limits("job", change))
    assert (place.open[:2], place.numbers) == ([2, 4], 9)
    (told,) = place.store.interventions("job")
    assert told.words == "trials 6 to 9, parallel 2 to 4"
    assert place.store.summary("job").limits == Limits(trials=9, parallel=4)


def test_no_limit_is_set_below_what_was_used() -> None:
    place = Place()
    place.run(lambda: place.service.pause_tuning_job("job"))
    with pytest.raises(ValueError, match="limits: trials 1 is less than the 2 training jobs that there are"):
        place.service.change_limits("job", LimitsChange(trials=1))
    with pytest.raises(ValueError, match="limits: seconds 5 have passed already: 10 since it was created"):
        place.service.change_limits("job", LimitsChange(seconds=5))
    with pytest.raises(ValueError, match="limits: parallel must be a whole number >= 1"):
        place.service.change_limits("job", LimitsChange(parallel=0))
    with pytest.raises(ValueError, match="price: must be known to keep the budget"):
        place.service.change_limits("job", LimitsChange(budget=3.0))
    assert place.service.change_limits("job", LimitsChange(trials=2)) == Limits(trials=2, parallel=2)


def test_no_budget_is_set_below_what_is_spent_and_reserved() -> None:
    job = replace(
        JOB, price=Price(cpu_hour=3600.0), max_seconds=20.0, limits=Limits(parallel=2, budget=100.0)
    )
    place = Place(job)
    refused: list[str] = []

    def lower() -> None:
        for budget in (43.0, 45.0):  # two run, each of which may take 20 + 2 seconds
            try:
                place.service.change_limits("job", LimitsChange(budget=budget))
            except ValueError as error:
                refused.append(str(error))

    place.run(lower)
    expected = (
        "limits: budget 43.00 is less than the 0.00 that is spent, and the 44.00 that the training jobs which run may "
        "cost at the most"
    )
    assert refused == [expected]
    assert place.store.summary("job").spent <= 45.0


def test_a_budget_needs_training_jobs_whose_cost_is_bounded() -> None:
    place = Place(replace(JOB, price=Price(cpu_hour=1.0)))
    place.controller.run("job", pause=lambda: Pause.LEAVE if place.numbers else Pause.GO)
    job, trials = place.store.tuning_job("job").job, place.store.trials("job")
    assert [trial.state.is_final for trial in trials] == [False, False]
    with pytest.raises(ValueError, match="2 training jobs run without a time limit"):
        check_limits(job, replace(job.limits, budget=9.0), trials, START)
    check_limits(replace(job, max_seconds=60.0), replace(job.limits, budget=9.0), trials, START)


def test_a_suggestion_is_tried_next_and_the_strategy_goes_on_as_before() -> None:
    calm = Place(replace(JOB, initial=({"x": 0.1}, {"x": 0.2}, {"x": 0.3}), limits=Limits(trials=3)))
    calm.run()
    place = Place(replace(JOB, initial=({"x": 0.1}, {"x": 0.2}, {"x": 0.3}), limits=Limits(trials=4)))
    place.run(lambda: place.service.suggest("job", {"x": 0.75}, by="ada"))
    tried = [trial.config["x"] for trial in place.store.trials("job")]
    assert tried == [0.1, 0.75, 0.2, 0.3]
    assert place.store.controls("job").suggestions == ()
    (told,) = place.store.interventions("job")
    assert (told.kind, told.words, told.by) == (Kind.SUGGEST, "x=0.75", "ada")


def test_a_suggestion_that_was_tried_is_tried_again_and_said_to_be_the_same() -> None:
    place = Place(replace(JOB, initial=({"x": 0.5},), limits=Limits(trials=3)))
    place.run(lambda: place.service.pause_tuning_job("job"))
    assert place.service.suggest("job", {"x": 0.5}).same_as == 1
    with pytest.raises(ValueError, match="config: the same suggestion is waiting"):
        place.service.suggest("job", {"x": 0.5})
    assert place.service.suggest("job", {"x": 0.25}).same_as is None
    with pytest.raises(ValueError, match="limits: no training job is left of 3 for a suggestion"):
        place.service.suggest("job", {"x": 0.125})


@pytest.mark.parametrize(
    ("config", "definition", "message"),
    [
        ({"x": 2.0}, None, "x"),
        ({}, None, "x"),
        ({"x": 0.5, "y": 1}, None, "y"),
        ({"x": 0.5}, "a", "definition: it has none, got 'a'"),
    ],
)
def test_a_suggestion_outside_the_space_is_refused(
    config: dict[str, Any], definition: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Place().service.suggest("job", config, definition)


def test_a_suggestion_is_for_one_of_several_algorithms() -> None:
    definitions = tuple(
        Definition(
            name=name,
            work=Command((name,)),
            space=Space([Categorical(name, ("p", "q", "r"))]),
            objective=Objective("loss"),
        )
        for name in ("a", "b")
    )
    others = {"name": "job", "strategy": "Random", "created_at": START, "limits": Limits(trials=5)}
    place = Place(TuningJob.comparing(definitions, **others))
    with pytest.raises(ValueError, match="definition: say which of a, b it is for"):
        place.service.suggest("job", {"b": "q"})
    for choice in ("q", "r"):
        place.service.suggest("job", {"b": choice}, "b")
    place.run()
    tried = [(trial.definition, trial.config) for trial in place.store.trials("job")]
    assert tried[:2] == [("b", {"b": "q"}), ("b", {"b": "r"})]
    assert "a" in {name for name, _ in tried[2:]}


def test_a_job_that_has_reached_its_limit_goes_on_with_a_larger_one() -> None:
    place = Place()
    place.run()
    with pytest.raises(
        CannotGoOn, match="all of its 6 training jobs are done; it needs more trials"
    ) as refused:
        place.service.resume_tuning_job("job")
    assert refused.value.obstacle.limit == "trials"
    place.service.resume_tuning_job("job", LimitsChange(trials=8))
    place.run()
    assert place.numbers == 8
    assert place.store.interventions("job")[-1].words == "resumed: trials 6 to 8"


def test_a_job_that_has_ended_is_neither_paused_nor_changed_nor_given_suggestions() -> None:
    place = Place()
    place.run()
    for ask in (
        lambda: place.service.pause_tuning_job("job"),
        lambda: place.service.change_limits("job", LimitsChange(trials=9)),
        lambda: place.service.suggest("job", {"x": 0.5}),
    ):
        with pytest.raises(AlreadyEnded, match="'job' is Completed"):
            ask()


def test_a_stopped_job_goes_on_and_time_that_has_passed_needs_more() -> None:
    place = Place(replace(JOB, limits=Limits(seconds=15.0)))
    place.run()
    with pytest.raises(CannotGoOn, match="its limit of 15 seconds has passed"):
        place.service.resume_tuning_job("job")
    place.service.resume_tuning_job("job", LimitsChange(seconds=35.0))
    place.service.stop_tuning_job("job")
    assert place.run().record.status is TuningStatus.STOPPED
    place.service.resume_tuning_job("job")
    assert place.run().record.status is TuningStatus.COMPLETED
    assert place.backend.clock() >= START + timedelta(seconds=35)
