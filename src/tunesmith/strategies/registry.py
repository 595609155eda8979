"""The register of search strategies: what a strategy is, and how one is found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from tunesmith.core.register import Register

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.space import Config, Space


class Strategy(Protocol):
    """Where to look next. A strategy has no state: everything it knows is in its arguments."""

    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:
        """Propose the next `count` configurations, or fewer if it has no more to propose.

        The answer is a function of the arguments alone. The k-th trial of a job (k = `history.created` + 1, ...)
        draws its randomness from (seed, k), so asking for two at once or for one after the other may differ
        only as far as the strategy learns from open trials.
        """
        ...

    def check(self, space: Space) -> None:
        """Raise ValueError, naming the parameter, if the strategy cannot search this space."""
        ...


_REGISTER: Register[Strategy] = Register("tunesmith.strategies", field="strategy")
_S = TypeVar("_S", bound=type[Strategy])


def strategy(name: str) -> Callable[[_S], _S]:
    """Register the decorated class, made without arguments, as the strategy of this name."""
    return _REGISTER.add(name)


def names() -> list[str]:
    """The names of all registered strategies, sorted."""
    return _REGISTER.names()


def get(name: str) -> Strategy:
    """The strategy of this name. Raises ValueError, listing what there is, if there is none."""
    return _REGISTER.get(name)
