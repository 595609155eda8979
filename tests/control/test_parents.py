"""A tuning job with parents, from its creation to its last suggestion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tunesmith.control.clock import utc_now
from tunesmith.control.parents import check_parents, parents_of
from tunesmith.control.warm_start import learn
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, Transfer, TuningJob, TuningStatus
from tunesmith.sdk.optimize import minimize
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.store import Store

NOW = utc_now()
HOUR = timedelta(hours=1)
SPACE = [Continuous("x", 0.0, 1.0)]
PARENT = TuningJob(
    name="Parent",
    work=Command(("true",)),
    space=Space(SPACE),
    objective=Objective("loss"),
    limits=Limits(trials=9),
    created_at=NOW,
)
CHILD = replace(
    PARENT, name="child", parents=("parent",), transfer=Transfer.RELATED, created_at=NOW + 2 * HOUR
)


def ended(number: int, x: float, hours: float) -> TrialRecord:
    return TrialRecord(
        number=number,
        name=f"{x}",
        config={"x": x},
        state=TrialState.COMPLETED,
        value=x,
        rank=number,
        created_at=NOW,
        ended_at=NOW + hours * HOUR,
    )


@pytest.fixture
def store() -> Store:
    """A store in which PARENT has ended after two trials."""
    store = Store()
    store.create_tuning_job(PARENT)
    trials = (ended(1, 0.25, 0.5), ended(2, 0.75, 0.75))
    store.record("parent", Change(trials=trials, status=TuningStatus.COMPLETED, reason="", at=NOW + HOUR))
    return store


def learnt(store: Store) -> list[Any]:
    return [
        t.config["x"] for history in learn(CHILD, parents_of(store, CHILD)).prior for t in history.finished
    ]


def test_a_parent_is_found_in_upper_and_lower_case(store: Store) -> None:
    check_parents(store, CHILD)
    assert learnt(store) == [0.25, 0.75]


def test_a_parent_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"^parents: no tuning job 'parents'; did you mean Parent\?$"):
        check_parents(store, replace(CHILD, parents=("parents",)))


def test_what_a_parent_learns_later_changes_nothing(store: Store) -> None:
    store.reopen("parent", NOW + 3 * HOUR)
    store.record("parent", Change(trials=(ended(3, 0.5, 4.0),), at=NOW + 4 * HOUR))
    assert learnt(store) == [0.25, 0.75]


def test_a_forgotten_parent_still_teaches_who_knew_it_and_nobody_else(store: Store) -> None:
    store.forget_tuning_job("parent")
    assert learnt(store) == [0.25, 0.75]
    with pytest.raises(ValueError, match="no tuning job 'parent'"):
        check_parents(store, CHILD)


def test_a_later_job_of_the_parents_name_is_not_mistaken_for_it(store: Store) -> None:
    store.forget_tuning_job("parent")
    store.create_tuning_job(replace(PARENT, created_at=NOW + 3 * HOUR))
    store.record("parent", Change(trials=(ended(1, 0.1, 3.5),), at=NOW + 4 * HOUR))
    assert learnt(store) == [0.25, 0.75]


def test_an_earlier_job_of_the_parents_name_is_not_mistaken_for_it(store: Store) -> None:
    store.forget_tuning_job("parent")
    store.create_tuning_job(replace(PARENT, created_at=NOW + HOUR))
    store.record("parent", Change(trials=(ended(1, 0.1, 1.5),), at=NOW + 1.5 * HOUR))
    assert learnt(store) == [0.1]


def bowl(config: dict[str, float]) -> float:
    return float((config["x"] - 0.3) ** 2)


def test_a_function_is_tuned_with_what_earlier_jobs_have_found(tmp_path: Any) -> None:
    where = f"sqlite:///{tmp_path / 'tuning.db'}"
    first = minimize(bowl, SPACE, trials=10, seed=1, store=where, name="first")
    second = minimize(
        lambda config: 2 * bowl(config),
        SPACE,
        trials=1,
        seed=1,
        store=where,
        name="second",
        parents=["first"],
    )
    assert second.best.config == first.best.config


def test_an_identical_job_does_not_try_again_what_is_known(tmp_path: Any) -> None:
    where = f"sqlite:///{tmp_path / 'tuning.db'}"
    minimize(bowl, SPACE, trials=8, seed=1, store=where, name="first")
    minimize(
        bowl,
        SPACE,
        trials=3,
        seed=1,
        store=where,
        name="second",
        parents=["first"],
        transfer="IdenticalDataAndAlgorithm",
    )
    with Store(where) as store:
        first, second = ([t.config["x"] for t in store.trials(name)] for name in ("first", "second"))
        assert [trial.number for trial in store.trials("second")] == [1, 2, 3]
    assert not set(first) & set(second)
    assert all(abs(float(x) - 0.3) < 0.2 for x in second)  # it knows where to look


def test_a_killed_job_goes_on_as_if_it_had_not_been(tmp_path: Any) -> None:
    def search(folder: str, *steps: int) -> list[Any]:
        where = f"sqlite:///{tmp_path / folder}"
        minimize(bowl, SPACE, trials=6, seed=1, store=where, name="first")
        for trials in steps:
            minimize(bowl, SPACE, trials=trials, seed=2, store=where, name="second", parents=["first"])
            minimize(bowl, SPACE, trials=6 + trials, seed=1, store=where, name="first")  # the parent goes on
        with Store(where) as store:
            return [trial.config["x"] for trial in store.trials("second")]

    assert search("at-once.db", 8) == search("in-steps.db", 3, 6, 8)
