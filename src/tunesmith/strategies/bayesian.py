"""Bayesian search: a Gaussian process of the losses, and the configuration of which it expects most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.core.trial import Trial
from tunesmith.numerics.acquisition import (
    log_expected_improvement,
    log_expected_improvement_gradient,
    log_interior,
)
from tunesmith.numerics.acquisition_search import Acquisition, Effort, search
from tunesmith.numerics.axes import Axis, first_not_among, grid, is_listable, snap
from tunesmith.numerics.blas import single_threaded
from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.strategies._parents import ENOUGH, listening, parents_best, with_results
from tunesmith.strategies._surrogate import (
    Prefix,
    axes_of,
    draw_prefix,
    draw_theta,
    posterior_of,
    theta_of,
)
from tunesmith.strategies.registry import strategy

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Points, Space
    from tunesmith.numerics.gaussian_process import Posterior

_DRAW_UP_TO = 30  # results up to which the model's parameters are drawn: later they are known well enough
_INTERIOR = 5.0  # results after which the preference for the interior has weight 1
_PARENTS_SHOW = 5.0  # so many results' worth of that preference
_LOCAL_FROM, _LOCAL_BY_AXIS = 6, 2  # results before every other suggestion is local: so many, and by axis
_LOCAL_AFTER_PARENTS = 3  # before that, where parents show the region
_RADIUS, _HALVED_AFTER = 0.2, 6  # of a local search; results without progress that halve it
_SMALLEST, _BY_NOISE = 1 / 16, 2.0  # shares of it that are left: at least; for each deviation of the noise
_ANCHORS, _OF_BEST = 5, 100  # results about which the acquisition is searched, of so many lowest ones
_SOBER_FROM = 20  # results from which luck need not be beaten where the search is not near the best
_CURIOUS = 4  # of so many searches of the whole space one looks where little is known nevertheless
_DOUBT = 2.0  # standard deviations by which a loss may be higher than expected that is believed
_THOROUGH_UP_TO = 100  # results: with more of them each look at the acquisition costs more
_BRISK = Effort(starts=2, finish=10)  # with more
_FRESH_DRAWS = 1000  # random points among which an unseen one is sought, where all cannot be listed


@strategy("Bayesian")
class Bayesian:
    """Expected improvement under a Gaussian process, after an even first design.

    The first suggestions are the middle of the space and scrambled Sobol points, until there are enough of them and
    one has a result. Where there are earlier tuning jobs, their best configurations are tried in turns with these
    until two results tell whom to believe, if anybody. Later suggestions maximise the logarithm of the expected
    improvement, in turns everywhere and near the best one so far. Running trials are believed to end as predicted,
    failed ones count as the worst seen.
    """

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations; see `Strategy.suggest`."""
        suggested: list[Config] = []
        with single_threaded():
            for _ in range(count):
                config = _next(space, history, seed)
                suggested.append(config)
                history = history.with_open((*history.open, Trial(history.created + 1, config)))
        return suggested

    def check(self, space: Space) -> None:
        """Accept every space."""


def _next(space: Space, history: History, seed: int) -> Config:
    axes = axes_of(space)
    rng = np.random.default_rng((seed, history.created + 1))
    believing = listening(axes, history)
    if is_for_model(believing):
        wanted = _promising(axes, believing, rng)
    else:
        wanted = _design(axes, believing, seed, late=bool(with_results(history).prior))
    return first_fresh(space, history, wanted, rng)


def is_for_model(history: History) -> bool:
    """Whether enough has been tried to ask the model: the results of parents that are believed spare most of it."""
    results = int(np.isfinite(history.losses).sum())
    if history.prior and results >= ENOUGH:
        return True
    return results > 0 and history.created >= _design_size(history.space)


def _design_size(space: Space) -> int:
    return max(4, min(10, len(space) + 2))


def _design(axes: tuple[Axis, ...], history: History, seed: int, *, late: bool) -> Points:
    """Points for the time before the model, the preferred first; `late` by one if a parent's came before.

    Ranges are usually drawn about what is thought to be good, so the first even point is in the middle of them.
    """
    number = max(history.created - late, 0)
    even = scrambled_sobol(1, len(axes), seed, skip=number)
    if number == 0:
        even[:, [not axis.nominal for axis in axes]] = 0.5
    return np.concatenate([parents_best(history, _design_size(history.space)), snap(axes, even)])


