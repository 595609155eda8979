"""Hyperparameters that do not matter: time and attention that the search need not spend on them.

Where one hyperparameter dwarfs all others over the whole space, they may still decide among good configurations. So one
is said not to matter only if it does neither over the whole space nor among the best configurations: surely in both, or
surely in one and probably in the other, which is then said. Results at random points leave open what matters among the
best, those of a search that looked where it is good what matters elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.importance import LITTLE, Importance, Share
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.words import listed, percent

_PROBABLE = (0.5 * LITTLE, 0.15)
"""A total share that is expected to be smaller than the one, and is surely smaller than the other, is probably little."""


@dataclass(frozen=True, kw_only=True)
class NoEffect:
    """The hyperparameters that hardly change the metric, and those that surely do."""

    idle: tuple[Share, ...]  # as they are over the whole space
    matter: tuple[Share, ...]  # the most important first
    at_most: float  # the share of any idle one is surely smaller, among the best
    at_most_everywhere: float  # the same over the whole space


def no_effect(everywhere: Importance, among_best: Importance, metric: str) -> list[Finding]:
    """Name the hyperparameters that do not matter, those together of which the same is known; empty if there are none.

    One that has a single value is left out: nobody expects it to matter. So is everything while nothing is known to.
    """
    best = {share.name: share.total for share in among_best.parameters}
    matter = tuple(s for s in everywhere.ranked if s.matters)
    idle: dict[tuple[bool, bool], list[Share]] = {(True, True): [], (True, False): [], (False, True): []}
    for share in everywhere.ranked:
        if _is_idle(share.total, best[share.name]):
            idle[_is_sure(share.total), _is_sure(best[share.name])].append(share)
    return [_finding(shares, best, matter, metric) for shares in idle.values() if shares and matter]


def _is_idle(everywhere: Interval, among_best: Interval) -> bool:
    """Whether a hyperparameter surely does not matter in one region, and surely or probably not in the other."""
    both = everywhere, among_best
    likely = all(_is_sure(total) or _is_probable(total) for total in both)
    return everywhere.high > 0.0 and any(map(_is_sure, both)) and likely


def _is_sure(total: Interval) -> bool:
    return total.high < LITTLE


def _is_probable(total: Interval) -> bool:
    return total.value < _PROBABLE[0] and total.high < _PROBABLE[1]


def _finding(
    idle: list[Share], best: Mapping[str, Interval], matter: tuple[Share, ...], metric: str
) -> Finding:
    names = listed([share.name for share in idle])
    facts = NoEffect(
        idle=tuple(idle),
        matter=matter,
        at_most=max(best[share.name].high for share in idle),
        at_most_everywhere=max(share.total.high for share in idle),
    )
    return Finding(
        kind=Kind.NO_EFFECT,
        severity=Severity.NOTE,
        sentence=_sentence(facts, names, metric),
        facts=facts,
        advice=(
            f"Keep {names} at a value that is cheap, and spend the trials on {listed([s.name for s in matter])}."
        ),
        parameter=idle[0].name if len(idle) == 1 else None,
    )


def _sentence(facts: NoEffect, names: str, metric: str) -> str:
    several = len(facts.idle) > 1
    do, each = ("do not matter", "each explains") if several else ("does not matter", "it explains")
    within = "within their present ranges" if several else "within its present range"
    good, whole = facts.at_most, facts.at_most_everywhere
    if max(good, whole) < LITTLE:
        most = percent(max(good, whole))
        end = f"at most {most} of the differences in {metric}, also among the best configurations"
    elif whole < LITTLE:
        end = (
            f"at most {percent(whole)} of the differences in {metric}; among the best configurations that is "
            f"probable, but it could be up to {percent(good)}"
        )
    else:
        within = "among good configurations"
        end = (
            f"at most {percent(good)} of the differences in {metric} there; that it is as little elsewhere is "
            f"probable, but it could be up to {percent(whole)}"
        )
    return f"{names} {do} {within}: {each} {end}."
