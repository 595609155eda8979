from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.warm_start import MOST_CHANGES, Lessons, Parent, changes, check, learn
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space, Value
from tunesmith.core.training_job import Channel, Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Definition, Limits, Transfer, TuningJob, TuningStatus
from tunesmith.store.records import TrialRecord, TuningJobRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
X, N, C = Continuous("x", 0.0, 1.0), Integer("n", 1, 9), Categorical("c", ("a", "b"))


def job(
    parameters: Sequence[Parameter] = (X,),
    fixed: Mapping[str, Value] | None = None,
    transfer: Transfer | None = None,
    **changes: Any,
) -> TuningJob:
    base = TuningJob(
        name="child" if transfer else "parent",
        work=Command(("true",)),
        space=Space(parameters),
        objective=Objective("acc", Goal.MAXIMIZE),
        limits=Limits(trials=9),
        hyperparameters=fixed or {},
        parents=("parent",) if transfer else (),
        transfer=transfer,
        created_at=NOW,
    )
    return replace(base, **changes)


def child(
    parameters: Sequence[Parameter] = (X,), fixed: Mapping[str, Value] | None = None, **more: Any
) -> TuningJob:
    return job(parameters, fixed, more.pop("transfer", Transfer.RELATED), **more)


def trial(config: Config, value: float | None = 0.5, state: TrialState = TrialState.COMPLETED) -> TrialRecord:
    return TrialRecord(number=7, name="t", config=config, value=value, state=state, created_at=NOW)


def parent(of: TuningJob | None = None, *trials: TrialRecord, **record: Any) -> Parent:
    return Parent(
        TuningJobRecord(
            job=of or job(),
            modified_at=NOW + timedelta(hours=1),
            **{"status": TuningStatus.COMPLETED, **record},
        ),
        trials,
    )


def results(lessons: Lessons) -> list[tuple[Config, float | None]]:
    return [(t.config, t.loss) for history in lessons.prior for t in history.finished]


# What may be learnt from


@pytest.mark.parametrize("status", [TuningStatus.COMPLETED, TuningStatus.STOPPED, TuningStatus.FAILED])
def test_a_parent_has_ended_in_any_way(status: TuningStatus) -> None:
    check(child(), [parent(status=status)])


@pytest.mark.parametrize("status", [TuningStatus.IN_PROGRESS, TuningStatus.STOPPING])
def test_a_parent_that_goes_on_is_refused(status: TuningStatus) -> None:
    with pytest.raises(
        ValueError, match=f"^parents: 'parent' is {status}; wait until it has ended, or stop it$"
    ):
        check(child(), [parent(status=status)])


def test_a_parent_that_compares_algorithms_is_refused() -> None:
    one = job()
    several = replace(
        one,
        definitions=(Definition(name="a", work=one.work, space=one.space, objective=one.objective),),
    )
    with pytest.raises(ValueError, match="'parent' compares several algorithms"):
        check(child(), [parent(several)])


def test_there_may_be_five_parents_and_not_six() -> None:
    names = [f"p{i}" for i in range(6)]
    check(child(parents=tuple(names[:5])), [parent()] * 5)
    with pytest.raises(ValueError, match="6 are more than the 5"):
        check(child(parents=tuple(names)), [parent()] * 6)


def test_a_parent_is_named_once_and_is_not_the_job_itself() -> None:
    with pytest.raises(ValueError, match="each may be named once, got parent, PARENT"):
        check(child(parents=("parent", "PARENT")), [parent(), parent()])
    with pytest.raises(ValueError, match="'child' is the new tuning job itself"):
        check(child(parents=("Child",)), [parent()])


@pytest.mark.parametrize("strategy", ["Grid", "Hyperband", "Sobol"])
def test_other_strategies_than_bayesian_and_random_are_refused(strategy: str) -> None:
    check(child(strategy="Random"), [parent()])
    with pytest.raises(ValueError, match=f"{strategy} cannot learn from them; choose Bayesian or Random"):
        check(child(strategy=strategy), [parent()])


