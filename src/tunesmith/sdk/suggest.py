"""`suggest`: the next configurations to try, for people who run their own loop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, SupportsFloat

from tunesmith.core.history import History
from tunesmith.core.space import Parameter, Space, Value
from tunesmith.core.trial import Trial, TrialState
from tunesmith.sdk.arguments import draw_seed, plain, space_of
from tunesmith.strategies import registry


def suggest(
    space: Space | Sequence[Parameter],
    history: Iterable[tuple[Mapping[str, Any], SupportsFloat | None]],
    count: int = 1,
    strategy: str = "Bayesian",
    seed: int | None = None,
    pending: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Propose the next configurations to try. It keeps nothing: whatever it knows is in its arguments.

    Args:
        space: The parameters to search: a Space, or a list of Continuous, Integer and Categorical.
        history: Pairs of a configuration and its value, in the order in which the values came; lower is better,
            so negate what you maximize. A value of None, NaN or infinity means that the trial has failed.
        count: How many to propose.
        strategy: How to search: "Bayesian", "Random", "Sobol", "Grid" or a registered one.
        seed: With one, the answer is a function of the arguments; give the same one each time. None draws one.
        pending: Configurations that are being tried, not to be proposed again.

    Returns:
        `count` configurations, or fewer if the strategy has no more to propose.

    Raises:
        ValueError: An argument is wrong, or a configuration is outside the space.
    """
    if count < 1:
        msg = f"count: must be >= 1, got {count}"
        raise ValueError(msg)
    space = space_of(space)
    chosen = registry.get(strategy)
    chosen.check(space)
    ended = [
        _ended(_plain(space, config, f"history[{i}]"), value, i) for i, (config, value) in enumerate(history)
    ]
    opened = [
        Trial(len(ended) + 1 + i, _plain(space, config, f"pending[{i}]"), TrialState.RUNNING)
        for i, config in enumerate(pending)
    ]
    seen = History.of(space, [*ended, *opened])
    proposals = chosen.suggest(space, seen, count, draw_seed() if seed is None else seed)
    return [dict(config) for config in proposals]


def _ended(config: dict[str, Value], value: SupportsFloat | None, index: int) -> Trial:
    try:
        loss = math.nan if value is None else float(value)
    except TypeError as error:
        msg = f"history[{index}]: a value must be a number or None, got {value!r}"
        raise TypeError(msg) from error
    if math.isfinite(loss):
        return Trial(index + 1, config, TrialState.COMPLETED, (loss,))
    return Trial(index + 1, config, TrialState.FAILED)


def _plain(space: Space, config: Mapping[str, Any], place: str) -> dict[str, Value]:
    """The configuration in plain Python values. Raises ValueError, naming the place, if it is outside the space."""
    values = {name: plain(value) for name, value in config.items()}
    try:
        space.check(values)
    except ValueError as error:
        msg = f"{place}: {error}"
        raise ValueError(msg) from error
    return values
