"""A tuning job as DescribeHyperParameterTuningJob and Search tell it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from tunesmith.api.responses import status, trial
from tunesmith.api.responses.failure import LONGEST
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.core.tuning_job import Transfer, TuningJob, TuningStatus
from tunesmith.store.records import TrainingJobRecord, TrialRecord, TuningJobRecord, TuningJobSummary


@dataclass(frozen=True, kw_only=True)
class TuningJobFacts:
    """What is known of a tuning job; the larger parts are loaded when they are needed."""

    summary: TuningJobSummary
    load_record: Callable[[], TuningJobRecord]
    load_best: Callable[[], TrialRecord | None]
    place: Place
    now: datetime
    load_best_of_parents: Callable[[], TrainingJobRecord | None] = lambda: None

    @cached_property
    def stored(self) -> Stored:
        """What it was asked with."""
        return Stored(self.load_record())

    @cached_property
    def best(self) -> TrialRecord | None:
        """The trial with the best value."""
        return self.load_best()


def describe(facts: TuningJobFacts) -> dict[str, Any]:
    """The members of DescribeHyperParameterTuningJob's answer."""
    values = {name: read(facts) for name, read in MEMBERS.items()}
    return {name: value for name, value in values.items() if value is not None}


def summary(facts: TuningJobFacts) -> dict[str, Any]:
    """The entry of a tuning job in ListHyperParameterTuningJobs."""
    limits = facts.summary.limits
    bounds = {
        "MaxNumberOfTrainingJobs": limits.trials,
        "MaxParallelTrainingJobs": limits.parallel,
        "MaxRuntimeInSeconds": None if limits.seconds is None else int(limits.seconds),
    }
    members = {name: MEMBERS[name](facts) for name in _SUMMARISED} | {
        "Strategy": facts.summary.strategy,
        "ResourceLimits": {name: value for name, value in bounds.items() if value is not None},
    }
    return {name: value for name, value in members.items() if value is not None}


_SUMMARISED = (
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobArn",
    "HyperParameterTuningJobStatus",
    "CreationTime",
    "HyperParameterTuningEndTime",
    "LastModifiedTime",
    "TrainingJobStatusCounters",
    "ObjectiveStatusCounters",
)


def _definition(facts: TuningJobFacts) -> dict[str, Any] | None:
    return None if facts.stored.has_definitions else facts.stored.definition


def _definitions(facts: TuningJobFacts) -> list[dict[str, Any]] | None:
    return facts.stored.definitions if facts.stored.has_definitions else None


def _best(facts: TuningJobFacts) -> dict[str, Any] | None:
    return None if facts.best is None else trial.summary(facts.best, facts.stored, facts.place)


def _overall_best(facts: TuningJobFacts) -> dict[str, Any] | None:
    """The best of the tuning job and its parents, if all had the same task; of equals, the earliest."""
    job = facts.stored.record.job
    if job.transfer is not Transfer.IDENTICAL:
        return None
    best = facts.load_best_of_parents()
    own = facts.best
    if own is not None and (best is None or _loss(job, own) < _loss(job, best.trial)):
        best = TrainingJobRecord(facts.stored.record, own)
    if best is None:
        return None
    owner = Stored(best.tuning)
    return {**trial.summary(best.trial, owner, facts.place), "TuningJobName": owner.name}


def _loss(job: TuningJob, best: TrialRecord) -> float:
    return math.inf if best.value is None else job.objective.loss(best.value)


def _failure(facts: TuningJobFacts) -> str | None:
    failed = facts.summary.status is TuningStatus.FAILED
    return (facts.stored.record.reason or "")[:LONGEST] or None if failed else None


def _completion(facts: TuningJobFacts) -> dict[str, Any]:
    """How long there was no improvement to speak of, and when that was first long enough."""
    converged = facts.summary.converged_at
    details: dict[str, Any] = {"NumberOfTrainingJobsObjectiveNotImproving": facts.summary.not_improving}
    return details if converged is None else details | {"ConvergenceDetectedTime": converged}


def _consumed(facts: TuningJobFacts) -> dict[str, Any]:
    end = facts.summary.ended_at or facts.now
    return {"RuntimeInSeconds": max(0, int((end - facts.summary.created_at).total_seconds()))}


def _given(name: str) -> Callable[[TuningJobFacts], Any]:
    """Read a member that the request has, as it is there."""
    return lambda facts: facts.stored.request.get(name)


MEMBERS: Mapping[str, Callable[[TuningJobFacts], Any]] = {
    "HyperParameterTuningJobName": lambda facts: facts.summary.name,
    "HyperParameterTuningJobArn": lambda facts: facts.place.tuning_job(facts.summary.name),
    "HyperParameterTuningJobConfig": lambda facts: facts.stored.config,
    "TrainingJobDefinition": _definition,
    "TrainingJobDefinitions": _definitions,
    "HyperParameterTuningJobStatus": lambda facts: facts.summary.status.value,
    "CreationTime": lambda facts: facts.summary.created_at,
    "HyperParameterTuningEndTime": lambda facts: facts.summary.ended_at,
    "LastModifiedTime": lambda facts: facts.summary.modified_at,
    "TrainingJobStatusCounters": lambda facts: status.training_counters(
        facts.summary.counts, facts.summary.retryable
    ),
    "ObjectiveStatusCounters": lambda facts: status.objective_counters(facts.summary.objective_counts),
    "BestTrainingJob": _best,
    "OverallBestTrainingJob": _overall_best,
    "WarmStartConfig": _given("WarmStartConfig"),
    "Autotune": _given("Autotune"),
    "FailureReason": _failure,
    "TuningJobCompletionDetails": _completion,
    "ConsumedResources": _consumed,
}
"""How each member of a described tuning job is read, so that Search reads only what it is asked for."""
