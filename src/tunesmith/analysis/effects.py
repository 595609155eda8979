"""How the objective goes along one hyperparameter, and over two, whatever the others are.

Friedman, "Greedy function approximation" (2001), section 8.2: partial dependence, the mean over all other parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunesmith.analysis.surrogate import Draw, Surrogate
from tunesmith.core.space import Categorical, Value
from tunesmith.numerics.blas import single_threaded
from tunesmith.strategies._surrogate import axes_of

Array = NDArray[np.float64]

_ALONG, _ACROSS = (
    41,
    21,
)  # values of a parameter that is continuous or has more than that, in a line and in a surface
_BY_CROWDING = 2.0  # more than the model believes, for each share of crowding results


@dataclass(frozen=True)
class Effect:
    """The metric along one parameter, averaged over all others, with the 90 % band of that average."""

    name: str
    xs: tuple[Value, ...]  # in the user's units: ascending numbers, or the choices
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Surface:
    """The metric over two parameters, averaged over all others."""

    names: tuple[str, str]
    xs: tuple[Value, ...]  # of the first
    ys: tuple[Value, ...]  # of the second
    mean: tuple[tuple[float, ...], ...]  # mean[i][j] is at xs[i], ys[j]
    sd: tuple[tuple[float, ...], ...]  # how unsure the mean is


def effect(surrogate: Surrogate, name: str) -> Effect:
    """The effect of one parameter; ValueError if the space has no such parameter."""
    j = _place(surrogate, name)
    units, xs = _values(surrogate, j, _ALONG)
    drawn = _averages(surrogate, {j: units})
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return Effect(name, xs, tuple(drawn.mean(axis=0).tolist()), tuple(low.tolist()), tuple(high.tolist()))


def surface(surrogate: Surrogate, first: str, second: str) -> Surface:
    """The effect of two different parameters; ValueError if the space has no such parameters."""
    i, j = (_place(surrogate, name) for name in (first, second))
    if i == j:
        msg = f"a surface needs two different parameters, got {first!r} twice"
        raise ValueError(msg)
    (here, xs), (there, ys) = (_values(surrogate, k, _ACROSS) for k in (i, j))
    grid = np.repeat(here, len(there)), np.tile(there, len(here))
    drawn = _averages(surrogate, dict(zip((i, j), grid, strict=True)))
    mean, sd = (part.reshape(len(xs), len(ys)) for part in (drawn.mean(axis=0), drawn.std(axis=0)))
    return Surface(
        (first, second), xs, ys, *(tuple(tuple(row) for row in part.tolist()) for part in (mean, sd))
    )


def _place(surrogate: Surrogate, name: str) -> int:
    names = surrogate.space.names
    if name not in names:
        msg = f"there is no parameter {name!r} (the space has {', '.join(names)})"
        raise ValueError(msg)
    return names.index(name)


def _averages(surrogate: Surrogate, along: Mapping[int, Array]) -> Array:
    """The metric at units (n,) of some parameters, averaged over the others, of all the functions (draws, n).

    Results that crowd say little of all the places that an average is over, less than the model believes; by how much
    was chosen by benchmarks/importance.
    """
    with single_threaded():
        averages = [_averages_of(surrogate, each, along) for each in surrogate.draws]
    return surrogate.values(np.concatenate(averages), 1.0 + _BY_CROWDING * surrogate.crowding)


def _averages_of(surrogate: Surrogate, each: Draw, along: Mapping[int, Array]) -> Array:
    """The functions at units (n,) of some parameters, averaged over the others, (s, n)."""
    functions = each.functions
    rows = [surrogate.free.index(j) for j in along if j in surrogate.free]
    psi = {row: each.bases[row].at(along[surrogate.free[row]]) for row in rows}
    count = len(next(iter(along.values())))
    values = np.repeat(functions.mean()[:, None], count, axis=1)
    for row in rows:
        values += (psi[row] @ functions.main(row)).T
    if len(rows) == 2:
        i, j = sorted(rows)
        values += np.einsum("nb,bcs,nc->sn", psi[i], functions.pair(i, j), psi[j], optimize=True)
    return values


def _values(surrogate: Surrogate, j: int, most: int) -> tuple[Array, tuple[Value, ...]]:
    """Units and values along a parameter: all of them, or so many that are evenly spread on its scale."""
    parameter, axis = surrogate.space.parameters[j], axes_of(surrogate.space)[j]
    if axis.levels is not None and (axis.levels <= most or isinstance(parameter, Categorical)):
        units = axis.unit(np.arange(axis.levels))
    else:
        units = np.unique(axis.snap(np.linspace(0.0, 1.0, most)))
    return units, tuple(parameter.from_unit(units))
