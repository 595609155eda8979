"""The charts of a tuning job's page: what they draw of what they are given."""

from __future__ import annotations

import json

from tunesmith.analysis.interval import Interval
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer
from tunesmith.web.charts.algorithms import algorithms_chart
from tunesmith.web.charts.base import Options
from tunesmith.web.charts.contour import contour_chart
from tunesmith.web.charts.effect import effect_chart
from tunesmith.web.charts.importance import importance_chart, pairs_chart
from tunesmith.web.charts.learning_curves import best_series, curve_items, learning_curves_chart
from tunesmith.web.charts.objective_history import (
    band_news,
    expectations_news,
    history_news,
    objective_history_chart,
)
from tunesmith.web.charts.outlook import outlook_chart
from tunesmith.web.charts.parallel import parallel_chart
from tunesmith.web.charts.slices import slice_chart
from tunesmith.web.charts.slot_timeline import bar_items, slot_timeline_chart
from tunesmith.web.charts.why import why_chart
from tunesmith.web.views.algorithms import AlgorithmCourse
from tunesmith.web.views.axes import axis_of
from tunesmith.web.views.contour import Contour
from tunesmith.web.views.expectations import Expectations, Step
from tunesmith.web.views.learning_curves import LearningCurve
from tunesmith.web.views.lesson import Expectation, Future, Line, PairShare, ParameterShare, Shares
from tunesmith.web.views.objective_history import Kind, ObjectiveHistory
from tunesmith.web.views.settings_and_values import Line as Job
from tunesmith.web.views.settings_and_values import Lines
from tunesmith.web.views.slot_timeline import SlotTimeline, TimelineBar

AXES = (
    axis_of(Continuous("rate", 1e-4, 1.0, "Logarithmic")),
    axis_of(Integer("depth", 1, 9)),
    axis_of(Categorical("kind", ("red", True))),
)
LINES = Lines(AXES, "loss", (Job(7, (0.01, 3.0, 1.0), 0.25),), 1, 0.25, 0.5, is_maximized=False)
HISTORY = ObjectiveHistory(
    {
        Kind.COMPLETED: [(1, 0.5)],
        Kind.STOPPED: [],
        Kind.FAILED: [(2, 0.0)],
        Kind.PAUSED: [],
        Kind.OPEN: [(3, 0.4)],
    },
    [(1, 0.5), (3, 0.5)],
    (0.1, 0.9),
    beyond=1,
    total=3,
    is_positive=True,
)
EXPECTED = Expectations(
    {1: Interval(0.4, 0.5, 0.6), 3: Interval(-0.3, -0.1, 0.2)}, (Step(1, 3, 0.4, 0.6),), "A sentence."
)
BAD_REASON = "<img src=x onerror=alert(1)>"
CURVES = (
    LearningCurve(1, Kind.COMPLETED, ((1, 2.0, 0.5), (2, 1.0, 1.5)), None),
    LearningCurve(2, Kind.STOPPED, ((1, 3.0, 0.5),), BAD_REASON),
)


def series(options: Options) -> dict[str, Options]:
    json.dumps(options)  # it goes to a browser
    return {each["id"]: each for each in options["series"]}


def test_history_tells_states_apart_by_shape_and_colour() -> None:
    found = series(objective_history_chart(Objective("acc", Goal.MAXIMIZE), HISTORY, "typical"))
    looks = {(found[kind.value]["symbol"], found[kind.value]["itemStyle"]["color"]) for kind in Kind}
    assert len(looks) == len(Kind)
    assert found["best"]["data"] == [(1, 0.5), (3, 0.5)]
    assert found["failed"]["yAxisIndex"] == 1
    assert {each["id"] for each in history_news(HISTORY)["series"]} == {"paused", "open", "best"}


