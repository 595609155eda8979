from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.trial import TrialState
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.views.board import Board
from tunesmith.web.views.objective_history import MOST, Kind, best_so_far, objective_history, typical_range

Add = Callable[..., None]


def board_of(store: Store, name: str = "job") -> Board:
    board = Board(store, name)
    board.refresh()
    return board


def test_kinds_and_the_best_so_far(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5, None, 0.75, 0.25))
    history = objective_history(board_of(store))
    assert history.points[Kind.COMPLETED] == [(1, 0.5), (3, 0.75), (4, 0.25)]
    assert history.points[Kind.FAILED] == [(2, 0.0)]
    assert history.best == [(1, 0.5), (4, 0.25), (4, 0.25)]
    assert history.is_positive
    assert history.total == 4


def test_a_maximized_metric_is_shown_as_it_is(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5, 0.25, 0.75), objective=Objective("acc", Goal.MAXIMIZE))
    assert best_so_far(board_of(store)) == [(1, 0.5), (3, 0.75), (3, 0.75)]


@pytest.mark.parametrize("goal", list(Goal))
def test_outliers_on_the_bad_side_are_left_out_of_the_picture(add_job: Add, goal: Goal) -> None:
    store, sign = Store(), 1 if goal is Goal.MINIMIZE else -1
    values = (*(sign * (1 + n / 10) for n in range(10)), sign * 1e6)
    add_job(store, "job", values, objective=Objective("loss", goal))
    board = board_of(store)
    found = typical_range(board)
    assert found is not None
    assert all(found[0] < value < found[1] for value in values[:-1])
    assert not found[0] < values[-1] < found[1]
    assert objective_history(board).beyond == 1


def test_nothing_is_an_outlier_among_like_values(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", tuple(n / 10 for n in range(12)))
    assert typical_range(board_of(store)) is None


def test_a_long_history_is_thinned_and_keeps_every_improvement(add_job: Add) -> None:
    store, rng = Store(), np.random.default_rng(0)
    add_job(store, "job", tuple(map(float, rng.random(3 * MOST))))
    board = board_of(store)
    history = objective_history(board)
    assert len(history.points[Kind.COMPLETED]) <= 1.1 * MOST
    assert set(history.best[:-1]) <= set(history.points[Kind.COMPLETED])
    assert history.best[-1] == (3 * MOST, board.floats("loss").min())


def test_news_are_what_has_ended_since_and_all_that_is_open(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5, 0.25))
    board = board_of(store)
    serial, first = board.serial, store.trials("job")[0]
    runs = replace(
        first, number=3, name="job-3", state=TrialState.RUNNING, rank=None, ended_at=None, value=0.4
    )
    store.record("job", Change(trials=(runs,), at=first.created_at))
    board.refresh()
    news = objective_history(board, serial)
    assert news.points[Kind.OPEN] == [(3, 0.4)]
    assert news.points[Kind.COMPLETED] == []
    serial = board.serial
    store.record("job", Change(trials=(replace(first, number=3, name="job-3", rank=3),), at=first.created_at))
    board.refresh()
    news = objective_history(board, serial)
    assert news.points[Kind.OPEN] == []
    assert news.points[Kind.COMPLETED] == [(3, 0.5)]
