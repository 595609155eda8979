"""How well the model of the results predicts them: each from all the others.

Leave-one-out predictions come without fitting anew, Rasmussen and Williams, "Gaussian Processes for Machine Learning"
(2006), (5.12): mean y_i - alpha_i / (K^-1)_ii and variance 1 / (K^-1)_ii.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.words import percent

if TYPE_CHECKING:
    from tunesmith.analysis.beliefs import Belief, Beliefs

_GOOD, _BAD = 0.7, 0.1  # of the differences explained
_FEWEST = 15  # results, with fewer the model may still learn
_INTERVAL = 1.645  # standard deviations to both sides that hold 90 %


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How predictions of each result from all the others agree with it."""

    explained: float  # share of the variance, at most 1, below 0 if the mean would predict better
    inside: float  # share of the results within their 90 % intervals
    results: int


def fit(beliefs: Beliefs) -> Finding:
    """Say how well the model predicts."""
    facts = _fit(beliefs.each[0])
    explained = percent(max(0.0, facts.explained))
    told = f"Predicting each training job from the others explains {explained} of the differences in their results"
    few = facts.results < _FEWEST
    if facts.explained >= _GOOD:
        severity, sentence = Severity.FINE, f"{told}: the model knows this objective well."
    elif facts.explained >= _BAD:
        severity, sentence = (
            Severity.FINE,
            f"{told}: the model knows it in outline, so read its curves with care.",
        )
    else:
        severity = Severity.NOTE if few else Severity.ALARM
        sentence = f"{told}: the model has learnt next to nothing yet, so do not trust its curves and shares."
    advice = None
    if severity is Severity.ALARM:
        advice = (
            "See whether the metric is mostly noise (run one configuration several times), and whether "
            "something that matters is missing among the hyperparameters."
        )
    return Finding(kind=Kind.FIT, severity=severity, sentence=sentence, facts=facts, advice=advice)


def _fit(belief: Belief) -> Fit:
    """The predictive check, averaged over the equally likely posteriors; earlier tuning jobs help but do not count."""
    explained, inside = [], []
    for posterior in belief.posteriors:
        data = posterior.data
        own = _own(belief, len(data.y))
        variance = 1.0 / (posterior.inverse_factor**2).sum(axis=0)[:own]
        error = posterior.alpha[:own] * variance
        y = data.y[:own]
        explained.append(1.0 - float((error**2).mean() / (y.var() or 1.0)))
        inside.append(float((np.abs(error) <= _INTERVAL * np.sqrt(variance)).mean()))
    return Fit(explained=float(np.mean(explained)), inside=float(np.mean(inside)), results=own)


def _own(belief: Belief, rows: int) -> int:
    """How many of the model's observations are this job's own: they come first."""
    return rows - belief.prefix.taught