def test_what_is_expected_is_drawn_below_what_was_had() -> None:
    objective = Objective("loss")
    found = series(objective_history_chart(objective, HISTORY, "all", EXPECTED))
    assert found["expected"]["data"] == [[1, 0.4, 0.5, 0.6], [3, -0.3, -0.1, 0.2]]
    assert found["truth"]["data"] == [[1, 3, 0.4, 0.6]]
    assert list(found)[:2] == ["truth", "expected"]
    assert series(objective_history_chart(objective, HISTORY, "all"))["expected"]["data"] == []
    news = series(expectations_news(EXPECTED, "all"))
    assert {name: each["data"] for name, each in news.items()} == {
        name: found[name]["data"] for name in ("truth", "expected")
    }
    assert list(series(band_news(EXPECTED, "all"))) == ["truth"]


def test_on_a_logarithmic_scale_nothing_expected_is_below_zero() -> None:
    found = series(objective_history_chart(Objective("loss"), HISTORY, "log", EXPECTED))
    assert found["expected"]["data"] == [[1, 0.4, 0.5, 0.6]]
    assert found["expected"]["encode"]["y"] == [2]


def test_scales_of_the_history() -> None:
    objective = Objective("loss")
    typical, everything, log = (
        objective_history_chart(objective, HISTORY, s)["yAxis"][0] for s in ("typical", "all", "log")
    )
    assert (typical["min"], typical["max"], typical["type"]) == (0.1, 0.9, "value")
    assert (everything["min"], everything["max"], everything["type"]) == (None, None, "value")
    assert log["type"] == "log"


def test_curves_are_lines_and_the_best_is_on_top() -> None:
    options = learning_curves_chart("loss", CURVES, 1, typical=None, scale="all", seconds=False)
    found = series(options)
    assert found["lines completed"]["data"] == []
    assert found["lines best"]["data"][0]["coords"] == [[1, 2.0], [2, 1.0]]
    assert found["lines best"]["z"] > found["lines completed"].get("z", 2)
    assert found["ends stopped"]["data"][0]["value"] == [1, 3.0]
    assert "<img" not in found["ends stopped"]["data"][0]["reason"]
    assert options["yAxis"]["min"] < 1.0
    assert options["yAxis"]["max"] > 3.0
    assert curve_items(CURVES, seconds=True)[0]["coords"] == [[0.5, 2.0], [1.5, 1.0]]
    assert best_series(CURVES, None, seconds=False)["data"] == []


def test_a_logarithm_leaves_out_what_has_none() -> None:
    curves = (LearningCurve(1, Kind.COMPLETED, ((1, -2.0, 0.5), (2, 1.0, 1.5)), None),)
    options = learning_curves_chart("loss", curves, None, typical=None, scale="log", seconds=True)
    assert options["yAxis"]["type"] == "log"
    assert options["yAxis"]["min"] > 0
    assert series(learning_curves_chart("loss", (), None, typical=None, scale="typical", seconds=False))


def test_bars_that_still_run_end_now() -> None:
    bars = (TimelineBar(0, 1, 1, 10.0, 20.0, Kind.FAILED), TimelineBar(1, 2, 3, 15.0, None, Kind.OPEN))
    found = series(slot_timeline_chart(SlotTimeline(bars, 2, 2), 99.0))
    assert found["failed"]["data"] == [[10.0, 20.0, 0, 1, 1]]
    assert found["open"]["data"] == [[15.0, 99.0, 1, 2, 3]]
    assert bar_items(bars, 0.0)[1][1] == 15.0


def test_parallel_axes_are_as_in_the_space() -> None:
    options = parallel_chart(LINES)
    assert [axis["type"] for axis in options["parallelAxis"]] == ["log", "value", "category", "value"]
    assert options["parallelAxis"][2]["data"] == ["red", "true"]
    assert series(options)["lines"]["data"][0]["value"] == [0.01, 3.0, "true", 0.25]
    low, high = options["visualMap"]["inRange"]["color"]
    assert (low, high) == ("var(--scale-high)", "var(--scale-low)")  # a small loss stands out


