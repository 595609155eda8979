"""Hyperparameters that do not matter: time and attention that the search need not spend on them.

Where one hyperparameter dwarfs all others over the whole space, they may still decide among good configurations. So one
is said not to matter only if it does not over the whole space, nor among the best configurations.
"""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.importance import Importance, Share
from tunesmith.analysis.words import listed, percent

_LITTLE = 0.05  # a share that is surely smaller does not matter


@dataclass(frozen=True, kw_only=True)
class NoEffect:
    """The hyperparameters that hardly change the metric, and those that surely do."""

    idle: tuple[Share, ...]  # as they are over the whole space
    matter: tuple[Share, ...]  # the most important first
    at_most: float  # the share of any idle one is surely smaller, over the whole space and among the best


def no_effect(everywhere: Importance, among_best: Importance, metric: str) -> list[Finding]:
    """Name the hyperparameters that do not matter; empty if there are none that surely do not.

    One that has a single value is left out: nobody expects it to matter. So is everything while nothing is known to.
    """
    highest = {share.name: share.total.high for share in among_best.parameters}
    idle = tuple(
        s
        for s in everywhere.ranked
        if s.matters is False and s.total.high > 0.0 and highest[s.name] < _LITTLE
    )
    matter = tuple(s for s in everywhere.ranked if s.matters)
    if not idle or not matter:
        return []
    facts = NoEffect(idle=idle, matter=matter, at_most=max(max(s.total.high, highest[s.name]) for s in idle))
    return [
        Finding(
            kind=Kind.NO_EFFECT,
            severity=Severity.NOTE,
            sentence=_sentence(facts, metric),
            facts=facts,
            advice=(
                f"Keep {listed([s.name for s in idle])} at a value that is cheap, and spend the trials on "
                f"{listed([s.name for s in matter])}."
            ),
            parameter=idle[0].name if len(idle) == 1 else None,
        )
    ]


def _sentence(facts: NoEffect, metric: str) -> str:
    names, most = listed([share.name for share in facts.idle]), percent(facts.at_most)
    end = f"at most {most} of the differences in {metric}, also among the best configurations."
    if len(facts.idle) == 1:
        return f"{names} does not matter within its present range: it explains {end}"
    return f"{names} do not matter within their present ranges: each explains {end}"
