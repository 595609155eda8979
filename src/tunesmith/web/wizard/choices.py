"""What there is to choose from, in words, and who can use it."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.core.space import Space
from tunesmith.stopping import registry as rules
from tunesmith.strategies import registry as strategies
from tunesmith.strategies.staged import Staged

_STRATEGIES = {
    "Bayesian": "learns from the results; the best choice for most jobs",
    "Random": "draws values at random; any number of training jobs can run at a time",
    "Sobol": "as Random, with values that are spread out evenly",
    "Grid": "tries every combination of choices once",
    "Hyperband": "starts many training jobs, and goes on with those that are good early",
    "HyperbandBayesian": "as Hyperband, with values that are learned from the results",
}
_RULES = {
    "median": "SageMaker's rule: gives up what is worse than the median of the others",
    "gain": "gives up what could not become a good one even with half as much again as the largest gain that was seen",
}


@dataclass(frozen=True)
class Choice:
    """Something to choose."""

    name: str
    sentence: str  # empty for one that others have registered
    obstacle: str | None = None  # why it cannot be chosen now


def strategies_for(space: Space | None) -> list[Choice]:
    """The strategies, the usual ones first; `space` is what they are to search, if that is known."""
    names = sorted(strategies.names(), key=lambda name: [*_STRATEGIES, name].index(name))
    return [Choice(name, _STRATEGIES.get(name, ""), _unfit(name, space)) for name in names]


def stopping_rules_for(strategy: str) -> list[Choice]:
    """The rules that give up hopeless training jobs, beside a strategy."""
    stops = f"{strategy} stops by its own rule" if needs_reports(strategy) else None
    return [Choice(name, _RULES.get(name, ""), stops) for name in rules.names()]


def needs_reports(strategy: str) -> bool:
    """Whether a strategy must be told how many reports a training job may make, and gives up training jobs itself."""
    return isinstance(strategies.get(strategy), Staged)


def _unfit(name: str, space: Space | None) -> str | None:
    try:
        if space is not None:
            strategies.get(name).check(space)
    except ValueError as error:
        return str(error)
    return None
