"""Whether the best values lie at the edge of a hyperparameter's range, so that better ones may lie beyond.

Functions are drawn from what the results make believe of the losses. An end of a range is suspect if the lowest point
of nearly all of them lies on that end, and lower, by an amount that matters, than any point well inside of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import chance, setting
from tunesmith.core.space import Categorical, Continuous, Integer, Value
from tunesmith.numerics.blas import single_threaded

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Belief, Beliefs
    from tunesmith.core.space import Points
    from tunesmith.numerics.axes import Axis
    from tunesmith.numerics.gaussian_process import Posterior

Side = Literal["lower", "upper"]

_POSSIBLE, _LIKELY = (
    0.5,
    0.8,
)  # probabilities from which on an end is noted, and raises an alarm: benchmarks/findings
_FUNCTIONS = 32  # drawn from each posterior
_PROMISING, _PROJECTED, _PER_END = (
    160,
    24,
    6,
)  # points that may be the lowest: in all, moved to each end, kept there
_INSIDE = 0.1  # part of the range that is no longer the end
_MATTERS = 0.02  # of the rise from the best to the median loss
_FEWEST_LEVELS = 4  # of two or three whole numbers, one at an end is no surprise
_NEAR, _BEST_SHARE, _BEST_FEWEST = (
    0.05,
    0.1,
    5,
)  # how many of the best results lie near the end: for the sentence
_WIDER = 0.5  # of the range, on its scale, by which it should become longer


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An end of a range at which the best values lie."""

    parameter: str
    side: Side
    end: Value
    probability: float  # that the best value of all lies there
    near: int  # of the best results, those within a twentieth of the range of this end
    best: int  # how many best results were looked at
    wider: tuple[Value, Value] | None  # a range to try instead; None if the end looks like a natural one


def boundary(beliefs: Beliefs) -> list[Finding]:
    """The ends of ranges at which the best values lie; empty if there are none."""
    with single_threaded():
        found = _probabilities(beliefs)
    edges = [_edge(beliefs, j, side, p) for (j, side), p in found.items() if p >= _POSSIBLE]
    return [
        Finding(
            kind=Kind.BOUNDARY,
            severity=Severity.ALARM if edge.wider and edge.probability >= _LIKELY else Severity.NOTE,
            sentence=_sentence(edge),
            facts=edge,
            advice=_advice(edge),
            parameter=edge.parameter,
        )
        for edge in edges
    ]


def _probabilities(beliefs: Beliefs) -> dict[tuple[int, Side], float]:
    """How likely it is that the lowest point lies at each end of each parameter's range."""
    rng = np.random.default_rng(0)
    sums: dict[tuple[int, Side], list[float]] = {}
    for belief, posterior in beliefs.posteriors():
        ends = list(_ends(belief.axes))
        points = _points(belief, posterior, ends)
        functions = belief.functions(posterior, points, _FUNCTIONS, rng)
        for j, side, end in ends:
            sums.setdefault((j, side), []).append(_share(belief, points[:, j], functions, end))
    return {key: float(np.mean(shares)) for key, shares in sums.items()}


def _share(belief: Belief, units: NDArray[np.float64], functions: NDArray[np.float64], end: float) -> float:
    """The share of functions that are lowest at an end, and lower by what matters than well inside."""
    at_end = np.abs(units - end) < 1e-9
    inside = np.abs(units - end) >= _INSIDE
    lowest = functions[:, at_end].min(axis=1)
    is_lowest = lowest <= functions.min(axis=1)
    return float((is_lowest & (lowest + _MATTERS * belief.rise < functions[:, inside].min(axis=1))).mean())


def _ends(axes: tuple[Axis, ...]) -> Iterator[tuple[int, Side, float]]:
    """The ends of ranges: column, side, and where it is in the unit cube."""
    for j, axis in enumerate(axes):
        if axis.nominal or (axis.levels is not None and axis.levels < _FEWEST_LEVELS):
            continue
        low, high = (0.0, 1.0) if axis.levels is None else axis.unit([0, axis.levels - 1]).tolist()
        yield j, "lower", low
        yield j, "upper", high