@pytest.mark.parametrize("other", [Objective("acc", Goal.MINIMIZE), Objective("f1", Goal.MAXIMIZE)])
def test_metric_and_direction_are_the_same(other: Objective) -> None:
    with pytest.raises(
        ValueError, match=rf"was to {other.goal} {other.metric}, and this job is to Maximize acc"
    ):
        check(child(), [parent(job(objective=other))])


def test_a_hyperparameter_may_turn_from_fixed_to_tuned_and_back() -> None:
    check(child((X, N)), [parent(job((X,), {"n": 3}))])
    check(child((X,), {"n": 3}), [parent(job((X, N)))])


def test_no_hyperparameter_may_come_or_go() -> None:
    with pytest.raises(
        ValueError, match=r"'parent' has the hyperparameters n, too; tune them, or give them a fixed"
    ):
        check(child((X,)), [parent(job((X, N)))])
    with pytest.raises(ValueError, match=r"'parent' has no hyperparameters m, n; leave them out"):
        check(child((X, N), {"m": 1}), [parent(job((X,)))])


def test_what_clients_add_does_not_count() -> None:
    added = {"sagemaker_submit_directory": "s3://a", "_tuning_objective_metric": "acc"}
    check(child((X,), {**added, "sagemaker_job_name": "j"}), [parent(job((X,), {"sagemaker_region": "x"}))])


def test_a_type_may_not_change_but_a_range_may() -> None:
    check(child((Continuous("x", -5.0, 5.0),)), [parent()])
    with pytest.raises(
        ValueError, match="x is Continuous in 'parent' and Integer in this job; its type must stay"
    ):
        check(child((Integer("x", 0, 1),)), [parent()])


def test_changes_are_counted_as_sagemaker_does() -> None:
    earlier = job((X, N, C), {"same": "1", "other": 1})
    now = child((Continuous("y", 0.0, 1.0),), {"x": 0.5, "n": 3, "c": "a", "same": 1, "other": 2})
    assert changes(now, earlier) == 1 + 1 + 2 + 0 + 2


def test_ten_changes_are_allowed_and_not_eleven() -> None:
    names = [f"f{i}" for i in range(5)]
    earlier = job((X, N), dict.fromkeys(names, 1))
    ten = child((X, N), dict.fromkeys(names, 2))
    assert changes(ten, earlier) == MOST_CHANGES
    check(ten, [parent(earlier)])
    with pytest.raises(ValueError, match="11 changes of 10 allowed"):
        check(child((X,), {**dict.fromkeys(names, 2), "n": 1}), [parent(earlier)])


def test_identical_means_the_same_data() -> None:
    earlier = job(channels={"train": Channel("s3://b/x", content_type="text/csv")})
    identical = child(transfer=Transfer.IDENTICAL, channels={"train": "s3://b/x"})
    check(identical, [parent(earlier)])
    other = replace(identical, channels={"train": "s3://b/y"})
    with pytest.raises(
        ValueError, match=r"other input data \(train: s3://b/x, now train: s3://b/y\); .* TransferL"
    ):
        check(other, [parent(earlier)])
    check(replace(other, transfer=Transfer.RELATED), [parent(earlier)])


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(
        ValueError, match=r"is Stopping.*must be the same.*'forgotten' has no hyperparameters n"
    ):
        check(
            child((X, N)),
            [
                parent(job((X, N), objective=Objective("f1")), status=TuningStatus.STOPPING),
                parent(former_name="forgotten"),
            ],
        )


# What is learnt


def test_a_related_parent_gives_a_history_of_its_own() -> None:
    lessons = learn(child(), [parent(None, trial({"x": 0.2}, 0.9), trial({"x": 0.4}, None))])
    assert results(lessons) == [({"x": 0.2}, -0.9), ({"x": 0.4}, None)]
    assert lessons.known == ()


def test_each_parent_has_its_own_and_one_of_no_use_has_none() -> None:
    far = parent(None, trial({"x": 5.0}))
    lessons = learn(child(), [parent(None, trial({"x": 0.1})), far, parent(None, trial({"x": 0.3}))])
    assert [history.finished[0].config for history in lessons.prior] == [{"x": 0.1}, {"x": 0.3}]


