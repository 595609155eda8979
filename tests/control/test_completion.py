from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.allocation import HOPELESS
from tunesmith.control.completion import completion_reason, convergence, not_improving
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, Definition, Limits, TuningJob

SPACE = Space([Continuous("x", 0.0, 1.0)])
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=SPACE,
    objective=Objective("accuracy", Goal.MAXIMIZE),
    limits=Limits(trials=100),
    strategy="Random",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
Drawn = list[float | None]


def history(losses: Drawn, job: TuningJob = JOB) -> History:
    """Trials that have ended with these losses; None: it failed."""
    trials = []
    for number, loss in enumerate(losses, 1):
        state = TrialState.FAILED if loss is None else TrialState.COMPLETED
        config = {"x": (number * 0.618) % 1.0}
        trials.append(Trial(number, config, state, () if loss is None else (loss,)))
    return History.of(job.space, trials)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([], 0),
        ([None, None], 2),
        ([None, 1.0], 0),
        ([1.0, 0.99], 1),  # by just 1 %, not by more
        ([1.0, 0.98], 0),
        ([1.0, 2.0, None, 0.995], 3),
        ([-1.0, -1.005, -1.02], 0),  # each step counts from the best so far
        ([-1.0, -1.005, -1.01], 2),
        ([0.0, -1e-15], 1),
        ([0.0, -1e-13], 0),
    ],
)
def test_a_worthwhile_improvement_is_one_by_more_than_one_percent(losses: Drawn, expected: int) -> None:
    assert not_improving(history(losses)) == expected


@given(st.lists(st.none() | st.integers(-1000, 1000).map(float), max_size=30))
def test_it_counts_as_one_would_by_hand(losses: Drawn) -> None:
    count, best = 0, None
    for loss in losses:
        improved = loss is not None and (best is None or loss < best - 0.01 * max(abs(best), 1e-12))
        count = 0 if improved else count + 1
        best = loss if best is None or (loss is not None and loss < best) else best
    assert not_improving(history(losses)) == count


def test_nothing_ends_a_job_without_criteria() -> None:
    assert completion_reason(JOB, history([0.0] * 99)) is None


def test_the_target_is_a_value_of_the_metric_that_may_be_reached_exactly() -> None:
    job = replace(JOB, completion=Completion(target=0.9))
    assert completion_reason(job, history([])) is None
    assert completion_reason(job, history([-0.5, -0.8999])) is None
    reason = completion_reason(job, history([-0.5, -0.9, -0.1]))
    assert reason == "training job 2 reached the target: 0.9, where 0.9 was wanted"
    low = replace(job, objective=Objective("loss"))
    assert completion_reason(low, history([1.0])) is None
    assert completion_reason(low, history([0.89])) is not None


def test_a_running_trial_does_not_reach_the_target() -> None:
    job = replace(JOB, completion=Completion(target=0.9))
    running = Trial(1, {"x": 0.5}, TrialState.RUNNING, (-0.95,))
    assert completion_reason(job, History.of(SPACE, [running])) is None
    failed = replace(running, state=TrialState.FAILED)
    assert completion_reason(job, History.of(SPACE, [failed])) is None


def test_a_job_that_does_not_improve_ends_at_its_limit() -> None:
    job = replace(JOB, completion=Completion(not_improving=3))
    assert completion_reason(job, history([-0.5, -0.5, -0.5])) is None
    reason = completion_reason(job, history([-0.5, -0.5, None, -0.5]))
    assert reason == (
        "3 training jobs have ended since the best was improved by more than 1%, and the limit is 3"
    )


@pytest.mark.parametrize(
    ("limits", "patience"),
    [
        (Limits(trials=100), 20),
        (Limits(seconds=60), 20),
        (Limits(trials=300), 30),
        (Limits(trials=100, parallel=8), 40),
    ],
)
def test_any_search_has_converged_after_enough_trials_without_improvement(
    limits: Limits, patience: int
) -> None:
    job = replace(JOB, limits=limits, completion=Completion(converged=True))
    assert completion_reason(job, history([0.5] * patience)) is None
    reason = completion_reason(job, history([0.5] * (patience + 1)))
    assert reason is not None
    assert reason.startswith(f"it has converged: {patience} training jobs have ended since")


