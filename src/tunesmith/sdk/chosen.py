"""What is chosen for users who leave it open: ranges by example values, strategy, limits and early stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tunesmith.control.autotune import choose, propose, strategy_for, trials_for
from tunesmith.core.space import Parameter, Space, Value
from tunesmith.core.tuning_job import Limits
from tunesmith.sdk.arguments import plain, space_of

SpaceLike: TypeAlias = Space | Sequence[Parameter] | Mapping[str, Value]
"""What to search: a space, its parameters, or example values by name."""

USUAL_STRATEGY = "Bayesian"
USUAL_RULE = "median"


def auto(name: str, example: float | str | bool) -> Parameter:
    """Choose a range for a parameter by its name and a value that it may have, such as a library's default.

    Common names have ranges of good repute; others get one around the example, which spans two decades. What was
    chosen is what is returned. Raises ValueError for a parameter that is better left as it is, such as a seed.
    """
    proposal = propose(name, plain(example))
    if proposal is None:
        msg = (
            f"{name}: there is no range to choose for the example {example!r}; give it one, or a fixed value"
        )
        raise ValueError(msg)
    return proposal.parameter


@dataclass(frozen=True)
class Searched:
    """A space, and what was chosen with it."""

    space: Space
    fixed: Mapping[str, Value] = field(default_factory=dict)  # examples that are better left as they are
    is_chosen: bool = False
    trials: int = 0  # to give it if nothing else bounds it and it is chosen

    def limits(
        self, trials: int | None, parallel: int, seconds: float | None, budget: float | None
    ) -> Limits:
        """The limits that were given; where there are none and the ranges are chosen, so is a number of trials."""
        given = plain(trials), plain(parallel), plain(seconds), plain(budget)
        if self.is_chosen and trials is None and seconds is None and budget is None:
            return Limits(self.trials, given[1])
        return Limits(*given)

    def strategy(self, given: str | None, limits: Limits) -> str:
        """The strategy: as given, else the one that fits the space if that is chosen, too."""
        if given is not None:
            return given
        return strategy_for(self.space, limits.trials) if self.is_chosen else USUAL_STRATEGY

    def stopping(self, given: str | None, *, is_staged: bool) -> str | None:
        """The stopping rule: as given, else the usual one if ranges are chosen; strategies in stages have their own."""
        return USUAL_RULE if given is None and self.is_chosen and not is_staged else given


def searched(space: SpaceLike) -> Searched:
    """What to search. Raises TypeError for anything else, and ValueError if there is nothing to tune in examples."""
    if not isinstance(space, Mapping):
        return Searched(space_of(space))
    examples = {name: plain(value) for name, value in space.items()}
    if not all(isinstance(value, int | float | str) for value in examples.values()):
        msg = f"space: the values of a mapping must be examples, such as {{'learning_rate': 0.1}}, got {space!r}"
        raise TypeError(msg)
    chosen = choose(examples)
    if not chosen.parameters:
        msg = f"space: there is no range to choose for any of {', '.join(examples) or 'no examples'}"
        raise ValueError(msg)
    tuned = Space(chosen.parameters)
    return Searched(tuned, chosen.fixed, is_chosen=True, trials=trials_for(tuned))
