"""What the training jobs of a tuning job have reported of its objective, whose metric may differ by definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import MetricPoint, TrialRecord
from tunesmith.store.store import Store


def objective_points(store: Store, job: TuningJob, trials: Iterable[TrialRecord]) -> Iterator[MetricPoint]:
    """Give the emissions of the objective, those of each trial in order; `trials` are all that the job has."""
    metrics = {trial.number: job.parts[trial.definition].objective.metric for trial in trials}
    for metric in {part.objective.metric for part in job.parts.values()}:
        for point in store.metric_points(job.name, metric=metric):
            if metrics[point.trial] == metric:
                yield point