def _points(belief: Belief, posterior: Posterior, ends: list[tuple[int, Side, float]]) -> Points:
    """Points that may be the lowest, among them some at each end."""
    pool = belief.pool
    likely = pool[belief.promising(posterior, pool, _PROMISING)]
    blocks = [likely]
    for j, _, end in ends:
        moved = likely[:_PROJECTED].copy()
        moved[:, j] = end
        blocks.append(moved[belief.promising(posterior, moved, _PER_END)])
        back = blocks[-1][:2].copy()  # their counterparts well inside
        back[:, j] = np.clip(belief.axes[j].snap(np.array([abs(end - 1.5 * _INSIDE)]))[0], 0.0, 1.0)
        blocks.append(back)
    return np.unique(np.concatenate(blocks), axis=0)


def _edge(beliefs: Beliefs, j: int, side: Side, probability: float) -> Edge:
    history, parameter = beliefs.history, beliefs.space.parameters[j]
    if isinstance(parameter, Categorical):
        msg = f"{parameter.name}: choices have no ends"
        raise TypeError(msg)
    usable = np.flatnonzero(np.isfinite(history.losses))
    count = min(len(usable), max(_BEST_FEWEST, round(_BEST_SHARE * len(usable))))
    best = history.points[usable[np.argsort(history.losses[usable], kind="stable")[:count]], j]
    near = best <= _NEAR if side == "lower" else best >= 1.0 - _NEAR
    end = parameter.low if side == "lower" else parameter.high
    is_end = np.array([value == end for value in parameter.from_unit(best)])
    return Edge(
        parameter=parameter.name,
        side=side,
        end=end,
        probability=probability,
        near=int((near | is_end).sum()),
        best=count,
        wider=widened(parameter, side),
    )


def widened(parameter: Continuous | Integer, side: Side) -> tuple[Value, Value] | None:
    """The range, longer by half at one side, on its scale and in round numbers; None beyond what looks natural.

    Natural are 0 as the lower end, 1 as that of whole numbers, and 1 as the upper end of a range from 0 or above.
    """
    low, high = float(parameter.low), float(parameter.high)
    least = 1.0 if isinstance(parameter, Integer) else 0.0
    if low in (0.0, least) if side == "lower" else (high == 1.0 and low >= 0.0):
        return None
    end = _beyond(low, high, parameter.resolved_scale, side)
    if side == "lower":
        end = max(end, 0.0) if low > 0.0 else end
    if isinstance(parameter, Integer):
        end = math.floor(end) if side == "lower" else math.ceil(end)
        if parameter.resolved_scale == "Logarithmic":
            end = max(end, 1)
    return (end, parameter.high) if side == "lower" else (parameter.low, end)


def _beyond(low: float, high: float, scale: str, side: Side) -> float:
    """An end half a range's length further out, in one or two digits."""
    if scale == "Logarithmic":
        factor = max((high / low) ** _WIDER, 2.0)
        return _round(low / factor, down=True) if side == "lower" else _round(high * factor, down=False)
    if scale == "ReverseLogarithmic":  # 1 - x is what is spread logarithmically
        factor = max(((1.0 - low) / (1.0 - high)) ** _WIDER, 2.0)
        if side == "lower":
            return max(0.0, 1.0 - _round((1.0 - low) * factor, down=False))
        return 1.0 - _round((1.0 - high) / factor, down=True)
    step = _WIDER * (high - low)
    return _round(low - step, down=True) if side == "lower" else _round(high + step, down=False)


def _round(value: float, *, down: bool) -> float:
    """A number in two digits, not nearer to the range than it was."""
    if value == 0.0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = value / unit
    near = round(steps)
    whole = (
        near if math.isclose(steps, near, rel_tol=1e-9) else math.floor(steps) if down else math.ceil(steps)
    )
    return float(f"{whole * unit:.2g}")


def _sentence(edge: Edge) -> str:
    seen = f"; {edge.near} of the {edge.best} best training jobs are near it" if edge.near else ""
    lie = "lie" if edge.probability >= _LIKELY else "may lie"
    return (
        f"The best values of {edge.parameter} {lie} at the {edge.side} end of its range, {setting(edge.end)} "
        f"(probability {chance(edge.probability)}){seen}."
    )


def _advice(edge: Edge) -> str:
    if edge.wider is None:
        return f"If {edge.parameter} may be {'less' if edge.side == 'lower' else 'more'} than that, widen its range."
    low, high = map(setting, edge.wider)
    return f"Widen {edge.parameter} to {low} ... {high} in a new tuning job that learns from this one (warm start)."
