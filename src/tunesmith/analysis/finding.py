"""A finding: one thing that was learned from a tuning job, in a plain sentence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a finding is about."""

    FAILURES = "failures"
    BOUNDARY = "boundary"
    NO_EFFECT = "no effect"
    NOISE = "noise"
    CERTAINTY = "certainty"
    OUTLOOK = "outlook"
    FIT = "fit"
    ALGORITHMS = "algorithms"
    EARLY_STOPPING = "early stopping"
    SUGGESTION = "suggestion"


class Severity(StrEnum):
    """How much a finding matters, the most pressing first."""

    ALARM = "alarm"  # something should be changed
    NOTE = "note"  # worth knowing
    FINE = "fine"  # looked at, and nothing to do


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was learned."""

    kind: Kind
    severity: Severity
    sentence: str  # for somebody who knows nothing of models; numbers are in the user's units
    facts: Any  # what the sentence was made of: a frozen dataclass of the module that finds it
    advice: str | None = None  # what to do about it
    parameter: str | None = None  # the hyperparameter that it is about
    algorithm: str | None = None  # of several, the one whose training jobs it is about; None: all

    def __str__(self) -> str:
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.severity.value}: {self.sentence}{advice}"


def by_severity(findings: list[Finding]) -> list[Finding]:
    """The findings, the most pressing first; of equals, in the order of `Kind`."""
    severities, kinds = list(Severity), list(Kind)
    return sorted(findings, key=lambda each: (severities.index(each.severity), kinds.index(each.kind)))
