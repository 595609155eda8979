from __future__ import annotations

from collections.abc import Callable

import pytest

from tunesmith.core.trial import TrialState
from tunesmith.store.store import Store
from tunesmith.web.views.board import Board
from tunesmith.web.views.training_jobs import PAGE, VALUE, Query, numbers_of, training_jobs

Add = Callable[..., None]


@pytest.fixture(scope="module")
def board(add_searched_job: Add) -> Board:
    store = Store()
    add_searched_job(store, "job", 3 * PAGE)
    board = Board(store, "job")
    board.refresh()
    return board


def numbers(board: Board, **query: object) -> list[int]:
    return [trial.number for trial in training_jobs(board._store, board, Query(**query)).trials]  # type: ignore[arg-type]


def test_pages(board: Board) -> None:
    assert numbers(board) == list(range(3 * PAGE, 2 * PAGE, -1))
    assert numbers(board, first=2 * PAGE, descending=False) == list(range(2 * PAGE + 1, 3 * PAGE + 1))
    found = training_jobs(board._store, board, Query(limit=7))
    assert (len(found.trials), found.found, found.total) == (7, 3 * PAGE, 3 * PAGE)
    assert found.first == 0


def test_the_first_page_stands_for_one_that_there_is_not(board: Board) -> None:
    found = training_jobs(board._store, board, Query(first=3 * PAGE))
    assert (found.trials[0].number, len(found.trials), found.first) == (3 * PAGE, PAGE, 0)
    found = training_jobs(board._store, board, Query(first=3 * PAGE - 1))
    assert ([trial.number for trial in found.trials], found.first) == ([1], 3 * PAGE - 1)
    found = training_jobs(board._store, board, Query(text="nobody", first=PAGE))
    assert (found.trials, found.first) == ((), 0)


def test_sorting_by_value_puts_those_without_last_either_way(board: Board) -> None:
    trials = board._store.trials("job")
    values = sorted(trial.value for trial in trials if trial.value is not None)
    for descending in (False, True):
        query = Query(sort=VALUE, descending=descending, limit=1000)
        found = [trial.value for trial in training_jobs(board._store, board, query).trials]
        known = values[::-1] if descending else values
        assert found == [*known, *[None] * (len(trials) - len(values))]


@pytest.mark.parametrize("name", ["rate", "depth", "kind"])
def test_sorting_by_a_hyperparameter(board: Board, name: str) -> None:
    query = Query(sort=f"config {name}", descending=False, limit=1000)
    found = [trial.config[name] for trial in training_jobs(board._store, board, query).trials]
    order = {"red": 0, "blue": 1}
    assert found == sorted(found, key=lambda value: order.get(str(value), value))


def test_filters_hold_all_at_once(board: Board) -> None:
    trials = board._store.trials("job")
    failed = [trial.number for trial in trials if trial.state is TrialState.FAILED]
    assert numbers(board, state=TrialState.FAILED, descending=False) == failed
    assert numbers(board, text="memory", descending=False) == failed
    assert numbers(board, text="job-0008") == [8]
    assert numbers_of(board._store, board, Query(text="memory", limit=1)).tolist() == failed
    wanted = [
        t.number
        for t in trials
        if int(t.config["depth"]) > 4 and t.config["kind"] == "blue" and t.value is None
    ]
    assert numbers(board, text="depth>4 kind=blue memory", descending=False) == wanted
    assert numbers(board, text="kind=green") == []
    low = [t.number for t in trials if t.value is not None and t.value <= 0.3]
    assert numbers(board, text="loss<=0.3", descending=False, limit=1000) == low
    assert numbers(board, text="unknown<3") == []


def test_a_brush_is_any_of_its_intervals_on_each_axis(board: Board) -> None:
    brush = {"depth": ((0.5, 2.2), (8.5, 9.0)), VALUE: ((0.0, 0.5),)}
    wanted = [
        t.number
        for t in board._store.trials("job")
        if t.config["depth"] in (1, 2, 9) and t.value is not None and t.value <= 0.5
    ]
    assert numbers(board, brush=brush, descending=False, limit=1000) == wanted
    assert len(wanted) > 3
