"""Whether the best values lie at the edge of a hyperparameter's range, so that better ones may lie beyond.

Functions are drawn from what the results make believe of the losses. An end of a range is suspect if the lowest point
of nearly all of them lies on that end, and lower, by an amount that matters, than any point well inside of it. Two
models are asked, and believed equally: that of the search, which knows best where it has been, and the sum of effects
(`surrogate`), which sees a slope through noise and with few results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import chance, setting
from tunesmith.core.space import Categorical, Continuous, Integer, Value
from tunesmith.numerics.blas import single_threaded

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Belief, Beliefs
    from tunesmith.analysis.surrogate import Surrogate
    from tunesmith.core.space import Points
    from tunesmith.numerics.axes import Axis
    from tunesmith.numerics.gaussian_process import Posterior

Side = Literal["lower", "upper"]

_POSSIBLE, _LIKELY = (
    0.5,
    0.8,
)  # probabilities from which on an end is noted, and raises an alarm: benchmarks/findings
_FUNCTIONS = 32  # drawn from each posterior
_PROMISING, _PROJECTED, _PER_END, _BACK = (
    160,
    24,
    6,
    2,
)  # points that may be the lowest: in all, moved to each end, kept there, and moved back inside
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


def boundary(beliefs: Beliefs, surrogate: Surrogate | None) -> list[Finding]:
    """The ends of ranges at which the best values lie; empty if there are none."""
    with single_threaded():
        models = [[_shares(view) for view in views] for views in _models(beliefs, surrogate)]
        found = {end: fmean(fmean(s[end] for s in shares) for shares in models) for end in models[0][0]}
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


@dataclass(frozen=True, kw_only=True)
class _View:
    """One way to see the losses."""

    axes: tuple[Axis, ...]
    pool: Points  # where the lowest loss may lie
    matters: float  # a difference in losses, in units of the view
    promising: Callable[[Points, int], NDArray[np.intp]]  # indices of the points that are likeliest to be low
    functions: Callable[[Points], NDArray[np.float64]]  # losses that are drawn there, (functions, points)


def _models(beliefs: Beliefs, surrogate: Surrogate | None) -> Iterator[list[_View]]:
    """For each model, equally likely views."""
    rng = np.random.default_rng(0)
    yield [_view_of_posterior(belief, posterior, rng) for belief, posterior in beliefs.posteriors()]
    if surrogate is not None:
        yield [_view_of_effects(beliefs, surrogate)]


def _view_of_posterior(belief: Belief, posterior: Posterior, rng: np.random.Generator) -> _View:
    return _View(
        axes=belief.axes,
        pool=belief.pool,
        matters=_MATTERS * belief.rise,
        promising=lambda points, count: belief.promising(posterior, points, count),
        functions=lambda points: belief.functions(posterior, points, _FUNCTIONS, rng),
    )


def _view_of_effects(beliefs: Beliefs, surrogate: Surrogate) -> _View:
    losses = beliefs.history.losses
    losses = surrogate.scale.shrink(losses[np.isfinite(losses)])

    def promising(points: Points, count: int) -> NDArray[np.intp]:
        return np.argsort(surrogate.expected(points), kind="stable")[:count]

    return _View(
        axes=beliefs.each[0].axes,
        pool=beliefs.each[0].pool,
        matters=_MATTERS * float(np.median(losses) - losses.min()),
        promising=promising,
        functions=surrogate.functions,
    )


def _shares(view: _View) -> dict[tuple[int, Side], float]:
    """For each end of each range, the share of functions that are lowest there."""
    ends = list(_ends(view.axes))
    points = _points(view, ends)
    functions = view.functions(points)
    return {(j, side): _share(view, points[:, j], functions, end) for j, side, end in ends}


def _share(view: _View, units: NDArray[np.float64], functions: NDArray[np.float64], end: float) -> float:
    """The share of functions that are lowest at an end, and lower by what matters than well inside."""
    at_end = np.abs(units - end) < 1e-9
    inside = np.abs(units - end) >= _INSIDE
    lowest = functions[:, at_end].min(axis=1)
    is_lowest = lowest <= functions.min(axis=1)
    return float((is_lowest & (lowest + view.matters < functions[:, inside].min(axis=1))).mean())


def _ends(axes: tuple[Axis, ...]) -> Iterator[tuple[int, Side, float]]:
    """The ends of ranges: column, side, and where it is in the unit cube."""
    for j, axis in enumerate(axes):
        if axis.nominal or (axis.levels is not None and axis.levels < _FEWEST_LEVELS):
            continue
        low, high = (0.0, 1.0) if axis.levels is None else axis.unit([0, axis.levels - 1]).tolist()
        yield j, "lower", low
        yield j, "upper", high


def _points(view: _View, ends: list[tuple[int, Side, float]]) -> Points:
    """Points that may be the lowest, among them some at each end."""
    likely = view.pool[view.promising(view.pool, _PROMISING)]
    blocks = [likely]
    for j, _, end in ends:
        moved = likely[:_PROJECTED].copy()
        moved[:, j] = end
        blocks.append(moved[view.promising(moved, _PER_END)])
        back = blocks[-1][:_BACK].copy()  # their counterparts well inside
        back[:, j] = np.clip(view.axes[j].snap(np.array([abs(end - 1.5 * _INSIDE)]))[0], 0.0, 1.0)
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
