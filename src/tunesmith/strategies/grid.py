"""Grid search: every combination of the parameters' values exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.strategies._sequence import values_of
from tunesmith.strategies.registry import strategy

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Points, Space, Value

_HUGE = 1e200  # beyond any number of trials, and still far from infinity


@strategy("Grid")
class Grid:
    """Goes through all combinations in order, the last parameter fastest, and skips those tried already.

    For categorical and integer parameters, of which it takes every value. There is no randomness in it.
    """

    def suggest(
        self,
        space: Space,
        history: History,
        count: int,
        seed: int,  # noqa: ARG002 - there is nothing random to seed
    ) -> list[Config]:
        """Propose the next `count` combinations, fewer when there are no more; see `Strategy.suggest`."""
        self.check(space)
        below = min(history.created + count, space.cardinality or 0)  # the first `count` untried lie below it
        untried = np.ones(below, dtype=np.bool_)
        for points in (history.points, history.open_points):
            numbers = _numbers(space, points, below)
            untried[numbers[numbers < below].astype(np.intp)] = False
        return [_combination(space, int(number)) for number in np.flatnonzero(untried)[:count]]

    def check(self, space: Space) -> None:
        """Raise ValueError, naming the parameter, if one has no end of values."""
        for parameter in space.parameters:
            if parameter.cardinality is None:
                msg = (
                    f"{parameter.name}: Grid needs a list of values; make the parameter Categorical or Integer, "
                    "or use another strategy"
                )
                raise ValueError(msg)


def _combination(space: Space, number: int) -> Config:
    config: dict[str, Value] = {}
    for parameter in reversed(space.parameters):
        values = values_of(parameter)
        number, digit = divmod(number, len(values))
        config[parameter.name] = values[digit]
    return {name: config[name] for name in space.names}


def _numbers(space: Space, points: Points, below: int) -> NDArray[np.float64]:
    """The numbers of the combinations at `points`, exact up to `below`, and not less than it beyond."""
    numbers = np.zeros(len(points))
    stride = 1.0
    for column in reversed(range(len(space))):
        values = values_of(space.parameters[column])
        needed = min(len(values), int(below / stride) + 2)
        units = space.parameters[column].to_unit(values[:needed])
        numbers += stride * np.searchsorted((units[1:] + units[:-1]) / 2, points[:, column])
        stride = min(stride * len(values), _HUGE)
    return numbers
