"""The noise floor: how much the metric changes when nothing but luck does.

Training jobs that repeat a configuration tell it directly. Without them it is told by how much the results differ
beyond what a function of the hyperparameters can explain, if there is so much of that that it cannot be accounted for
otherwise: an objective without noise must not be called noisy. Where a search has crowded its training jobs, neighbours
show it, and a smooth function has to explain them. Where they lie far apart, a sum of effects of one hyperparameter,
of two together and so on has to (`surrogate`), as a smooth function can pass through anything there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaincinv

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.words import figure, percent, rough
from tunesmith.core.trial import TrialState
from tunesmith.numerics.blas import single_threaded
from tunesmith.numerics.gaussian_process import Prior, log_posterior_with_gradient
from tunesmith.strategies._surrogate import Prefix, axes_of

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Beliefs
    from tunesmith.analysis.surrogate import Surrogate
    from tunesmith.core.history import History
    from tunesmith.core.objective import Objective
    from tunesmith.core.space import Space
    from tunesmith.numerics.gaussian_process import Data

Array = NDArray[np.float64]

_FEWEST_REPEATS = 3  # surplus training jobs of repeated configurations
_FEWEST_RESULTS = 20  # without repeats
_EVIDENCE = 3.0  # log odds of a model with noise from which on there is some: benchmarks/findings
_MOST = 200  # results that the odds are computed from
_FAR_APART = 0.2  # a share of the results that are near another, up to which neighbours show nothing
_SURE = 0.02  # of the rise from the best to the median: a deviation that is surely above it is noise
_SMALL = 0.2  # of the rise from the best to the median: a floor that is surely below this is of no account
_ROUNDING = 1e-9  # differences of repeats that are no more than this part of the value are none
_DIFFERENCE = 1.645 * np.sqrt(2.0)  # standard deviations that the difference of two is below, with 90 %


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How much the metric of one configuration changes from training job to training job."""

    deviation: Interval  # the standard deviation, in units of the metric
    floor: (
        float  # differences below this may be luck: two repetitions differ by less with a probability of 90 %
    )
    share: float | None  # the floor as a part of the best value; None where that is 0
    repeats: int  # training jobs beyond the first of their configuration; 0: estimated by a model


def noise(
    space: Space,
    history: History,
    objective: Objective,
    beliefs: Beliefs | None,
    surrogate: Surrogate | None,
) -> Finding | None:
    """Say how large the noise is, or that there is none to be seen; None if nothing can be said."""
    deviation, repeats = _of_repeats(space, history)
    if deviation is None:
        if beliefs is None or np.isfinite(history.losses).sum() < _FEWEST_RESULTS:
            return None
        deviation, is_noisy = _of_results(space, history, beliefs, surrogate)
        if not is_noisy:
            return _too_small(deviation, beliefs, objective)
    if deviation.value == 0.0:
        sentence = "There is no noise: training jobs that repeat a configuration gave the same value."
        return _fine(deviation, sentence, repeats)
    floor, best = _DIFFERENCE * deviation.value, abs(float(np.nanmin(history.losses)))
    facts = Noise(
        deviation=deviation, floor=floor, share=floor / best if best > 0.0 else None, repeats=repeats
    )
    return Finding(
        kind=Kind.NOISE,
        severity=Severity.NOTE,
        sentence=_sentence(facts, objective),
        facts=facts,
        advice="Before you choose between close configurations, repeat each a few times and compare the averages.",
    )


def _too_small(deviation: Interval, beliefs: Beliefs, objective: Objective) -> Finding | None:
    """There is no noise to be seen; None if there could be some that matters."""
    highest = _DIFFERENCE * deviation.high
    if highest > _SMALL * _rise(beliefs):
        return None
    sentence = f"No noise can be seen: if {objective.metric} has any, differences above {rough(highest)} are beyond it."
    return _fine(Interval(0.0, 0.0, deviation.high), sentence, 0)


def _rise(beliefs: Beliefs) -> float:
    """From the best loss to the median, in units of the metric."""
    return max(belief.unit * belief.rise for belief in beliefs.each)


def _fine(deviation: Interval, sentence: str, repeats: int) -> Finding:
    facts = Noise(deviation=deviation, floor=0.0, share=None, repeats=repeats)
    return Finding(kind=Kind.NOISE, severity=Severity.FINE, sentence=sentence, facts=facts)


