"""Whether a new tuning job can work, before it is stored."""

from __future__ import annotations

from tunesmith.control import budget, early_stop
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.control.parents import check_parents
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.store import Store
from tunesmith.strategies import registry


def check(store: Store, job: TuningJob) -> None:
    """Raise ValueError, naming the field, for a tuning job that cannot work."""
    for part in job.parts.values():
        registry.get(part.strategy).check(part.space)
        early_stop.check(part)
        LogMetrics(part.metrics)
    budget.check(job)
    check_parents(store, job)
