from __future__ import annotations

from collections.abc import Callable

import pytest

from tunesmith.store.store import Store
from tunesmith.web.views import learning_curves as module
from tunesmith.web.views.board import Board
from tunesmith.web.views.learning_curves import learning_curves
from tunesmith.web.views.objective_history import Kind

Add = Callable[..., None]


def board_of(store: Store) -> Board:
    board = Board(store, "job")
    board.refresh()
    return board


def test_curves_are_what_was_reported_with_the_reasons_of_those_that_were_stopped(
    add_searched_job: Add,
) -> None:
    store = Store()
    add_searched_job(store, "job", 24)
    found = learning_curves(store, board_of(store))
    assert found.total == 24
    assert [curve.number for curve in found.curves] == [n for n in range(1, 25) if n % 8]
    first = found.curves[0]
    value = store.trial("job", 1).value
    assert value is not None
    assert first.points[0] == (1, value + 1, 1.0)
    assert first.points[-1] == (10, value + 0.1, 10.0)
    stopped = [curve for curve in found.curves if curve.kind is Kind.STOPPED]
    assert [curve.number for curve in stopped] == [5, 10, 15, 20]
    assert {curve.reason for curve in stopped} == {"stopped early: worse than the median"}


def test_of_very_many_the_best_the_latest_and_others_are_shown(
    add_searched_job: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    add_searched_job(store, "job", 200)
    monkeypatch.setattr(module, "CURVES", 40)
    found = learning_curves(store, board_of(store))
    assert found.total == 200
    assert len(found.curves) <= 40
    numbers = {curve.number for curve in found.curves}
    best = store.best_trial("job")
    assert best is not None
    assert best.number in numbers
    assert {n for n in range(191, 201) if n % 8} <= numbers


def test_nothing_that_has_ended_is_read_again(add_searched_job: Add) -> None:
    store = Store()
    add_searched_job(store, "job", 24)
    board = board_of(store)
    assert learning_curves(store, board, board.serial).curves == ()
