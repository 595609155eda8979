from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Definition, Limits, TuningJob
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.views.algorithms import algorithm_courses
from tunesmith.web.views.board import Board
from tunesmith.web.views.settings_and_values import lines_of
from tunesmith.web.views.training_jobs import Query, training_jobs


def compared(add_job: Callable[..., None]) -> Board:
    store = Store()
    add_job(store, "alike", (0.5, None, 0.25, 0.75, 0.125))
    trials = store.trials("alike")
    own = {"near": "x", "far": "y"}
    definitions = tuple(
        Definition(
            name=name,
            work=Command(("true",)),
            space=Space([Continuous(p, 0.0, 1.0)]),
            objective=Objective("loss"),
        )
        for name, p in own.items()
    )
    job = TuningJob.comparing(
        definitions, name="job", limits=Limits(trials=9), created_at=trials[0].created_at
    )
    store.create_tuning_job(job)
    names = ["near", "near", "near", "far", "far"]
    given = tuple(
        replace(t, name=f"job-{t.number}", definition=name, config={own[name]: 0.5})
        for t, name in zip(trials, names, strict=True)
    )
    store.record("job", Change(trials=given, at=job.created_at))
    board = Board(store, "job")
    board.refresh()
    return board


def test_each_algorithm_by_what_it_has_used(add_job: Callable[..., None]) -> None:
    near, far = algorithm_courses(compared(add_job))
    assert near.name == "near"
    assert near.by_jobs == ((1.0, 0.5), (3.0, 0.25))
    assert near.by_seconds == ((60.0, 0.5), (180.0, 0.25))
    assert far.by_jobs == ((1.0, 0.75), (2.0, 0.125))


def test_there_is_nothing_to_compare_in_a_job_of_one(add_job: Callable[..., None]) -> None:
    store = Store()
    add_job(store, "job", (0.5,))
    assert algorithm_courses(Board(store, "job")) == ()


def test_hyperparameters_belong_to_their_algorithm(add_job: Callable[..., None]) -> None:
    board = compared(add_job)
    assert list(board.parameters) == ["x", "y"]
    assert board.config(0) == {"x": 0.5}
    assert board.config(4) == {"y": 0.5}
    assert [line.number for line in lines_of(board, "far").lines] == [4, 5]
    found = training_jobs(board._store, board, Query(definition="far"))
    assert [trial.number for trial in found.trials] == [5, 4]
