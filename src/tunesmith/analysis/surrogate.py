"""A model of a tuning job's results that knows how little it knows: what all of `analysis` asks.

Many functions that agree with the results, each drawn from a process of effects (`numerics.anova_kernel`) whose
parameters are themselves drawn as probable as the results make them. Whatever is asked of the objective is asked of
every function, and the spread of the answers is how unsure the answer is.

Trials without a value tell nothing here. Losses far worse than the median tell no more than that they are bad, so
that one explosion is not all there is to explain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.interval import Interval
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Points, Space
from tunesmith.numerics.anova_draws import Functions, draw
from tunesmith.numerics.anova_kernel import Basis, Belief, Model
from tunesmith.numerics.axes import Axis, snap
from tunesmith.numerics.blas import single_threaded
from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.numerics.space_filling import crowding, spread_out
from tunesmith.strategies._surrogate import axes_of

Array = NDArray[np.float64]

_LEAST = 5  # results
_FIT_MOST, _MODEL_MOST = 120, 300  # results for the parameters, and for the functions
_REACH = 20.0  # losses further above the best than so many times the median are cut
_PLACES = 64  # of the space, to see how far the functions differ
_HUGE = 1e100  # in typical losses
_EARLY = 8  # results that are spread over the space, before a search follows its nose
_WIDEN = (
    1.3  # deviations are widened by this, because no objective is a draw of the model: benchmarks/importance
)
_BURN_IN, _SWEEPS, _EACH = (
    10,
    34,
    2,
)  # sweeps of the sampler: left out first, used, and between two that are kept
_MANY = 12  # with more parameters than that, fewer sweeps
_HALF = 4  # functions for each draw of the parameters, and as many opposite ones


@dataclass(frozen=True)
class Draw:
    """Functions of the free coordinates, all from one draw of the model's parameters."""

    bases: tuple[Basis, ...]
    functions: Functions

    def at(self, x: Array, functions: Functions | None = None) -> Array:
        """Values at x (n, p), shape (s, n)."""
        return (functions or self.functions).at(
            [basis.at(x[:, j]) for j, basis in enumerate(self.bases)],
        )


