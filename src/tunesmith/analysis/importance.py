"""How much each hyperparameter matters: functional ANOVA of the objective, with intervals.

Sobol', "Sensitivity estimates for nonlinear mathematical models" (1993): the variance of a function of independent
coordinates is a sum of what each does alone, what two do together, and so on. Here the coordinates are spread as a
random search would spread them, and the function is each one of the surrogate's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.interval import Interval
from tunesmith.analysis.region import weights_of_best
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.numerics.anova_draws import Turn
from tunesmith.numerics.blas import single_threaded

Array = NDArray[np.float64]
Region = Literal["everywhere", "best"]
"""Where the parameters vary: over their whole ranges, or each as it does among the best tenth of all configurations."""

LITTLE = 0.05
"""A total share that is surely smaller does not matter."""

_NONE = 0.005  # smaller shares are none
_RESOLUTION = 0.002  # shares are not told apart any finer: the grids, and the number of functions


@dataclass(frozen=True)
class Share:
    """The share (0 to 1) of the metric's variance over a region that is due to one parameter."""

    name: str
    main: Interval  # alone, whatever the others are
    total: Interval  # alone and together with others
    matters: bool | None  # False: surely hardly at all; None: not known yet


@dataclass(frozen=True)
class PairShare:
    """The share of the variance that is due to two parameters together, beyond what each does alone."""

    names: tuple[str, str]
    share: Interval


@dataclass(frozen=True)
class Importance:
    """Functional ANOVA of the metric over a region."""

    over: Region
    parameters: tuple[Share, ...]  # in the order of the space; parameters with one value have no share
    pairs: tuple[PairShare, ...]  # the strongest first

    @property
    def ranked(self) -> tuple[Share, ...]:
        """The parameters, the greatest total share first."""
        return tuple(sorted(self.parameters, key=lambda share: -share.total.value))


def importance(surrogate: Surrogate, over: Region = "everywhere") -> Importance:
    """The shares of all parameters and pairs in the variance of the metric, without its noise."""
    with single_threaded():
        main, total, pairs = _shares(surrogate, over)
    doubt = _doubt(surrogate, over)
    shares = {}
    for row, j in enumerate(surrogate.free):
        alone, whole = _interval(main[row], doubt), _interval(total[row], doubt)
        shares[j] = Share(surrogate.space.names[j], alone, whole, _matters(whole))
    none = Interval(0.0, 0.0, 0.0)
    names = surrogate.space.names
    pair_shares = [
        PairShare((names[surrogate.free[i]], names[surrogate.free[j]]), _interval(share, doubt))
        for (i, j), share in pairs.items()
    ]
    return Importance(
        over,
        tuple(shares.get(j, Share(name, none, none, matters=False)) for j, name in enumerate(names)),
        tuple(sorted(pair_shares, key=lambda pair: -pair.share.value)),
    )


def _shares(surrogate: Surrogate, over: Region) -> tuple[Array, Array, dict[tuple[int, int], Array]]:
    """Main and total shares (p, s), and those of pairs (s,), of all the functions."""
    weights = weights_of_best(surrogate) if over == "best" else None
    parts = []
    for each in surrogate.draws:
        functions = each.functions
        if weights is not None:
            functions = functions.under(
                [Turn.of(basis.at_nodes, w) for basis, w in zip(each.bases, weights, strict=True)]
            )
        whole, main, total, pairs = functions.variances()
        whole = np.maximum(whole, 1e-300)
        parts.append((main / whole, total / whole, {key: pair / whole for key, pair in pairs.items()}))
    keys = combinations(range(len(surrogate.free)), 2)
    return (
        np.concatenate([main for main, _, _ in parts], axis=1),
        np.concatenate([total for _, total, _ in parts], axis=1),
        {key: np.concatenate([pairs[key] for _, _, pairs in parts]) for key in keys},
    )


def _doubt(surrogate: Surrogate, over: Region) -> float:
    """The angle by which the ends of an interval are moved out, beyond those that hold 90 % of the functions' shares.

    No objective is a draw of the model. It is wrong the more, the less of the function the results determine, and the
    more they crowd where it is good, because it believes that the function is as smooth elsewhere as there: which is
    no doubt about what is so among the best. A share is the squared sine of an angle, by which it is as uncertain near
    0 as elsewhere (Freeman and Tukey, "Transformations related to the angular and the square root", 1950). The numbers
    were chosen by benchmarks/importance.
    """
    if over == "best":
        return 0.05 + 0.3 * surrogate.unknown
    return 0.3 * surrogate.unknown + 0.35 * surrogate.crowding**2


def _interval(shares: Array, doubt: float) -> Interval:
    """The mean, and the shortest interval with 90 % of the shares, widened; from zero on if it begins near."""
    ordered = np.sort(shares)
    inside = int(np.ceil(0.9 * len(ordered)))
    begin = int(np.argmin(ordered[inside - 1 :] - ordered[: len(ordered) - inside + 1]))
    mean = float(np.clip(shares.mean(), ordered[begin], ordered[begin + inside - 1]))
    low = _turned(float(ordered[begin]), -doubt) - _RESOLUTION
    high = _turned(float(ordered[begin + inside - 1]), doubt) + _RESOLUTION
    return Interval(0.0 if low < _NONE else low, min(mean, 1.0), min(high, 1.0))


def _turned(share: float, angle: float) -> float:
    """The share whose angle is so much larger."""
    here = float(np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0))))
    return float(np.sin(np.clip(here + angle, 0.0, 0.5 * np.pi)) ** 2)


def _matters(total: Interval) -> bool | None:
    if total.high < LITTLE:
        return False
    return True if total.low > 0.01 else None