def test_slices_say_which_training_job_a_point_is() -> None:
    options = slice_chart(LINES, 2, (0.0, 1.0))
    assert options["xAxis"]["type"] == "category"
    assert series(options)["points"]["data"] == [[1.0, 0.25, 7]]
    nasty = Lines((axis_of(Continuous("a'</b>\\", 0.0, 1.0)),), "loss", (), 0, 0.0, 1.0, is_maximized=True)
    assert "</b>\\" not in slice_chart(nasty, 0, None)["tooltip"][":formatter"]


def test_contour_has_cells_and_points() -> None:
    shown = Contour(
        AXES[0],
        AXES[2],
        "loss",
        ((0.01, 0.1, 0.0, 0.0, 0.5, 0.1),),
        ((0.01, 1.0, 0.25, 7),),
        0.5,
        0.5,
        is_maximized=True,
    )
    options = contour_chart(shown)
    found = series(options)
    assert found["cells"]["data"] == shown.cells
    assert found["points"]["data"] == shown.points
    assert options["visualMap"]["max"] > options["visualMap"]["min"]


def test_importance_shows_intervals_the_most_important_on_top() -> None:
    def share(name: str, main: float) -> ParameterShare:
        return ParameterShare(name, Interval(0, main, 1), Interval(0.1, main + 0.1, 0.9), matters=True)

    shares = Shares((share("a", 0.5), share("b", 0.2)), (PairShare(("b", "a"), Interval(0, 0.1, 0.2)),))
    options = importance_chart(shares)
    assert options["yAxis"]["data"] == ["b", "a"]  # from the bottom up
    found = series(options)
    assert found["main"]["data"] == [0.2, 0.5]
    assert found["intervals"]["data"] == [[0.1, 0.9, 0], [0.1, 0.9, 1]]
    cells = series(pairs_chart(shares, ["a", "b"]))["pairs"]["data"]
    assert [0, 0, 0.5] in cells
    assert [0, 1, 0.1] in cells
    assert [1, 0, 0.1] in cells


def test_effects_have_a_band() -> None:
    along = Line("rate", (0.01, 0.1), (1.0, 2.0), (0.5, 1.5), (1.5, 2.5))
    found = series(effect_chart(along, AXES[0], "loss"))
    assert found["mean"]["type"] == "line"
    assert "0.5" in found["band"][":renderItem"]
    choices = Line("kind", ("red", True), (1.0, 2.0), (0.5, 1.5), (1.5, 2.5))
    found = series(effect_chart(choices, AXES[2], "loss"))
    assert found["band"]["data"] == [["red", 0.5, 1.5], ["true", 1.5, 2.5]]


def test_the_outlook_goes_the_right_way() -> None:
    future = Future(1.0, (Interval(0.0, 0.25, 0.5),))
    found = series(outlook_chart(Objective("loss"), future))
    assert found["mean"]["data"] == [[0, 1.0], [1, 0.75]]
    assert found["low"]["data"] == [[0, 1.0], [1, 0.5]]
    found = series(outlook_chart(Objective("acc", Goal.MAXIMIZE), future))
    assert found["mean"]["data"] == [[0, 1.0], [1, 1.25]]
    assert found["width"]["data"] == [[0, 0.0], [1, 0.5]]


def test_why_shows_the_neighbours_and_what_was_expected() -> None:
    options = why_chart(Objective("loss"), Expectation(0.5, 0.1, 0.25, ((3, 0.4), (9, 0.6))))
    assert options["yAxis"]["data"] == [
        "nearest: training job 9",
        "nearest: training job 3",
        "best then",
        "expected",
    ]
    assert series(options)["values"]["data"] == [[0.6, 0], [0.4, 1], [0.25, 2], [0.5, 3]]


def test_algorithms_by_what_they_have_used() -> None:
    courses = [AlgorithmCourse("a", ((1.0, 0.5),), ((30.0, 0.5),)), AlgorithmCourse("b", (), ())]
    assert series(algorithms_chart(courses, "loss", seconds=False))["a"]["data"] == ((1.0, 0.5),)
    found = series(algorithms_chart(courses, "loss", seconds=True))
    assert found["a"]["data"] == ((30.0, 0.5),)
    assert found["a"]["lineStyle"]["color"] != found["b"]["lineStyle"]["color"]