@dataclass(frozen=True)
class Surrogate:
    """What the results of a tuning job make believe of its objective, over the whole space."""

    space: Space
    objective: Objective
    results: int  # with a value
    noise: Interval  # standard deviation of the metric when one configuration is repeated, in its units
    unknown: float  # the share of the metric's variance over the space that the results leave open
    crowding: float  # the share of the results that are near another, as those of a search are
    free: tuple[int, ...] = field(repr=False)  # the parameters with more than one value
    draws: tuple[Draw, ...] = field(repr=False, compare=False)
    scale: Scale = field(repr=False)

    @classmethod
    def fit(cls, history: History, objective: Objective) -> Surrogate | None:
        """Learn from the finished trials; None if fewer than five have a value, or all have the same.

        The same history gives the same answer.
        """
        history = history.pooled
        usable = np.isfinite(history.losses)
        points, losses = history.points[usable], history.losses[usable]
        axes = axes_of(history.space)
        free = tuple(j for j, axis in enumerate(axes) if not axis.is_fixed)
        scale = Scale.of(losses) if len(losses) >= _LEAST and free else None
        if scale is None:
            return None
        rng = np.random.default_rng(_seed(points, losses))
        with single_threaded():
            thetas, draws = _learn([axes[j] for j in free], points[:, free], scale.shrink(losses), rng)
            unknown = _unknown(draws) if draws else 1.0
        if not draws:
            return None
        noise = [scale.deviation(float(sd)) for sd in np.exp(0.5 * thetas[:, -1])]
        interval = Interval(*(float(q) for q in np.quantile(noise, [0.05, 0.5, 0.95])))
        crowded = crowding(points[:, free], [axes[j] for j in free])
        return cls(history.space, objective, len(losses), interval, unknown, crowded, free, draws, scale)

    def predict(self, configs: Sequence[Config]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Means and standard deviations of the metric without noise, in its units."""
        values = self.sample(configs)
        return tuple(values.mean(axis=0).tolist()), tuple(values.std(axis=0).tolist())

    def sample(self, configs: Sequence[Config]) -> Array:
        """Joint draws of the metric without noise, shape (draws, configs): each row is of one function."""
        return self.values(self.functions(self.space.encode(configs)))

    def functions(self, points: Points) -> Array:
        """Losses without noise, in units of the model, at points of the whole cube (n, d); shape (draws, n)."""
        return np.concatenate([each.at(points[:, self.free]) for each in self.draws])

    def expected(self, points: Points) -> Array:
        """Their means (n,)."""
        x = points[:, self.free]
        return np.asarray(np.mean([each.at(x, each.functions.expected)[0] for each in self.draws], axis=0))

    def values(self, modelled: Array, widen: float = _WIDEN) -> Array:
        """Outputs of all the functions (draws, m) as values of the metric, their deviations widened by a factor."""
        middle = modelled.mean(axis=0)
        losses = self.scale.stretch(middle + widen * (modelled - middle))
        return np.asarray(losses * self.objective.loss(1.0))


@dataclass(frozen=True)
class Scale:
    """Losses as the model sees them: mean 0, variance 1, and the worst ones cut."""

    unit: float  # the size of a typical loss
    most: float  # in units; losses above are cut
    mean: float
    sd: float

    @classmethod
    def of(cls, losses: Array) -> Scale | None:
        """Made for these losses in order of time; None if they are all the same, but for rounding."""
        sizes = np.abs(losses[losses != 0.0])
        unit = float(np.median(sizes)) if len(sizes) else 1.0
        scaled = _in_units(losses, unit)
        above = scaled - scaled.min()
        middle = max(float(np.median(above)), float(np.median(above[:_EARLY])))
        if middle <= 0.0:
            middle = float(np.median(above[above > 0.0])) if above.any() else 0.0
        if middle <= 8.0 * np.finfo(float).eps:
            return None
        most = float(scaled.min()) + _REACH * middle
        cut = np.minimum(scaled, most)
        return cls(unit, most, float(cut.mean()), float(cut.std()))

    def shrink(self, losses: Array) -> Array:
        """Losses for the model."""
        return np.asarray((np.minimum(_in_units(losses, self.unit), self.most) - self.mean) / self.sd)

    def stretch(self, modelled: Array) -> Array:
        """Losses from the model."""
        return _times(self.mean + self.sd * modelled, self.unit)

    def deviation(self, modelled: float) -> float:
        """A difference of losses from one of the model's."""
        return float(_times(np.array(self.sd * modelled), self.unit))


def _in_units(losses: Array, unit: float) -> Array:
    """Losses divided by a unit, the largest ones held where their squares are still floats."""
    with np.errstate(over="ignore"):
        scaled = losses / unit
    return np.asarray(np.clip(scaled, -_HUGE, _HUGE))


def _times(values: Array, unit: float) -> Array:
    """Their product, and the largest float instead of anything larger."""
    with np.errstate(over="ignore"):
        product = values * unit
    largest = np.finfo(np.float64).max
    return np.asarray(np.clip(product, -largest, largest))


def _learn(
    axes: Sequence[Axis], x: Array, y: Array, rng: np.random.Generator
) -> tuple[Array, tuple[Draw, ...]]:
    """Probable parameters of the model, and functions drawn with each of them."""
    chosen = spread_out(x, [axis.nominal for axis in axes], _MODEL_MOST)
    fitted = chosen[:_FIT_MOST]
    model = Model(axes, x[fitted], y[fitted], Belief())
    sweeps = _SWEEPS * _MANY // max(_MANY, len(axes))
    thetas = model.thetas(_BURN_IN + sweeps, rng)[_BURN_IN::_EACH]
    if len(chosen) > len(fitted):
        model = Model(axes, x[chosen], y[chosen], Belief())
    drawn = [(theta, draw(model, theta, _HALF, rng)) for theta in thetas]
    return thetas, tuple(
        Draw(tuple(model.basis(j, theta)[0] for j in range(len(axes))), functions)
        for theta, functions in drawn
        if functions is not None
    )


def _unknown(draws: Sequence[Draw]) -> float:
    """The share of the variance over the space and over the draws that is between the draws at one place."""
    axes = [basis.axis for basis in draws[0].bases]
    x = snap(axes, scrambled_sobol(_PLACES, len(axes), seed=0))
    values = np.concatenate([each.at(x) for each in draws])
    between = float(values.var(axis=0).mean())
    return between / (between + float(values.mean(axis=0).var()))


def _seed(points: Points, losses: Array) -> int:
    content = hashlib.blake2b(digest_size=8)
    for array in (points, losses):
        content.update(np.ascontiguousarray(array).data)
    return int.from_bytes(content.digest())