def test_convergence_is_detected_without_being_wanted_but_not_of_failures_alone() -> None:
    assert convergence(JOB, history([0.5] * 21)) is not None
    assert completion_reason(JOB, history([0.5] * 21)) is None
    assert convergence(JOB, history([None] * 50)) is None


def flat(count: int) -> Drawn:
    """Losses of a function with a broad minimum of 1 at x = 0.5, found at once; the last ones show that it is flat."""
    xs = [0.5, *((number * 0.618) % 1.0 for number in range(2, count + 1))]
    return [1.0 + (x - 0.5) ** 2 for x in xs]


def test_the_model_of_bayesian_search_may_detect_it_sooner() -> None:
    bayesian = replace(
        JOB, strategy="Bayesian", completion=Completion(converged=True), limits=Limits(trials=200)
    )
    losses = flat(20)
    trials = history(losses).finished
    trials[0] = replace(trials[0], config={"x": 0.5})
    seen = History.of(SPACE, trials)
    reason = completion_reason(bayesian, seen)
    assert reason is not None
    assert reason.endswith("at the most, with probability 90%")
    assert completion_reason(bayesian, seen.prefix(19)) is None  # too few results
    assert completion_reason(replace(bayesian, strategy="Random"), seen) is None
    assert (
        convergence(replace(bayesian, completion=Completion()), seen) is None
    )  # nobody wants to wait for it


def of_definition(losses: Drawn, first: int = 2) -> list[Trial]:
    """Every other trial of a tuning job, with these losses, the first one in the middle."""
    own = history(losses).finished
    return [
        replace(trial, number=first + 2 * i, config=trial.config if i else {"x": 0.5})
        for i, trial in enumerate(own)
    ]


def compared(first: list[Trial], second: list[Trial], strategy: str = "Bayesian") -> str | None:
    """Why a tuning job of two definitions is complete."""
    definitions = tuple(
        Definition(name=name, work=JOB.work, space=SPACE, objective=JOB.objective) for name in "ab"
    )
    job = TuningJob.comparing(
        definitions,
        name="job",
        limits=Limits(trials=300),
        strategy=strategy,
        completion=Completion(converged=True),
        created_at=JOB.created_at,
    )
    ended = sorted([*first, *second], key=lambda trial: trial.number)
    return completion_reason(
        job, History.of(SPACE, ended), {"a": History.of(SPACE, first), "b": History.of(SPACE, second)}
    )


@pytest.mark.parametrize(
    "other",
    [flat(9), [6.0, 6.01, 6.02, 6.07, 6.04], [None] * HOPELESS],
    ids=["it has the same lowest", "it is far behind", "it is not tried again"],
)
def test_the_models_of_all_definitions_may_detect_it(other: Drawn) -> None:
    reason = compared(of_definition(flat(20), 1), of_definition(other))
    assert reason is not None
    assert reason.endswith("at the most, with probability 90%")
    assert compared(of_definition(flat(20), 1), of_definition(other), "Random") is None
    assert compared(of_definition(flat(10), 1), of_definition(other)) is None  # too few results in all


@pytest.mark.parametrize(
    "other",
    [[9.0, 9.5], [1.2, 2.5, 1.6, 2.2, 1.9], [9.0] * 9, [None] * (HOPELESS - 1), []],
    ids=["too few results", "it may come to the best", "all alike", "failures so far", "none yet"],
)
def test_a_definition_that_may_hold_anything_keeps_it_open(other: Drawn) -> None:
    assert compared(of_definition(flat(20), 1), of_definition(other)) is None


def test_a_job_that_goes_on_measures_its_criteria_anew() -> None:
    still = replace(JOB, completion=Completion(not_improving=3, since=5))
    assert completion_reason(still, history([-0.5] * 5)) is None
    assert completion_reason(still, history([-0.5] * 7)) is None
    assert completion_reason(still, history([-0.5] * 8)) is not None
    patient = replace(JOB, completion=Completion(converged=True, since=30))
    assert completion_reason(patient, history([0.5] * 49)) is None
    assert completion_reason(patient, history([0.5] * 50)) is not None


def test_a_target_that_was_reached_before_does_not_end_a_job_that_goes_on() -> None:
    job = replace(JOB, completion=Completion(target=0.9, since=2))
    assert completion_reason(job, history([-0.5, -0.95, -0.96])) is None
    assert completion_reason(job, history([-0.5, -0.6, -0.96])) is not None
