"""Tuning jobs and trials as JSON: the stable form that `--json` and `export` write."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from tunesmith.core.training_job import Command, Script, Work

if TYPE_CHECKING:
    from tunesmith.control.comparison import Compared
    from tunesmith.control.recommendation import Recommended
    from tunesmith.control.savings import Savings
    from tunesmith.core.trial import TrialState
    from tunesmith.core.tuning_job import TuningJob
    from tunesmith.store.records import TrialRecord, TuningJobRecord

Facts: TypeAlias = dict[str, Any]


def trial_facts(trial: TrialRecord) -> Facts:
    """What there is to know of a trial; times are ISO 8601 in UTC."""
    return {
        "number": trial.number,
        "name": trial.name,
        "state": trial.state.value,
        "value": trial.value,
        **({} if trial.definition is None else {"algorithm": trial.definition}),
        "config": dict(trial.config),
        "created_at": _time(trial.created_at),
        "started_at": _time(trial.started_at),
        "ended_at": _time(trial.ended_at),
        "exit_code": trial.exit_code,
        "attempt": trial.attempt,
        "reason": trial.reason,
    }


def job_facts(
    record: TuningJobRecord,
    counts: Mapping[TrialState, int],
    best: TrialRecord | None,
    recommended: Recommended | None = None,
    saved: Savings | None = None,
    compared: Sequence[Compared] = (),
    spent: float | None = None,
) -> Facts:
    """What there is to know of a tuning job, with its best trial and the numbers of its trials by state.

    `saved` is an estimate of what early stopping has saved; null if it has stopped nothing. `spent` is money; null
    without a price.
    """
    job = record.job
    return {
        "name": job.name,
        "status": record.status.value,
        "reason": record.reason,
        "objective": {"metric": job.objective.metric, "goal": job.objective.goal.value},
        "strategy": job.strategy,
        "seed": job.seed,
        "limits": asdict(job.limits),
        "price": None if job.price is None else asdict(job.price),
        "spent": spent,
        "paused_at": _time(record.paused_at),
        "stopping": job.stopping,
        "completion": asdict(job.completion),
        "resource": None if job.resource is None else asdict(job.resource),
        "counts": {state.value: count for state, count in counts.items()},
        "best": None if best is None else trial_facts(best),
        "recommended": None if recommended is None else _finite(asdict(recommended)),
        "saved": None if saved is None else asdict(saved),
        **(_algorithms(job, compared) if job.definitions else _algorithm(job)),
        "created_at": _time(job.created_at),
        "ended_at": _time(record.ended_at),
    }


def _algorithms(job: TuningJob, compared: Sequence[Compared]) -> Facts:
    parts = {str(name): _algorithm(part) for name, part in job.parts.items()}
    return {"algorithms": parts, "comparison": [asdict(each) for each in compared]}


def _algorithm(job: TuningJob) -> Facts:
    return {
        "parameters": [{"type": type(p).__name__.lower(), **asdict(p)} for p in job.space.parameters],
        "hyperparameters": dict(job.hyperparameters),
        "work": _work_facts(job.work),
    }


def _work_facts(work: Work) -> Facts:
    kind = type(work).__name__.lower()
    return {kind: asdict(work) if isinstance(work, Script | Command) else str(work.target)}


def _finite(facts: Facts) -> Facts:
    """The same facts with null for what JSON has no word for: of one value alone, the interval is endless."""
    endless = {math.inf, -math.inf}
    return {
        name: None if isinstance(value, float) and value in endless else value
        for name, value in facts.items()
    }


def document(facts: Any) -> str:
    """One JSON document, indented."""
    return json.dumps(facts, indent=2, ensure_ascii=False)


def line(facts: Facts) -> str:
    """One JSON document in one line."""
    return json.dumps(facts, ensure_ascii=False)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
