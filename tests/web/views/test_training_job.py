from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tunesmith.control.service import Service
from tunesmith.core.training_job import Command, Ending, TrainingJob
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.errors import NotFound
from tunesmith.store.records import Attempt, Change
from tunesmith.store.store import Store
from tunesmith.web.views.training_job import repeat, training_job_view


@pytest.fixture
def store(add_job: Callable[..., None]) -> Iterator[Store]:
    with Store() as store:
        add_job(store, "churn", (0.5, 0.25, None), hyperparameters={"epochs": 25})
        yield store


def test_a_training_job_is_shown_beside_the_best(store: Store) -> None:
    view = training_job_view(store, "CHURN-0001")
    assert [(s.name, s.value, s.best, s.span, s.differs) for s in view.settings] == [
        ("x", "0.01", "0.02", "0 to 1", True),
        ("epochs", "25", "25", "", False),
    ]
    assert view.settings[0].place == pytest.approx(0.01)
    assert view.tuning_job == "churn"
    assert view.metric == "loss"
    assert (view.earlier, view.later) == (None, "churn-0002")
    assert json.loads(view.configuration) == {"x": 0.01, "epochs": 25}
    assert dict(view.facts)["Runs"] == "command true"
    assert [stage.status for stage in view.stages][-2:] == ["Uploading", "Completed"]
    assert not view.can_stop


def test_the_best_one_has_nothing_to_compare_with(store: Store) -> None:
    view = training_job_view(store, "churn-0002")
    assert view.is_best
    assert {setting.best for setting in view.settings} == {None}


def test_attempts_are_told_if_there_were_several(store: Store) -> None:
    trial = store.trial("churn", 1)
    start = trial.created_at
    lost = Attempt(started_at=start, ended_at=start + timedelta(seconds=9), ending=Ending.INTERRUPTED)
    moved = replace(trial, number=4, name="churn-0004", earlier=(lost,), rank=4)
    store.record("churn", Change(trials=(moved,), at=start))
    runs = training_job_view(store, "churn-0004").runs
    assert [run.outcome for run in runs] == ["it was interrupted from outside", "Completed"]
    assert training_job_view(store, "churn-0001").runs == ()


def test_one_by_itself_has_no_tuning_job(store: Store) -> None:
    Service(store).create_training_job(
        TrainingJob(name="alone", work=Command(("true",)), hyperparameters={"depth": 3})
    )
    view = training_job_view(store, "alone")
    assert view.tuning_job is None
    assert view.metric is None
    assert [(s.name, s.value, s.best) for s in view.settings] == [("depth", "3", None)]
    assert view.can_stop
    assert not view.can_repeat


def test_a_configuration_can_be_tried_again_while_the_tuning_job_runs(store: Store) -> None:
    view = training_job_view(store, "churn-0001")
    assert view.can_repeat
    repeat(Service(store), view, "me")
    (waiting,) = store.controls("churn").suggestions
    assert (waiting.config, waiting.by) == ({"x": 0.01}, "me")


def test_it_cannot_when_the_tuning_job_has_ended(store: Store, make_job: Any) -> None:
    at = make_job("any").created_at
    store.record("churn", Change(status=TuningStatus.COMPLETED, at=at))
    assert not training_job_view(store, "churn-0001").can_repeat


def test_a_running_one_can_be_stopped(store: Store) -> None:
    trial = store.trial("churn", 1)
    for state, can in ((TrialState.RUNNING, True), (TrialState.STOPPING, False)):
        open_one = replace(trial, number=5, name="churn-0005", state=state, rank=None, ended_at=None)
        store.record("churn", Change(trials=(open_one,), at=trial.created_at))
        assert training_job_view(store, "churn-0005").can_stop is can


def test_there_must_be_one(store: Store) -> None:
    with pytest.raises(NotFound):
        training_job_view(store, "nothing")
