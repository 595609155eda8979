"""The register of early-stopping rules: what a rule is, and how one is found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from tunesmith.core.register import Register

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


_REGISTER: Register[StoppingRule] = Register("tunesmith.stopping", field="stopping")
_R = TypeVar("_R", bound=type[StoppingRule])


def rule(name: str) -> Callable[[_R], _R]:
    """Register the decorated class, made without arguments, as the stopping rule of this name."""
    return _REGISTER.add(name)


def names() -> list[str]:
    """The names of all registered stopping rules, sorted."""
    return _REGISTER.names()


def get(name: str) -> StoppingRule:
    """The stopping rule of this name. Raises ValueError, listing what there is, if there is none."""
    return _REGISTER.get(name)
