"""The register of search strategies: what a strategy is, and how one is found by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, TypeVar

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


_REGISTER: dict[str, Strategy] = {}
_S = TypeVar("_S", bound=type[Strategy])


def strategy(name: str) -> Callable[[_S], _S]:
    """Register the decorated class, made without arguments, as the strategy of this name."""

    def register(cls: _S) -> _S:
        _REGISTER[name] = cls()
        return cls

    return register


def names() -> list[str]:
    """The names of all registered strategies, sorted."""
    _load()
    return sorted(_REGISTER)


def get(name: str) -> Strategy:
    """The strategy of this name. Raises ValueError, listing what there is, if there is none."""
    _load()
    if name not in _REGISTER:
        msg = f"strategy: there is no {name!r}; choose one of {', '.join(sorted(_REGISTER))}"
        raise ValueError(msg)
    return _REGISTER[name]


@cache
def _load() -> None:
    """Import our own strategies and those of other packages (entry point group `tunesmith.strategies`)."""
    for module in iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            import_module(f"{__package__}.{module.name}")  # it registers itself
    for entry in entry_points(group="tunesmith.strategies"):
        _REGISTER[entry.name] = entry.load()()
