from __future__ import annotations

import re

import numpy as np
import pytest

from tunesmith.analysis.interval import Interval
from tunesmith.analysis.outlook import Outlook
from tunesmith.analysis.report.charts.curves import learning_curves
from tunesmith.analysis.report.charts.effect import effect_line
from tunesmith.analysis.report.charts.importance import importance_bars
from tunesmith.analysis.report.charts.progress import progress
from tunesmith.analysis.report.charts.prospect import prospect
from tunesmith.analysis.report.contents import Curve, Report
from tunesmith.analysis.report.document import Figure
from tunesmith.core.objective import Goal, Objective

ACCURACY, LOSS = Objective("accuracy", Goal.MAXIMIZE), Objective("loss")


def numbers(figure: Figure, style: str) -> list[list[float]]:
    """The coordinates of the shapes of a style."""
    shapes = re.findall(rf'class="{style}"[^>]*points="([^"]*)"', figure.svg)
    return [[float(n) for n in re.split("[ ,]", shape)] for shape in shapes]


def test_progress_is_a_staircase_with_the_improvements_as_a_table() -> None:
    figure = progress(ACCURACY, [None, 0.5, 0.4, 0.7, None, 0.6])
    assert figure is not None
    (stairs,) = numbers(figure, "line")
    heights = stairs[1::2]
    assert heights == sorted(heights, reverse=True)  # upwards in the picture
    assert figure.table is not None
    assert list(figure.table.rows) == [("2", "0.5"), ("4", "0.7")]
    assert "of 4 training jobs" in figure.alt
    assert "improved 1 times, from 0.5 to 0.7, last with the 4th" in figure.alt


def test_progress_of_losses_goes_down() -> None:
    figure = progress(LOSS, [3.0, 2.0, 5.0, 1.0])
    assert figure is not None
    (stairs,) = numbers(figure, "line")
    assert stairs[1::2] == sorted(stairs[1::2])


def test_progress_of_many_is_thinned() -> None:
    values = np.random.default_rng(0).random(10_000).tolist()
    figure = progress(LOSS, values)
    assert figure is not None
    assert len(figure.svg) < 50_000
    assert progress(LOSS, [None, None]) is None


def test_progress_of_a_single_value() -> None:
    figure = progress(LOSS, [3.0])
    assert figure is not None
    assert "improved 0 times, from 3 to 3" in figure.alt


def test_importance_is_drawn_in_order(report: Report) -> None:
    importance = report.learned[0].importance
    assert importance is not None
    figure = importance_bars(importance, "accuracy")
    assert figure.alt.startswith("rate explains 80 % of the differences in accuracy, kind 10 %.")
    assert figure.table is not None
    assert next(iter(figure.table.rows)) == ("rate", "80 %", "70 % to 90 %", "80 %")
    bars = re.findall(r'class="bar-light" x="[\d.]+" y="([\d.]+)" width="([\d.]+)"', figure.svg)
    assert float(bars[0][1]) > float(bars[1][1]) > 0.0


def test_an_effect_has_a_band_or_whiskers(report: Report) -> None:
    parameters, (rate, kind) = report.setups[0].parameters, report.learned[0].effects
    line, dots = (effect_line(e, p, ACCURACY) for e, p in zip((rate, kind), parameters, strict=True))
    (middle,) = numbers(line, "line")
    assert np.diff(middle[::2]) == pytest.approx(middle[2] - middle[0], abs=0.2)  # decades are equally long
    assert len(numbers(line, "band")[0]) == 2 * 2 * 4
    assert "is highest with rate at about 0.1: 0.8" in line.alt
    assert len(numbers(dots, "whisker")) == 2
    assert dots.table is not None
    assert list(dots.table.rows) == [("a", "0.5", "0.4 to 0.6"), ("b", "0.6", "0.5 to 0.7")]


def test_the_prospect_begins_at_the_best_so_far() -> None:
    improvement = tuple(Interval(0.0, 0.01 * k, 0.02 * k) for k in range(1, 11))
    figure = prospect(LOSS, Outlook(best=1.0, improvement=improvement, untried=None))
    assert figure is not None
    assert figure.table is not None
    assert list(figure.table.rows)[-1] == ("10", "0.9", "0.8 to 1")
    assert prospect(LOSS, Outlook(best=1.0, improvement=(), untried=0)) is None


def test_learning_curves_show_which_were_stopped() -> None:
    curves = [
        Curve(number=1, values=(3.0, 2.0, 1.0), stopped=False),
        Curve(number=2, values=(3.0, 3.0), stopped=True),
    ]
    figure = learning_curves(LOSS, curves, best=1)
    assert figure is not None
    assert len(numbers(figure, "line")) == 1
    assert len(numbers(figure, "thin stopped")) == 1
    assert "of 2 training jobs, 1 of them stopped" in figure.alt
    assert learning_curves(LOSS, [Curve(number=1, values=(3.0,), stopped=False)], best=1) is None
