"""The model of a tuning job's losses: a Gaussian process whose parameters are a function of the history alone.

Fitting from scratch is slow and fitting from the previous optimum would make the answer depend on who asked
before. So a fit to n results starts from the fit to a fixed, shorter prefix of them: the prefixes grow
geometrically, and a process that starts late computes a short chain of fits and arrives at the same numbers.
Fits are memoised by the content of their prefix, which may change the time but never the answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Integer
from tunesmith.numerics.axes import Axis
from tunesmith.numerics.gaussian_process import (
    Data,
    Features,
    Posterior,
    Prior,
    condition,
    fit,
    log_posterior,
)
from tunesmith.numerics.slice_sampling import slice_sample
from tunesmith.numerics.transforms import centre, compress, fill_failures, standardise

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Points, Space

Array = NDArray[np.float64]

_FIT_ALL = 300  # results up to which the parameters are fitted to all of them, anew each time
_MODEL_ALL = 600  # results up to which the model holds all of them
_LATEST = 20  # the latest results are always in the model
_WEIGH_FROM, _WEIGH_UP_TO = 20, 100  # results between which the evidence for a transformation is that of all
_REFIT_GROWTH = 1.02  # beyond `_FIT_ALL`
_CHAIN_FIRST = 8  # the shortest prefix whose fit others start from
_CHAIN_GROWTH, _CHAIN_LATER_GROWTH = 1.2, 1.6  # of these prefixes, up to `_FIT_ALL` and beyond
_WINSOR = 20.0  # in units of median - best: losses beyond tell no more than that they are bad
_PARENTS, _PARENT_RESULTS = 5, 150  # earlier tuning jobs to learn from, and results of all of them together
_ORDINARY = 4.0  # results whose weight the variance 1 has against what parents tell of the losses' variance
_PRIOR = Prior()

_OPEN_PRIOR = Prior(noise_rate=2.0, least_noise=1e-4)
_SAMPLE_FROM, _SWEEPS, _BURN_IN = 100, 14, 4  # results and draws: see `probable_thetas`

# how far theta is drawn from its most probable value, and how many draws compete: see `sample_thetas`
_DRAWS = 15
_SPREAD_LENGTH, _SPREAD_SIGNAL, _SPREAD_NOISE, _SPREAD_WARP = 0.5, 0.3, 0.7, 0.2


def axes_of(space: Space) -> tuple[Axis, ...]:
    """The unit cube's axes for the parameters of a space."""
    axes = []
    for parameter in space.parameters:
        if isinstance(parameter, Categorical):
            axes.append(Axis(parameter.cardinality, nominal=True))
        elif isinstance(parameter, Integer) and parameter.resolved_scale == "Logarithmic":
            axes.append(Axis(parameter.cardinality, first=parameter.low))
        else:
            axes.append(Axis(parameter.cardinality))
    return tuple(axes)


def features_of(axes: tuple[Axis, ...], tasks: int) -> Features:
    """The model's features: every axis with a choice, and with more than one task a nominal column for them."""
    ordered = tuple(j for j, axis in enumerate(axes) if not axis.nominal and not axis.is_fixed)
    nominal = [(j, axis.levels or 0) for j, axis in enumerate(axes) if axis.nominal and not axis.is_fixed]
    return Features(ordered, (*nominal, *([(len(axes), tasks)] if tasks > 1 else [])))