def _promising(axes: tuple[Axis, ...], history: History, rng: np.random.Generator) -> Points:
    """Points in descending order of the expected improvement, as far as the search has come across them."""
    prefix = draw_prefix(axes, history, rng)
    theta = draw_theta(prefix, rng) if len(history) <= _DRAW_UP_TO else theta_of(prefix)
    posterior = posterior_of(prefix, theta, history.open_points)
    lowest = history.points[np.argsort(prefix.values, kind="stable")[:_OF_BEST]]
    expected = posterior.predict(prefix.at_home(lowest))
    anchors = lowest[np.argsort(expected[0], kind="stable")[:_ANCHORS]]
    reach = np.ones(len(axes))
    ordered = list(prefix.features.ordered)
    reach[ordered] = np.clip(np.exp(theta[: len(ordered)]), 0.05, 2.0)
    radius = _local_radius(history, prefix, posterior.noise)
    is_sober = radius is None and len(history) >= _SOBER_FROM and history.created // 2 % _CURIOUS != 0
    to_beat = _sober(*expected) if is_sober else float(prefix.values.min())
    effort = Effort() if len(history) <= _THOROUGH_UP_TO else _BRISK
    return search(axes, _improvement(prefix, posterior, to_beat), anchors, reach, rng, effort, radius)


def _sober(mean: Points, variance: Points) -> float:
    """The lowest loss without its luck: that of the configuration which is the most surely low.

    With noise the lowest loss is a lucky one. Only more luck beats it, or what is hardly known, and of these the search
    of the whole space would find the latter alone. This is the "effective best" of Huang et al., "Global optimization of
    stochastic black-box systems via sequential kriging meta-models" (2006), with more doubt. Near the best, where luck
    is to be had, the lowest loss remains what is to be beaten: it is the answer that users see. And so it does now and
    then for the whole space, as what is unknown to the model may hold something, and users want to understand it.
    """
    return float((mean + _DOUBT * np.sqrt(variance)).min())


def _local_radius(history: History, prefix: Prefix, noise: float) -> float | None:
    """How near to the best configuration the next suggestion has to be; None if it may be anywhere.

    Expected improvement is drawn to wherever least is known, so every other suggestion has to be near the best, the
    nearer the longer no result was better, as far as differences stand out from the noise: Diouane et al., "TREGO: a
    trust-region framework for efficient global optimization" (2023), as a function of the history alone.
    """
    first = _LOCAL_AFTER_PARENTS if history.prior else _LOCAL_FROM + _LOCAL_BY_AXIS * len(history.space)
    if len(history) < first or history.created % 2:
        return None
    standing = len(history) - 1 - int(np.argmin(prefix.values))
    halved = float(0.5 ** (standing / _HALVED_AFTER))
    return _RADIUS * max(halved, _SMALLEST, min(1.0, _BY_NOISE * math.sqrt(noise)))


def _improvement(prefix: Prefix, posterior: Posterior, to_beat: float) -> Acquisition:
    """The expected improvement on a loss, for the time being a little less at the edges."""
    columns = list(prefix.features.ordered)
    weight = _INTERIOR / (len(prefix.values) + (_PARENTS_SHOW if prefix.parents else 0.0))

    def value(points: Points) -> Points:
        improvement = log_expected_improvement(*posterior.predict(prefix.at_home(points)), to_beat)
        return improvement + weight * log_interior(points[:, columns])[0]

    def value_and_gradient(points: Points) -> tuple[Points, Points]:
        predicted = posterior.predict_with_gradient(prefix.at_home(points))
        improvement, slope = log_expected_improvement_gradient(*predicted, to_beat)
        interior, inwards = log_interior(points[:, columns])
        return improvement + weight * interior, slope + weight * inwards

    return Acquisition(value, value_and_gradient, prefix.features.ordered)


def first_fresh(space: Space, history: History, wanted: Points, rng: np.random.Generator) -> Config:
    """The first of `wanted` that was not tried and is not running, else any other that is new, else the first."""
    axes, taken = axes_of(space), np.concatenate([history.points, history.open_points])
    fresh = first_not_among(axes, wanted, taken)
    if fresh is None:
        others = grid(axes) if is_listable(axes) else snap(axes, rng.random((_FRESH_DRAWS, len(axes))))
        fresh = first_not_among(axes, rng.permutation(others), taken)
    return space.decode((wanted[0] if fresh is None else fresh)[None, :])[0]
