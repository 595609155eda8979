"""What a training job has reported of each metric, and what is new of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tunesmith.store.records import TrainingJobRecord
from tunesmith.store.store import Store

MOST = 1000
"""Points of a metric that are drawn to begin with."""

Point: TypeAlias = tuple[int, float, float]
"""Report (1, 2, ...), value, and seconds since the training job was started for the first time."""


@dataclass(frozen=True)
class Metrics:
    """New points by metric, the objective first."""

    points: dict[str, list[Point]]
    counts: dict[str, int]  # reports so far, by metric
    lows: dict[str, float]  # of the new ones, before thinning
    highs: dict[str, float]


class MetricReader:
    """Reads the metrics of one training job, each point once."""

    def __init__(self, store: Store, record: TrainingJobRecord) -> None:
        self._store = store
        self._job, self._trial = record.tuning.job.name, record.trial.number
        self._objective = record.tuning.job.parts[record.trial.definition].objective.metric
        self._cursor = 0
        self._counts: Counter[str] = Counter()
        self._start: datetime | None = None

    def news(self) -> Metrics:
        """What was reported since the last time, thinned if it is very much."""
        found, self._cursor = self._store.metric_points_after(self._job, self._cursor, trial=self._trial)
        if found and self._start is None:
            begun = self._store.trial(self._job, self._trial).first_started_at
            self._start = min(begun or found[0].at, found[0].at)
        points: dict[str, list[Point]] = {}
        for each in found:
            self._counts[each.metric] += 1
            seconds = (each.at - (self._start or each.at)).total_seconds()
            points.setdefault(each.metric, []).append(
                (self._counts[each.metric], each.value, round(seconds, 2))
            )
        order = sorted(points, key=lambda name: (name != self._objective, name.lower()))
        return Metrics(
            {name: thinned(points[name]) for name in order},
            dict(self._counts),
            {name: min(point[1] for point in points[name]) for name in order},
            {name: max(point[1] for point in points[name]) for name in order},
        )


def thinned(points: list[Point]) -> list[Point]:
    """At most about `MOST` points: of each stretch the lowest and the highest, so that no peak is lost."""
    if len(points) <= MOST:
        return points
    size = -(-len(points) // (MOST // 2))
    kept = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return [*kept, points[-1]] if kept[-1] != points[-1] else kept
