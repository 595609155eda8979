from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tunesmith.control.recommendation import Recommended
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.tuning_job import Limits, TuningStatus
from tunesmith.store.store import Store
from tunesmith.web.charts.comparison import comparison_chart
from tunesmith.web.views.board import Board
from tunesmith.web.views.comparison import (
    Along,
    Row,
    _judged,
    at_equal_spend,
    best_rows,
    course,
    has_prices,
    noise_sentence,
    range_rows,
    setting_rows,
    summary_rows,
)

DONE = TuningStatus.COMPLETED


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


def boards_of(store: Store, *names: str) -> list[Board]:
    found = [Board(store, name) for name in names]
    for board in found:
        board.refresh()
    return found


def cells(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    return {row.label: row.cells for row in rows}


def test_the_course_has_each_step_and_the_end(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5, None, 0.75, 0.25, 0.5), ended=DONE, price=Price(cpu_hour=6.0))
    (board,) = boards_of(store, "a")
    assert course(board, Along.TRIALS).points == ((1, 0.5), (4, 0.25), (5, 0.25))
    assert course(board, Along.TIME).points == ((60, 0.5), (240, 0.25), (300, 0.25))
    assert course(board, Along.RUN_TIME).points == ((60, 0.5), (240, 0.25), (300, 0.25))
    spent = [x for x, _ in course(board, Along.MONEY).points]
    assert spent == pytest.approx([0.1, 0.4, 0.5])
    assert has_prices([board])


def test_maximised_values_are_shown_as_they_are(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5, 0.75), ended=DONE, objective=Objective("auc", Goal.MAXIMIZE))
    (board,) = boards_of(store, "a")
    assert course(board, Along.TRIALS).points == ((1, 0.5), (2, 0.75))
    chart = comparison_chart(board.job.objective, [course(board, Along.TRIALS)], Along.TRIALS)
    assert chart["series"][0]["data"] == [[1, 0.5], [2, 0.75]]
    assert chart["yAxis"]["name"] == "best auc (higher is better)"


def test_without_a_value_there_is_no_course(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (None,), ended=DONE)
    add_job(store, "b", ())
    boards = boards_of(store, "a", "b")
    assert [course(board, Along.TRIALS).points for board in boards] == [(), ()]
    assert at_equal_spend(boards) == "a has no value yet. b has no value yet."
    assert noise_sentence(store, boards) == ""


def test_who_is_ahead_is_told_for_equal_spend_too(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5, 0.5, 0.25), ended=DONE)
    add_job(store, "b", (0.375, 0.375), ended=DONE)
    assert at_equal_spend(boards_of(store, "a", "b")) == (
        "a has the best loss, 0.25; b comes next with 0.375, 0.125 behind. "
        "After 2 training jobs each, as many as the shortest has: "
        "b has the best loss, 0.375; a comes next with 0.5, 0.125 behind."
    )


def test_different_objectives_are_not_compared(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5,), ended=DONE)
    add_job(store, "b", (0.5,), ended=DONE, objective=Objective("auc", Goal.MAXIMIZE))
    boards = boards_of(store, "a", "b")
    assert at_equal_spend(boards).startswith("They are after different things (Minimize loss, Maximize auc)")
    assert noise_sentence(store, boards) == ""


def test_tables_mark_what_differs(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5, 0.25), ended=DONE, strategy="Sobol", hyperparameters={"epochs": 3})
    add_job(store, "b", (0.5,), ended=DONE, limits=Limits(trials=20, parallel=5))
    boards = boards_of(store, "a", "b")
    settings = setting_rows(boards)
    differing = {row.label for row in settings if row.differs}
    assert differing == {"Strategy", "At a time"}
    assert "Budget" not in cells(settings)  # neither has one
    assert cells(range_rows(boards)) == {"x": ("0 to 1", "0 to 1"), "epochs": ("fixed at 3", "\N{EN DASH}")}
    assert cells(best_rows(boards)) == {"Training job": ("2", "1"), "x": ("0.02", "0.01")}
    assert cells(summary_rows(store, boards))["Best value"] == ("0.25", "0.5")


def recommended(value: float, width: float) -> Recommended:
    return Recommended(
        number=1,
        config={},
        value=value,
        low=value - width / 2,
        high=value + width / 2,
        better_than_runner_up=None,
        better_than_default=None,
    )


@pytest.mark.parametrize(
    ("values", "begins", "chance"),
    [
        (
            (recommended(0.1, 0.01), recommended(0.2, 0.01)),
            "The difference is beyond the noise: what a",
            "more than 99 %",
        ),
        ((recommended(0.2, 0.1), recommended(0.19, 0.1)), "The difference may be luck", "59 %"),
        (
            (recommended(0.2, 0.0), recommended(0.1, 0.0)),
            "The difference is beyond the noise: what b",
            "more than 99 %",
        ),
        ((recommended(0.2, 0.0), recommended(0.2, 0.0)), "The difference may be luck", "50 %"),
        ((recommended(0.2, float("inf")), recommended(0.1, 0.1)), "Too little is known", ""),
    ],
)
def test_a_difference_is_weighed_against_the_noise(values: Any, begins: str, chance: str) -> None:
    told = _judged(Objective("loss"), dict(zip("ab", values, strict=True)))
    assert told.startswith(begins)
    assert chance in told


def test_noise_is_judged_of_stored_jobs(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "good", tuple(0.1 + 0.01 * i for i in range(8)), ended=DONE)
    add_job(store, "bad", tuple(5.1 + 0.01 * i for i in range(8)), ended=DONE)
    told = noise_sentence(store, boards_of(store, "bad", "good"))
    assert "what good recommends is better than what bad does" in told


def test_a_chart_of_hours_is_in_hours(store: Store, add_job: Callable[..., None]) -> None:
    add_job(store, "a", (0.5,) * 130, ended=DONE)
    (board,) = boards_of(store, "a")
    chart = comparison_chart(board.job.objective, [course(board, Along.TIME)], Along.TIME)
    assert chart["xAxis"]["name"] == "time since it was created (hours)"
    assert course(board, Along.TIME).points[-1][0] / 3600 == chart["series"][0]["data"][-1][0]
