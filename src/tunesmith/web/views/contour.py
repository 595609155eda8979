"""The objective over two hyperparameters, as cells of a map, with the training jobs on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Value
from tunesmith.web.views.axes import Axis, axis_of
from tunesmith.web.views.board import Board
from tunesmith.web.views.lessons import Lessons
from tunesmith.web.views.settings_and_values import Lines, lines_of

MOST_POINTS = 400


@dataclass(frozen=True)
class Contour:
    """A map; cells are left, right, bottom, top, mean, how unsure it is."""

    x: Axis
    y: Axis
    metric: str
    cells: tuple[tuple[float, ...], ...]
    points: tuple[tuple[float, float, float, int], ...]  # x, y, value, number
    low: float
    high: float
    is_maximized: bool


def contour(
    lessons: Lessons, board: Board, definition: str | None, first: str, second: str
) -> Contour | None:
    """Map two hyperparameters; None while too little is known."""
    found = lessons.map(board, definition, first, second)
    if found is None:
        return None
    parameters = {each.name: each for each in board.job.parts[definition].space.parameters}
    x, y = parameters[first], parameters[second]
    lefts, bottoms = _edges(x, found.xs), _edges(y, found.ys)
    cells = tuple(
        (*across, *along, found.mean[i][j], found.sd[i][j])
        for i, across in enumerate(lefts)
        for j, along in enumerate(bottoms)
    )
    lines = lines_of(board, definition)
    mean = np.array(found.mean)
    points = _points(lines, first, second)
    # Colours tell the good part apart: a third of the map is as pale as can be.
    sign = -1.0 if lines.is_maximized else 1.0
    ends = sign * np.quantile(sign * mean, [0.0, 0.7])
    low, high = float(ends.min()), float(ends.max())
    return Contour(axis_of(x), axis_of(y), lines.metric, cells, points, low, high, lines.is_maximized)


def _points(lines: Lines, first: str, second: str) -> tuple[tuple[float, float, float, int], ...]:
    names = [axis.name for axis in lines.axes]
    i, j = names.index(first), names.index(second)
    return tuple(
        (each.places[i], each.places[j], each.value, each.number) for each in lines.lines[-MOST_POINTS:]
    )


def _edges(parameter: Parameter, values: tuple[Value, ...]) -> list[tuple[float, float]]:
    """Where the cell of each value begins and ends; of categories, their places."""
    if isinstance(parameter, Categorical):
        return [(float(place), float(place)) for place in range(len(values))]
    units = parameter.to_unit(values)
    middles = [0.0, *((one + other) / 2 for one, other in pairwise(units.tolist())), 1.0]
    ends = [float(each) for each in _unrounded(parameter, middles)]
    return list(pairwise(ends))


def _unrounded(parameter: Continuous | Integer, units: list[float]) -> list[float]:
    """Values at units, not rounded to whole numbers."""
    low, high = float(parameter.low), float(parameter.high)
    if parameter.resolved_scale == "Logarithmic":
        return [low * (high / low) ** unit for unit in units]
    if parameter.resolved_scale == "ReverseLogarithmic":
        return [1 - (1 - low) * ((1 - high) / (1 - low)) ** unit for unit in units]
    return [low + (high - low) * unit for unit in units]
