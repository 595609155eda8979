from __future__ import annotations

from collections.abc import Callable

from tunesmith.analysis.interval import Interval
from tunesmith.core.objective import Goal, Objective
from tunesmith.store.store import Store
from tunesmith.web.views import expectations as module
from tunesmith.web.views.board import Board, Rows
from tunesmith.web.views.expectations import Step, expectations
from tunesmith.web.views.lesson import Beliefs
from tunesmith.web.views.lessons import Lessons

Add = Callable[..., None]
NOISE = Interval(0.01, 0.02, 0.03)


def board_of(store: Store) -> Board:
    board = Board(store, "job")
    board.refresh()
    return board


def test_the_band_follows_the_best_so_far(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5, None, 0.75, 0.25, 0.3))
    of = {1: Interval(0.4, 0.5, 0.6), 3: Interval(0.7, 0.75, 0.8), 4: Interval(0.2, 0.3, 0.4)}
    shown = expectations(board_of(store), Beliefs(of, {None: NOISE}))
    assert shown.of == of
    assert shown.steps == (Step(1, 4, 0.4, 0.6), Step(4, 5, 0.2, 0.4))
    assert "The best value is 0.25; without noise" in shown.sentence
    assert "0.2 to 0.4." in shown.sentence
    assert "differ by about 0.02." in shown.sentence


def test_where_nothing_is_known_of_the_best_there_is_no_band(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5, 0.25))
    shown = expectations(board_of(store), Beliefs({1: Interval(0.4, 0.5, 0.6)}, {"a": NOISE, "b": NOISE}))
    assert shown.steps == (Step(1, 2, 0.4, 0.6),)
    assert "The best value" not in shown.sentence
    assert "differ" not in shown.sentence  # by several amounts
    assert "too few training jobs" in expectations(board_of(store), Beliefs({}, {})).sentence


def test_a_best_value_better_than_expected_was_lucky(add_job: Add) -> None:
    for goal, values in ((Goal.MINIMIZE, (0.5, 0.1)), (Goal.MAXIMIZE, (0.5, 0.9))):
        store = Store()
        add_job(store, "job", values, objective=Objective("score", goal))
        for interval, is_luck in ((Interval(0.4, 0.5, 0.6), True), (Interval(0.05, 0.5, 0.95), False)):
            told = expectations(board_of(store), Beliefs({2: interval}, {})).sentence
            assert ("a part of it was luck" in told) is is_luck


def test_what_failed_is_not_asked_about(add_searched_job: Add) -> None:
    store = Store()
    add_searched_job(store, "job", 16)
    board, asked = board_of(store), []

    class Asked(Lessons):
        def beliefs(self, board: Board, rows: Rows) -> Beliefs:
            asked.extend(board.number[rows].tolist())
            return Beliefs({}, {})

    module.ask(Asked(store), board)
    assert asked == [number for number in range(1, 17) if number % 8]