def _sentence(facts: Noise, objective: Objective) -> str:
    floor = figure(facts.floor, 2)
    share = "" if facts.share is None else f" ({percent(facts.share)})"
    low, high = rough(facts.deviation.low), rough(facts.deviation.high)
    told = "from repeated configurations" if facts.repeats else "from what the hyperparameters do not explain"
    return (
        f"Differences in {objective.metric} below {floor}{share} mean nothing: repeating a training job changes it "
        f"by about {rough(facts.deviation.value)} ({low} to {high}, estimated {told})."
    )


def _of_repeats(space: Space, history: History) -> tuple[Interval | None, int]:
    """The deviation of completed training jobs that repeat a configuration, and how many there are."""
    groups: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for trial in history.finished:
        if trial.state is TrialState.COMPLETED and trial.loss is not None:
            groups[space.key(trial.config)].append(trial.loss)
    groups_of_several = [np.array(losses) for losses in groups.values() if len(losses) > 1]
    repeats = sum(len(losses) - 1 for losses in groups_of_several)
    if repeats < _FEWEST_REPEATS:
        return None, 0
    largest = max(float(np.abs(losses).max()) for losses in groups_of_several)
    if max(float(np.ptp(losses)) for losses in groups_of_several) <= _ROUNDING * largest:
        return Interval(0.0, 0.0, 0.0), repeats
    squares = sum(float(((losses - losses.mean()) ** 2).sum()) for losses in groups_of_several)
    low, high = (np.sqrt(squares / _chi_squared(p, repeats)) for p in (0.95, 0.05))
    return Interval(float(low), float(np.sqrt(squares / repeats)), float(high)), repeats


def _of_results(
    space: Space, history: History, beliefs: Beliefs, surrogate: Surrogate | None
) -> tuple[Interval, bool]:
    """The deviation that a model finds, and whether there surely is one.

    The surrogate is not asked if it has seen what was stopped early, which differs by more than noise.
    """
    all_completed = all(
        t.state is TrialState.COMPLETED for t in history.pooled.finished if t.loss is not None
    )
    if surrogate is not None and surrogate.crowding < _FAR_APART and all_completed:
        return surrogate.noise, surrogate.noise.low >= _SURE * _rise(beliefs)
    draws = [belief.unit * np.sqrt(posterior.noise) for belief, posterior in beliefs.posteriors()]
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    with single_threaded():
        is_noisy = evidence(space, history) >= _EVIDENCE
    return Interval(float(low), float(middle), float(high)), is_noisy


def evidence(space: Space, history: History) -> float:
    """The logarithm of how much likelier the results are with noise than without, under the likeliest models.

    The more doubtful of the two transformations of the losses decides, and only what completed is looked at.
    """
    completed = [t for t in history.finished if t.state is TrialState.COMPLETED and t.loss is not None]
    own = type(history).of(space, completed[-_MOST:])
    if len(np.unique(own.losses)) < 3:
        return 0.0
    odds = []
    for compressed in (True, False):
        prefix = Prefix.of(axes_of(space), own, compressed=compressed)
        data = prefix.data(_MOST)
        odds.append(_highest(data, None) - _highest(data, _PRIOR.least_noise))
    return min(odds)


_PRIOR = Prior()
# where to start: shifts of the log length scales, as a rough function deserves its chance, and variances of the noise
_STARTS = ((0.0, 1e-3), (-1.0, 1e-3), (-2.0, 1e-3), (0.0, 0.2))


def _highest(data: Data, noise: float | None) -> float:
    """The highest log posterior over theta, with the noise as given if it is; the prior of the noise left out."""
    features = data.features
    at = features.count + 1
    bounds = _PRIOR.bounds(features)
    if noise is not None:
        bounds[at] = (np.log(noise), np.log(noise))

    def descent(theta: Array) -> tuple[float, Array]:
        value, gradient = log_posterior_with_gradient(theta, data, replace(_PRIOR, noise_rate=0.0))
        gradient[at] -= 0.1  # the rest of the noise's prior
        return -(value - 0.1 * theta[at]), -gradient

    best = -np.inf
    for shift, variance in _STARTS:
        start = features.start(len(features.ordered) + len(features.nominal))
        start[: features.count] += shift
        start[at] = np.log(variance)
        found = minimize(
            descent, np.clip(start, *np.transpose(bounds)), jac=True, method="L-BFGS-B", bounds=bounds
        )
        best = max(best, -float(found.fun))
    return best


def _chi_squared(probability: float, freedom: int) -> float:
    """The quantile of the chi-squared distribution."""
    return float(2.0 * gammaincinv(freedom / 2.0, probability))
