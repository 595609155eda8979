"""Which of several algorithms gets the next training job of their common budget.

Each algorithm is entitled to a share that falls as the budget is spent, whatever its results are. One that may still
come to the best result of all, as the spread of its own first ones shows, is entitled to most of an equal split, so that
it has the time to become good if it begins badly. The rest is shared out by promise: the best value that an algorithm may come
to. One that still improves goes on doing so, but more and more slowly (rising bandits: Li et al., AAAI 2020): each
doubling of its trials gains what the last one did, at the most. One whose curve is not so, but stays flat for long and
then falls, is what the entitlement is for. `scripts/bench several` shows what both bring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.history import History

HOPELESS = 5
"""An algorithm of which this many trials have ended, and none has a value, gets no more as long as others have one."""

_FIRST = 2  # trials of each algorithm before results count for anything
_SHARE = 0.65  # the exponent by which the entitlement grows with the trials that an equal split would give
_PLAUSIBLE, _EARLY, _FEWEST = 3.0, 10, 4  # see `Arm.may_reach`
_OF_EQUAL = 0.75  # the part of an equal split that those who may come to the best are entitled to
_DOUBLINGS = 2.0  # of its trials, that a promise looks ahead at the most: beyond, luck counts for too much


@dataclass(frozen=True)
class Arm:
    """What is known of one algorithm."""

    losses: NDArray[np.float64]  # of its finished trials in the order of ending, NaN where one has none
    created: int  # its trials, finished and open

    @property
    def best(self) -> float:
        """The lowest loss, infinite if there is none."""
        return _lowest(self.losses)

    def may_reach(self, loss: float) -> bool:
        """Whether it can be expected to come to a loss, for all that is known.

        Not if that is more than `_PLAUSIBLE` times as far below the median of its first `_EARLY` losses as their best
        is: the search has then hardly begun to learn, so they show how far apart this algorithm's losses are. Fewer
        than `_FEWEST` show nothing.
        """
        finite = self.losses[np.isfinite(self.losses)][:_EARLY]
        if len(finite) < _FEWEST:
            return True
        typical = float(np.median(finite))
        return typical - loss <= _PLAUSIBLE * (typical - float(finite.min()))

    def promise(self, more: int) -> float:
        """The loss that it may have after so many trials more, if it improves as it did; infinite without any."""
        half = _lowest(self.losses[: math.ceil(len(self.losses) / 2)])
        if math.isinf(half):  # the first success came late: nothing to compare with
            return self.best
        return self.best - (half - self.best) * min(math.log2(1 + more / len(self.losses)), _DOUBLINGS)


def entitlement(trials: int, algorithms: int) -> int:
    """The number of trials that each of the algorithms has had at the least when there were `trials` in all."""
    equal = trials // algorithms
    return min(equal, max(_FIRST + math.isqrt(equal), int(equal**_SHARE)))


def hopeful(histories: Mapping[str, History]) -> dict[str, History]:
    """The algorithms that may get more trials: all but the hopeless ones, or all if none has a value."""
    if all(history.best is None for history in histories.values()):
        return dict(histories)
    return {name: each for name, each in histories.items() if each.best is not None or len(each) < HOPELESS}


def choose(histories: Mapping[str, History]) -> str:
    """Choose the algorithm that gets the next trial. Same histories, same answer; of equals, the first."""
    arms = {name: Arm(each.losses, each.created) for name, each in hopeful(histories).items()}
    total = sum(arm.created for arm in arms.values())
    # Those that fall behind when all become entitled to one more are served one after the other, beginning in time.
    lowest = min(arm.best for arm in arms.values())
    owed = {
        name: _entitled(total + len(arms), len(arms), plausible=arm.may_reach(lowest)) - arm.created
        for name, arm in arms.items()
    }
    creditor = max(arms, key=lambda name: owed[name])
    if owed[creditor] > 0:
        return creditor
    shares = _shares(arms, total)
    return max(arms, key=lambda name: shares[name] * (total + 1) - arms[name].created)


def _entitled(trials: int, algorithms: int, *, plausible: bool) -> int:
    """As `entitlement`, or more if it is plausible that the algorithm comes to the best."""
    least = entitlement(trials, algorithms)
    return max(least, int(_OF_EQUAL * (trials // algorithms))) if plausible else least


def _shares(arms: Mapping[str, Arm], more: int) -> dict[str, float]:
    """The part of all trials that each should have, by its promise: equal ones the same, worse ones much less."""
    promises = {name: arm.promise(more) for name, arm in arms.items()}
    leader = min(promises, key=lambda name: promises[name])
    if math.isinf(promises[leader]):
        return {name: 1 / len(arms) for name in arms}
    unit = _unit(arms[leader])
    weights = {name: math.exp((promises[leader] - promise) / unit) for name, promise in promises.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _unit(leader: Arm) -> float:
    """The difference of losses that matters: what lies between the leader's median and its best."""
    finite = leader.losses[np.isfinite(leader.losses)]
    return max(float(np.median(finite)) - leader.best, 1e-12 * max(abs(leader.best), 1e-300))


def _lowest(losses: NDArray[np.float64]) -> float:
    return float(np.fmin.reduce(losses, initial=np.inf))
