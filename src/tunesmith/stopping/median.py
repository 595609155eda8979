"""The median rule, as SageMaker's early stopping has it: worse than half of the earlier training jobs were."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.stopping.registry import rule

if TYPE_CHECKING:
    from tunesmith.core.curves import Curves
    from tunesmith.core.history import History
    from tunesmith.core.objective import Show
    from tunesmith.core.trial import Trial

_COMPLETED = 10  # training jobs that must have completed before any is given up
_SHARE, _LEAST = (
    0.1,
    2,
)  # reports, as a part of what completed ones make, before a training job may be given up


@rule("median")
class Median:
    """Gives up a training job whose latest value is worse than the median of earlier ones' running averages.

    At step e, the number of reports made, the latest report is compared with the median of the means of the first
    e reports of each completed training job that made so many; equal is good enough. The sides are not alike: a
    single value against averages that hold the bad beginnings. That is how the service documents it, and makes
    the rule a lenient one.

    Golovin et al., "Google Vizier: A service for black-box optimization" (2017), section 3.2.2.
    """

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        """See `StoppingRule.should_stop`."""
        del before  # of several new reports the last says best how it goes
        step, curves = len(trial.reports), history.curves
        if step < first_step(curves):
            return None
        comparable = curves.completed & (curves.lengths >= step)
        if not comparable.any():
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # of infinite means of both signs there is none
            median = float(np.median(curves.means(step, comparable)))
        if not trial.reports[-1] > median:
            return None
        return (
            f"report {step} was {show(trial.reports[-1])}, and the median of the averages up to there is "
            f"{show(median)} in the {int(comparable.sum())} completed training jobs that came so far"
        )


def first_step(curves: Curves) -> float:
    """The number of reports from which on a training job may be given up; infinite if too few have completed."""
    lengths = curves.lengths[curves.completed]
    if len(lengths) < _COMPLETED:
        return math.inf
    return max(_LEAST, math.ceil(_SHARE * float(np.median(lengths))))
