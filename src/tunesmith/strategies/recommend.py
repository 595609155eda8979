"""Which configuration to use: the one that is best after allowing for noise, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tunesmith.core.history import History
from tunesmith.core.trial import TrialState
from tunesmith.numerics.blas import single_threaded
from tunesmith.strategies._parents import listening
from tunesmith.strategies._surrogate import Prefix, axes_of, posterior_of, probable_thetas

if TYPE_CHECKING:
    from tunesmith.core.space import Config, Space

Array = NDArray[np.float64]

_CANDIDATES = 100  # the best observed ones; with any noise one can fit, the truly best is among them
_ENOUGH = 3  # results of trials that completed
_WIDEN, _WIDEN_BY = 1.25, 10  # deviations are widened by a + b / n, because no loss is a draw of the model
_ROUGHNESS = (0.0, 0.25, 0.5)  # shares of the apparent noise that may be the loss's own, equally likely


@dataclass(frozen=True)
class Recommendation:
    """A configuration that was tried, and what its loss would be on average over many repetitions."""

    number: int  # of the trial
    config: Config
    mean: float  # the expected loss without noise
    low: float  # the loss without noise lies in [low, high] with the probability that was asked for
    high: float
    better_than_runner_up: float | None  # probability; None if no other configuration was tried
    better_than_default: (
        float | None
    )  # than the first trial; None if this is the first, or the first has no loss


def recommend(space: Space, history: History, level: float = 0.9) -> Recommendation | None:
    """The finished configuration with the lowest expected loss; None if no trial has a loss.

    The expectation is that of a mixture of Gaussian processes whose parameters are drawn as probable as the
    history makes them, so `low` and `high` allow for noise that is not known exactly, and for a loss so rough that it
    looks like noise. The beliefs about one value alone are as wide as the real line.

    What was stopped is left out as long as enough has completed: its last loss is of less training than the others'.
    """
    history = _completed(history)
    candidates = _candidates(history)
    if not len(candidates):
        return None
    with single_threaded():
        belief = _Belief.after(space, history, candidates)
    means = belief.smooth_means
    chosen = int(np.argmin(means))
    others = np.flatnonzero((history.points[candidates] != history.points[candidates[chosen]]).any(axis=1))
    runner_up = int(others[np.argmin(means[others])]) if len(others) else None
    default = next((i for i in others if history.finished[candidates[i]].number == 1), None)
    tail = 0.5 * (1.0 - level)
    mean = float(belief.means[:, chosen].mean())
    values = belief.quantile(chosen, tail), mean, belief.quantile(chosen, 1.0 - tail)
    low, middle, high = (belief.in_losses(value) for value in values)
    if np.isfinite(history.losses).sum() == 1:
        low, high = -math.inf, math.inf
    trial = history.finished[candidates[chosen]]
    return Recommendation(
        trial.number,
        trial.config,
        middle,
        low,
        high,
        None if runner_up is None else belief.is_less(chosen, runner_up),
        None if default is None else belief.is_less(chosen, int(default)),
    )


@dataclass(frozen=True)
class _Belief:
    """A mixture of joint normal distributions of the noiseless losses of some configurations, equally likely.

    Losses are measured from the best (0) to another of the better half (1).
    """

    smooth_means: Array  # (m,), without regard to roughness
    means: Array  # (c, m)
    covariances: Array  # (c, m, m)
    ends: tuple[float, float]  # the losses at 0 and 1

    @classmethod
    def after(cls, space: Space, history: History, candidates: NDArray[np.intp]) -> _Belief:
        """What to believe of the candidates, indices of finished trials."""
        best, other = _ends(history.losses)
        _, group, times = np.unique(history.points, axis=0, return_inverse=True, return_counts=True)
        group = group.ravel()
        times_seen = times[group[candidates]]
        widen = (_WIDEN + _WIDEN_BY / np.isfinite(history.losses).sum()) ** 2
        believing = listening(axes_of(space), history)
        smooth, means, covariances = [], [], []
        for compressed in (False, True):
            prefix = Prefix.of(axes_of(space), believing, compressed=compressed)
            points, zero = prefix.at_home(history.points[candidates]), prefix.values[best]
            unit = float(prefix.values[other] - zero) or 1.0
            seen = (np.bincount(group, prefix.values) / times)[group[candidates]]
            for theta in probable_thetas(prefix):
                posterior = posterior_of(prefix, theta, history.points[:0])
                mean, covariance = posterior.predict(points)[0], posterior.covariance(points)
                smooth.append((mean - zero) / unit)
                for share in _ROUGHNESS:
                    rough = _roughened(mean, covariance, seen, posterior.noise / times_seen, share)
                    means.append((rough[0] - zero) / unit)
                    covariances.append(rough[1] * widen / unit**2)
        ends = float(history.losses[best]), float(history.losses[other])
        return cls(np.mean(smooth, axis=0), np.array(means), np.array(covariances), ends)

    def quantile(self, i: int, probability: float) -> float:
        """The value below which candidate i lies with this probability, by bisection."""
        sd = np.sqrt(np.maximum(self.covariances[:, i, i], 1e-12))
        low, high = float((self.means[:, i] - 9.0 * sd).min()), float((self.means[:, i] + 9.0 * sd).max())
        for _ in range(60):
            middle = 0.5 * (low + high)
            below = float(ndtr((middle - self.means[:, i]) / sd).mean())
            low, high = (middle, high) if below < probability else (low, middle)
        return high

    def is_less(self, i: int, j: int) -> float:
        """The probability that candidate i has a lower value than candidate j."""
        c = self.covariances
        variance = c[:, i, i] + c[:, j, j] - c[:, i, j] - c[:, j, i]
        z = (self.means[:, j] - self.means[:, i]) / np.sqrt(np.maximum(variance, 1e-12))
        return float(ndtr(z).mean())

    def in_losses(self, value: float) -> float:
        """A value of the mixture in units of the loss."""
        zero, one = self.ends
        if zero == one:
            return zero
        return (1.0 - value) * zero + value * one  # no overflow, however far apart they are


def _roughened(
    mean: Array, covariance: Array, seen: Array, noise: Array, share: float
) -> tuple[Array, Array]:
    """Mean and covariance of the loss if a share of what looks like noise is a part of it, independent between points.

    With f = g + e and y = f + noise, K the covariance of y and N that of e + noise, those of g given y are y - N a and
    N - N K^-1 N, where a = K^-1 y. For f it is the same with (1 - share) N in the place of N.
    """
    rest = 1.0 - share
    return mean + share * (seen - mean), rest**2 * covariance + np.diag(share * rest * noise)


def _completed(history: History) -> History:
    ended = [trial for trial in history.finished if trial.state is not TrialState.STOPPED]
    if sum(trial.loss is not None for trial in ended) < _ENOUGH:
        return history
    return History.of(history.space, ended, history.prior, history.known)


def _candidates(history: History) -> NDArray[np.intp]:
    """Indices of the finished trials with the lowest losses, and of the first trial if it has one."""
    usable = np.flatnonzero(np.isfinite(history.losses))
    best = usable[np.argsort(history.losses[usable], kind="stable")[:_CANDIDATES]]
    first = [i for i in usable if history.finished[i].number == 1]
    return np.union1d(best, np.array(first, dtype=np.intp))


def _ends(losses: Array) -> tuple[int, int]:
    """Indices of the best result and of the worst of the better half, or if those are equal, of the next better one.

    Between them the transformations of losses are straight lines. Without two losses that differ, twice the same.
    """
    usable = np.flatnonzero(np.isfinite(losses))
    order = usable[np.argsort(losses[usable], kind="stable")]
    best, other = int(order[0]), int(order[(len(order) - 1) // 2])
    if losses[other] == losses[best]:
        other = next((int(i) for i in order if losses[i] > losses[best]), best)
    return best, other
