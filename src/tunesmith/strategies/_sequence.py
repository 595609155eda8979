"""Endless sequences of configurations, of which the k-th is a function of (space, seed, k) alone.

In an endless space the k-th configuration is the k-th point of a *source*. A finite space is gone through in
rounds: in each of them every configuration comes up once, in the order in which the source hits upon it.

What is computed is memoised by content, so the memo changes the time and never the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import count, product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Points, Space, Value

if TYPE_CHECKING:
    from tunesmith.core.history import History

BLOCK = 256
"""How many points a source gives at once."""

Source: TypeAlias = Callable[[int, int, int, int], Points]
"""(dimensions, seed, round, block) -> the points of this block, shape (BLOCK, dimensions)."""

_TINY = 1e-300  # a mass that two neighbours beyond 2**52 may have instead of zero


def next_of(source: Source, space: Space, history: History, wanted: int, seed: int) -> list[Config]:
    """The `wanted` configurations of the sequence that follow on as many as there are trials so far."""
    types = _types(space)
    numbers = range(history.created, history.created + wanted)
    return [dict(_kth(source, space, types, seed, k)) for k in numbers]  # a caller may change its own copy


def values_of(parameter: Parameter) -> Sequence[Value]:
    """All the values of a parameter that has a finite number of them, in order."""
    if isinstance(parameter, Categorical):
        return parameter.choices
    if isinstance(parameter, Integer):
        return range(parameter.low, parameter.high + 1)
    return (float(parameter.low),)


def _types(space: Space) -> tuple[type, ...]:
    """What the memo must know beside the space: 1, 1.0 and True are equal, but not the same choice."""
    categorical = (p for p in space.parameters if isinstance(p, Categorical))
    return tuple(type(choice) for parameter in categorical for choice in parameter.choices)


def _kth(source: Source, space: Space, types: tuple[type, ...], seed: int, k: int) -> Config:
    if space.cardinality is None:
        block, row = divmod(k, BLOCK)
        return _block(source, space, types, seed, block)[row]
    number, position = divmod(k, space.cardinality)
    size = max(BLOCK, 1 << position.bit_length())  # doubling, so that every trial costs the same on average
    return _round(source, space, types, seed, number, size)[position]


@lru_cache(maxsize=64)
def _block(source: Source, space: Space, _types: tuple[type, ...], seed: int, block: int) -> Sequence[Config]:
    return space.decode(source(len(space), seed, 0, block))


@lru_cache(maxsize=16)
def _round(
    source: Source, space: Space, _types: tuple[type, ...], seed: int, number: int, size: int
) -> Sequence[Config]:
    """The first `size` configurations of a round, or all of them.

    The first half comes from the source, repeats left out. To wait for the last ones in this way would take
    for ever, so the other half comes in an order that is drawn at once and has the same law.
    """
    seen: dict[tuple[Value, ...], Config] = {}
    for block in count():
        for config in space.decode(source(len(space), seed, number, block)):
            seen.setdefault(space.key(config), config)
        if len(seen) >= size:
            break
        if 2 * len(seen) >= (space.cardinality or 0):
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
            seen.update(_rest(space, seen, rng))
            break
    return list(seen.values())[:size]


def _rest(
    space: Space, seen: dict[tuple[Value, ...], Config], rng: np.random.Generator
) -> Iterator[tuple[tuple[Value, ...], Config]]:
    """The other configurations of a finite space, in the order in which random points would hit upon them.

    Let a clock of rate p ring for each, p being its share of the unit cube: the order in which they ring is the
    order of draws without replacement (Efraimidis and Spirakis, "Weighted random sampling with a reservoir").
    """
    keys = list(product(*map(values_of, space.parameters)))
    shares = reduce(lambda a, b: np.multiply.outer(a, b).ravel(), map(_shares, space.parameters))
    rings = rng.standard_exponential(len(keys)) / np.maximum(shares, _TINY)
    for i in np.argsort(rings):
        if keys[i] not in seen:
            yield keys[i], dict(zip(space.names, keys[i], strict=True))


def _shares(parameter: Parameter) -> NDArray[np.float64]:
    """The part of [0, 1] that belongs to each value of a parameter."""
    if isinstance(parameter, Continuous):
        return np.ones(1)
    if isinstance(parameter, Categorical):
        return np.full(parameter.cardinality, 1 / parameter.cardinality)
    borders = np.arange(parameter.low, parameter.high + 2) - 0.5
    return np.diff(parameter.to_unit(borders.tolist()))
