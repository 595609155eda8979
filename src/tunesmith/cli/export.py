"""The results of a tuning job as CSV and as JSON."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tunesmith.cli import facts

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.store.records import MetricPoint, TuningJobRecord


def csv_text(session: Session, record: TuningJobRecord) -> str:
    """A line for each trial: its facts, `config.NAME` for each parameter, `metric.NAME` for each metric's last value."""
    points = session.store.metric_points(record.job.name)
    latest = {(point.trial, point.metric): point.value for point in points}
    metrics = sorted({metric for _, metric in latest})
    rows = []
    for trial in session.store.trials(record.job.name):
        known = facts.trial_facts(trial)
        config = known.pop("config")
        row = {**known, **{f"config.{name}": config.get(name) for name in record.job.tuned}}
        rows.append({**row, **{f"metric.{name}": latest.get((trial.number, name)) for name in metrics}})
    return _csv(rows)


def json_text(session: Session, record: TuningJobRecord) -> str:
    """The tuning job, its trials, and for each trial the series of every metric."""
    series: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for point in session.store.metric_points(record.job.name):
        series[point.trial][point.metric].append(_emission(point))
    trials = [
        {**facts.trial_facts(trial), "metrics": series[trial.number]}
        for trial in session.store.trials(record.job.name)
    ]
    return facts.document({"job": session.facts(record), "trials": trials}) + "\n"


def _emission(point: MetricPoint) -> dict[str, Any]:
    return {"at": point.at.isoformat(), "value": point.value}


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["number"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
