from __future__ import annotations

from collections.abc import Callable

from tunesmith.analysis.interval import Interval
from tunesmith.store.store import Store
from tunesmith.web.views.best import beside, best_row
from tunesmith.web.views.board import Board
from tunesmith.web.views.lesson import Sureness

Add = Callable[..., None]


def board_of(add_job: Add, values: tuple[float | None, ...]) -> Board:
    store = Store()
    add_job(store, "job", values)
    board = Board(store, "job")
    board.refresh()
    return board


def test_the_best_beside_the_first(add_job: Add) -> None:
    found = beside(board_of(add_job, (0.5, None, 0.25)), None)
    assert found is not None
    assert [(each.title, each.number, each.value) for each in found.columns] == [
        ("Best", 3, "0.25"),
        ("First tried", 1, "0.5"),
    ]
    assert found.names == ("x",)
    assert found.columns[0].cells == ("0.03",)
    assert (
        found.sentence == "The best loss is 0.25, of training job 3: 0.25 (50 %) better than the first one."
    )


def test_the_recommended_one_has_an_interval(add_job: Add) -> None:
    board = board_of(add_job, (0.5, 0.26, 0.25))
    sure = Sureness(2, Interval(0.2, 0.27, 0.3), 0.5, 0.5, 0.9)
    found = beside(board, sure)
    assert found is not None
    assert [(each.title, each.interval) for each in found.columns] == [
        ("Best", ""),
        ("Recommended", "0.2 to 0.3"),
        ("First tried", ""),
    ]
    same = beside(board, Sureness(3, None, None, None, None))
    assert same is not None
    assert same.columns[0].title == "Best, and recommended"


def test_nothing_while_none_has_a_value(add_job: Add) -> None:
    board = board_of(add_job, (None, None))
    assert best_row(board) is None
    assert beside(board, None) is None