def test_what_lies_outside_the_new_ranges_is_left_out() -> None:
    narrow = child((Continuous("x", 0.0, 0.5), Categorical("c", ("b", "new"))))
    configs: list[Config] = [{"x": 0.5, "c": "b"}, {"x": 0.51, "c": "b"}, {"x": 0.1, "c": "a"}]
    lessons = learn(narrow, [parent(job((X, C)), *map(trial, configs))])
    assert [config for config, _ in results(lessons)] == configs[:1]


@pytest.mark.parametrize(
    ("parameter", "fixed", "coordinate"),
    [
        (N, "3", 3),
        (N, 3.0, 3),
        (Continuous("n", 0.0, 9.0), "3.5", 3.5),
        (Categorical("n", ("3", "4")), "3", "3"),
        (Categorical("n", (3, 4)), "3", 3),
        (Categorical("n", (True, False)), "true", True),
        (Categorical("n", ('"adam"', '"sgd"')), "adam", '"adam"'),
    ],
)
def test_a_fixed_value_becomes_a_coordinate(parameter: Parameter, fixed: Value, coordinate: Value) -> None:
    (learnt,) = results(learn(child((X, parameter)), [parent(job((X,), {"n": fixed}), trial({"x": 0.2}))]))
    assert learnt[0] == {"x": 0.2, "n": coordinate}
    assert type(learnt[0]["n"]) is type(coordinate)


@pytest.mark.parametrize("fixed", ["many", 10, "nan", True])
def test_a_fixed_value_that_is_none_of_the_range_teaches_nothing(fixed: Value) -> None:
    assert learn(child((X, N)), [parent(job((X,), {"n": fixed}), trial({"x": 0.2}))]) == Lessons()


@pytest.mark.parametrize("state", [each for each in TrialState if each.is_final])
def test_a_failed_trial_has_no_loss(state: TrialState) -> None:
    ((_, loss),) = results(learn(child(), [parent(None, trial({"x": 0.2}, 0.9, state))]))
    assert loss == (None if state is TrialState.FAILED else -0.9)


def test_an_identical_parents_results_are_as_good_as_own_ones() -> None:
    parents = [parent(None, trial({"x": 0.2}, 0.9)), parent(None, trial({"x": 0.4}, 0.7))]
    lessons = learn(child(transfer=Transfer.IDENTICAL), parents)
    assert [(t.number, t.config, t.loss) for t in lessons.known] == [
        (1, {"x": 0.2}, -0.9),
        (2, {"x": 0.4}, -0.7),
    ]
    assert lessons.prior == ()


def test_results_with_another_fixed_value_are_those_of_a_related_task() -> None:
    now = child((X,), {"n": "3", "sagemaker_job_name": "b"}, transfer=Transfer.IDENTICAL)
    earlier = job((X, N), {"sagemaker_job_name": "a"})
    lessons = learn(now, [parent(earlier, trial({"x": 0.2, "n": 3}), trial({"x": 0.4, "n": 4}))])
    assert [t.config for t in lessons.known] == [{"x": 0.2}]
    assert results(lessons) == [({"x": 0.4}, -0.5)]


@given(st.lists(st.tuples(st.floats(-2, 2), st.none() | st.floats(-1e9, 1e9)), max_size=20))
def test_whatever_is_learnt_is_in_the_space_and_has_a_loss_or_none(
    pairs: list[tuple[float, float | None]],
) -> None:
    trials = [trial({"x": x}, value) for x, value in pairs]
    for transfer in Transfer:
        lessons = learn(child(transfer=transfer), [parent(None, *trials)])
        learnt = [*lessons.known, *(t for history in lessons.prior for t in history.finished)]
        assert len(learnt) == sum(0 <= x <= 1 for x, _ in pairs)
        assert all(0 <= float(t.config["x"]) <= 1 for t in learnt)
        assert all(t.loss is None or math.isfinite(t.loss) for t in learnt)
