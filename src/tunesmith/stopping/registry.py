"""The register of early-stopping rules: what a rule is, and how one is found by name."""

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
    from tunesmith.core.objective import Show
    from tunesmith.core.trial import Trial


class StoppingRule(Protocol):
    """Which training job to give up. A rule has no state: everything it knows is in its arguments."""

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """Say why this trial should be given up, in words and figures; None if it should go on.

        It is asked once for each piece of news of a running trial, which may hold several reports. The answer is a
        function of the arguments alone, and whether there is one does not change if all losses are shifted, or
        multiplied by a positive number.

        Args:
            trial: An open trial, with all its reports.
            before: How many reports it had made when the rule was asked about it before; less than now.
            history: All trials, this one among the open ones.
            show: Writes a loss of the reason as the user knows it, a value of the metric.
        """
        ...


_REGISTER: dict[str, StoppingRule] = {}
_R = TypeVar("_R", bound=type[StoppingRule])


def rule(name: str) -> Callable[[_R], _R]:
    """Register the decorated class, made without arguments, as the stopping rule of this name."""

    def register(cls: _R) -> _R:
        _REGISTER[name] = cls()
        return cls

    return register


def names() -> list[str]:
    """The names of all registered stopping rules, sorted."""
    _load()
    return sorted(_REGISTER)


def get(name: str) -> StoppingRule:
    """The stopping rule of this name. Raises ValueError, listing what there is, if there is none."""
    _load()
    if name not in _REGISTER:
        msg = f"stopping: there is no {name!r}; choose one of {', '.join(sorted(_REGISTER))}"
        raise ValueError(msg)
    return _REGISTER[name]


@cache
def _load() -> None:
    """Import our own rules and those of other packages (entry point group `tunesmith.stopping`)."""
    for module in iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            import_module(f"{__package__}.{module.name}")  # it registers itself
    for entry in entry_points(group="tunesmith.stopping"):
        _REGISTER[entry.name] = entry.load()()
