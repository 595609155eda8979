from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.core.space import Categorical, Continuous, Integer
from tunesmith.store.store import Store
from tunesmith.web.views import settings_and_values as module
from tunesmith.web.views.axes import Axis, axis_of
from tunesmith.web.views.board import Board
from tunesmith.web.views.settings_and_values import lines_of


@pytest.fixture(scope="module")
def board(add_searched_job: Callable[..., None]) -> Board:
    store = Store()
    add_searched_job(store, "job", 80)
    board = Board(store, "job")
    board.refresh()
    return board


def test_axes_are_as_in_the_space() -> None:
    assert axis_of(Continuous("a", 1e-4, 1.0)) == Axis("a", "log", 1e-4, 1.0)
    assert axis_of(Continuous("a", 0.5, 0.999)).kind == "value"
    assert axis_of(Integer("n", 1, 9)) == Axis("n", "value", 1, 9, is_whole=True)
    assert axis_of(Categorical("c", ("red", True, 1.5))) == Axis(
        "c", "category", 0, 2, ("red", "true", "1.5")
    )


def test_lines_are_the_training_jobs_with_a_value_the_best_on_top(board: Board) -> None:
    found = lines_of(board, None)
    assert found.total == len(found.lines) == 70
    values = [line.value for line in found.lines]
    assert values == sorted(values, reverse=True)
    assert found.low == values[-1]
    assert values[-1] < found.high < values[0]
    line = found.lines[0]
    config = board._store.trial("job", line.number).config
    assert line.places == (config["rate"], config["depth"], ["red", "blue"].index(str(config["kind"])))


def test_only_those_of_some_numbers(board: Board) -> None:
    found = lines_of(board, None, np.array([1, 2, 8, 500]))
    assert {line.number for line in found.lines} == {1, 2}  # 8 failed
    assert lines_of(board, None, np.array([], dtype=np.int64)).lines == ()


def test_very_many_are_thinned_and_the_best_stay(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [line.number for line in lines_of(board, None).lines]
    monkeypatch.setattr(module, "MOST", 20)
    found = lines_of(board, None)
    assert len(found.lines) == 20
    assert found.total == 70
    assert [line.number for line in found.lines[-5:]] == everything[-5:]