@dataclass(frozen=True, eq=False)
class Prefix:
    """The first n results of a tuning job, one way of transforming them, and the results of earlier jobs.

    Equal if and only if the contents are.
    """

    features: Features
    points: Points
    losses: Array
    parents: tuple[tuple[Points, Array], ...]
    compressed: bool

    @classmethod
    def of(cls, axes: tuple[Axis, ...], history: History, *, compressed: bool) -> Prefix:
        """The whole of a history."""
        parents = tuple(
            (parent.points, parent.losses) for parent in history.prior if np.isfinite(parent.losses).any()
        )[:_PARENTS]
        return cls(features_of(axes, 1 + len(parents)), history.points, history.losses, parents, compressed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefix) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    @cached_property
    def _digest(self) -> bytes:
        """Of the content; made when it is asked for, as there may be megabytes of it."""
        content = hashlib.blake2b(repr((self.features, self.compressed)).encode(), digest_size=16)
        for array in (self.points, self.losses, *(array for parent in self.parents for array in parent)):
            content.update(repr(array.shape).encode())
            content.update(np.ascontiguousarray(array).data)
        return content.digest()

    def shorter(self, count: int) -> Prefix:
        """The first `count` results, with the same parents."""
        if count >= len(self.losses):
            return self
        return replace(self, points=self.points[:count], losses=self.losses[:count])

    @cached_property
    def values(self) -> Array:
        """The transformed losses (n,): mean 0 and variance 1 over the whole prefix, or as parents make one expect."""
        mean, deviation = self._expected
        return mean + deviation * self._transformed[0]

    def log_stretch(self, most: int) -> float:
        """The logarithm of the factor by which transforming stretched the volume about the losses in `data`."""
        own = self._transformed[1][_choose(self.values, most)] + np.log(self._expected[1])
        return float(own.sum() + sum(slopes.sum() for _, _, slopes in self._lessons))

    def data(self, most: int, extra: tuple[Array, Array] | None = None) -> Data:
        """At most `most` results, chosen to matter, then `extra` points and values, then the parents' results."""
        chosen = _choose(self.values, most)
        blocks = [(self.points[chosen], self.values[chosen]), *([extra] if extra else [])]
        x, y = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return self.data_of(x, y)

    def data_of(self, x: Points, y: Array) -> Data:
        """These points and values, and then the parents' results."""
        return Data.of(self.features, *self._with_parents(x, y))

    def at_home(self, points: Points) -> Array:
        """Points of this job as inputs of the model, which with parents has a column for the task."""
        return _in_task(points, 0, 1 + len(self.parents)) if self.parents else points

    @cached_property
    def _transformed(self) -> tuple[Array, Array]:
        return _transform(self.losses, self.compressed)

    @cached_property
    def _expected(self) -> tuple[float, float]:
        """Mean and standard deviation of the losses at these points, as the parents' own models expect them.

        What is tried with parents is mostly good. As losses of mean 0 it would contradict them, for there they are low.
        """
        if not self.parents:
            return 0.0, 1.0
        expected = np.mean([alone(parent).predict(self.points)[0] for parent in self._by_themselves], axis=0)
        variance = (len(expected) * expected.var() + _ORDINARY) / (len(expected) + _ORDINARY)
        return float(expected.mean()), float(np.sqrt(variance))

    @cached_property
    def _by_themselves(self) -> list[Prefix]:
        """The parents' results as if they were a job's own."""
        own = Features(self.features.ordered, self.features.nominal[:-1])
        return [Prefix(own, points, losses, (), self.compressed) for points, losses in self.parents]

    @cached_property
    def _lessons(self) -> list[tuple[Points, Array, Array]]:
        """Points, values and slopes to learn from, for each parent."""
        lessons = []
        for parent in self._by_themselves:
            values, slopes = parent._transformed  # noqa: SLF001 - of its own kind
            chosen = _choose(values, min(60, _PARENT_RESULTS // len(self.parents)), latest=0)
            lessons.append((parent.points[chosen], values[chosen], slopes[chosen]))
        return lessons

    @property
    def taught(self) -> int:
        """How many results of parents the model learns from; they follow the own ones."""
        return sum(len(points) for points, _, _ in self._lessons)

    def _with_parents(self, x: Array, y: Array) -> tuple[Array, Array]:
        if not self.parents:
            return x, y
        tasks = 1 + len(self.parents)
        xs, ys = [_in_task(x, 0, tasks)], [y]
        for task, (points, values, _) in enumerate(self._lessons, start=1):
            xs.append(_in_task(points, task, tasks))
            ys.append(values)
        return np.concatenate(xs), np.concatenate(ys)


def draw_prefix(axes: tuple[Axis, ...], history: History, rng: np.random.Generator) -> Prefix:
    """A history with its losses compressed or, from `_WEIGH_FROM` results on, as they are if that is more likely.

    Either is drawn in proportion to the evidence for it, so a doubtful case sees both in turn.
    """
    compressed = Prefix.of(axes, history, compressed=True)
    if len(history) < _WEIGH_FROM:
        return compressed
    plain = Prefix.of(axes, history, compressed=False)
    odds = _evidence(compressed) - _evidence(plain)
    return compressed if odds + rng.logistic() > 0.0 else plain


def theta_of(prefix: Prefix) -> Array:
    """The most probable parameters of the model after the results of `prefix`."""
    return _theta(prefix.shorter(_fitted_count(len(prefix.losses))))


def sample_thetas(prefix: Prefix, rng: np.random.Generator) -> tuple[Array, Array]:
    """The most probable parameters and others about them, and the logarithms of their probabilities."""
    data, best = prefix.data(_FIT_ALL), theta_of(prefix)
    steps = _spread(prefix.features) * rng.standard_normal((_DRAWS, len(best)))
    thetas = np.concatenate([best[None, :], np.clip(best + steps, *_box(prefix.features, _PRIOR))])
    return thetas, np.array([log_posterior(theta, data, _PRIOR) for theta in thetas])


def draw_theta(prefix: Prefix, rng: np.random.Generator) -> Array:
    """Parameters drawn about the most probable ones, in proportion to their probability.

    What the model is unsure of then differs between suggestions, which helps the search out of a basin.
    """
    thetas, logs = sample_thetas(prefix, rng)
    drawn: Array = thetas[int(np.argmax(logs + rng.gumbel(size=len(logs))))]
    return drawn


@lru_cache(maxsize=16)  # several findings ask the same
def probable_thetas(prefix: Prefix) -> Array:
    """Parameters drawn as probable as the results make them, shape (draws, parameters).

    For judging rather than for searching, which can correct its mistakes: as much of the results may be noise as
    they suggest themselves. Of many results some are used, spread evenly over time, as the lowest would be the lucky.
    """
    chosen = np.unique(np.linspace(0, len(prefix.losses) - 1, _SAMPLE_FROM).round().astype(int))
    data = prefix.data_of(prefix.points[chosen], prefix.values[chosen])
    box = _box(prefix.features, _OPEN_PRIOR)
    thetas = slice_sample(
        lambda theta: log_posterior(theta, data, _OPEN_PRIOR),
        np.clip(theta_of(prefix), *box),
        3.0 * _spread(prefix.features),
        box,
        _SWEEPS,
        np.random.default_rng(0),
    )
    thetas.flags.writeable = False
    return thetas[_BURN_IN:]


def _spread(features: Features) -> Array:
    """How far off the most probable parameters may be."""
    spread = np.full(features.parameters, _SPREAD_WARP)
    spread[: features.count] = _SPREAD_LENGTH
    spread[features.count : features.count + 2] = _SPREAD_SIGNAL, _SPREAD_NOISE
    return spread


def _box(features: Features, prior: Prior) -> tuple[Array, Array]:
    low, high = np.transpose(prior.bounds(features))
    return low, high


def posterior_of(prefix: Prefix, theta: Array, pending: Points) -> Posterior:
    """The model after the results of `prefix`, and after `pending` points, believed to come out as it predicts.

    Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization" (2010): the believer.
    """
    posterior = condition(prefix.data(_MODEL_ALL), theta)
    if not len(pending):
        return posterior
    believed = posterior.predict(prefix.at_home(pending))[0]
    return condition(prefix.data(_MODEL_ALL, (pending, believed)), theta)


@lru_cache(maxsize=16)  # parents do not change, and are asked for every suggestion
def alone(prefix: Prefix) -> Posterior:
    """The model after the results of a job that has no parents."""
    return posterior_of(prefix, theta_of(prefix), prefix.points[:0])


@lru_cache(maxsize=128)  # a few jobs' chains; each entry holds one number per result
def _theta(prefix: Prefix) -> Array:
    """The fit to a prefix, started from the fit to the longest shorter one of the chain."""
    earlier = _chain_before(len(prefix.losses))
    dimensions = len(prefix.features.ordered) + len(prefix.features.nominal)
    start = _theta(prefix.shorter(earlier)) if earlier else prefix.features.start(dimensions)
    theta = fit(prefix.data(_FIT_ALL), start, _PRIOR)
    theta.flags.writeable = False
    return theta


def _evidence(prefix: Prefix) -> float:
    """log p(losses, theta) up to what does not depend on the transformation, at a theta that needs no fit.

    That is the chain's, of a shorter prefix. Of many results only the shorter prefix is asked.
    """
    shorter = prefix.shorter(_chain_before(len(prefix.losses)))
    if len(prefix.losses) > _WEIGH_UP_TO:
        return _evidence_of_chain(shorter)
    return _log_density(prefix, _theta(shorter))


@lru_cache(maxsize=128)
def _evidence_of_chain(prefix: Prefix) -> float:
    return _log_density(prefix, _theta(prefix))


def _log_density(prefix: Prefix, theta: Array) -> float:
    return log_posterior(theta, prefix.data(_FIT_ALL), _PRIOR) + prefix.log_stretch(_FIT_ALL)


def _chain_before(count: int) -> int:
    """The longest prefix of the chain that is shorter than `count`, 0 if there is none."""
    length, following = 0, _CHAIN_FIRST
    while following < count:
        growth = _CHAIN_GROWTH if following < _FIT_ALL else _CHAIN_LATER_GROWTH
        length, following = following, int(np.ceil(following * growth))
    return length


def _fitted_count(count: int) -> int:
    """The number of results that the fit for `count` results is made of."""
    if count <= _FIT_ALL:
        return count
    length = following = _FIT_ALL
    while following <= count:
        length, following = following, int(following * _REFIT_GROWTH)
    return length


def _transform(losses: Array, compressed: bool) -> tuple[Array, Array]:
    """Transformed losses, and the logarithm of the transformation's slope at each, up to a constant."""
    t = centre(fill_failures(losses), _WINSOR)
    values = compress(t) if compressed else t
    slopes = -np.log1p(np.maximum(t, 0.0)) if compressed else np.zeros_like(t)
    return standardise(values), slopes - np.log(values.std() or 1.0)


def _choose(values: Array, most: int, latest: int = _LATEST) -> NDArray[np.intp]:
    """Indices of at most `most` values, ascending: the latest, the best half, and a fixed random part of the rest."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    rank = np.random.default_rng(0).random(count)  # the k-th is always the same: choices change slowly
    rank[_lowest(values, most // 2)] -= 1.0
    rank[count - latest :] -= 2.0
    return np.sort(np.argpartition(rank, most - 1)[:most])


def _lowest(values: Array, count: int) -> NDArray[np.intp]:
    """Indices of the `count` lowest values, of equal ones the first, in no order: faster than to sort them."""
    limit = np.partition(values, count - 1)[count - 1]
    below = np.flatnonzero(values < limit)
    return np.concatenate([below, np.flatnonzero(values == limit)[: count - len(below)]])


def _in_task(points: Points, task: int, tasks: int) -> Array:
    return np.column_stack([points, np.full(len(points), (task + 0.5) / tasks)])
