"""Where the good configurations are, one parameter at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.surrogate import Surrogate
from tunesmith.numerics.anova_kernel import Basis
from tunesmith.numerics.axes import snap
from tunesmith.numerics.sobol import scrambled_sobol

Array = NDArray[np.float64]

_POINTS, _SHARE = 2048, 0.1
_BLUR = 0.05  # of a unit: how far a good point speaks for its neighbours


def weights_of_best(surrogate: Surrogate) -> list[Array]:
    """For each free parameter, how the best tenth of the space is spread over the nodes of its basis."""
    bases = surrogate.draws[0].bases
    units = scrambled_sobol(_POINTS, len(bases), seed=0)
    x = snap([basis.axis for basis in bases], units)
    expected = np.mean([each.at(x, each.functions.expected)[0] for each in surrogate.draws], axis=0)
    best = x[np.argsort(expected, kind="stable")[: int(_SHARE * _POINTS)]]
    return [_spread(basis, best[:, j]) for j, basis in enumerate(bases)]


def _spread(basis: Basis, units: Array) -> Array:
    blur = 1e-6 if basis.axis.nominal else _BLUR
    near = np.exp(-0.5 * np.square((units[:, None] - basis.nodes) / blur)) * basis.weights
    return np.asarray((near / near.sum(axis=1, keepdims=True)).mean(axis=0))
