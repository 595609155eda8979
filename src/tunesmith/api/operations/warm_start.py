"""Warm start: the rules that only the parents can tell whether a request breaks, and the best of their results."""

from __future__ import annotations

from collections.abc import Iterator

from tunesmith.api.call import Json
from tunesmith.api.operations.context import Context
from tunesmith.api.requests import quotas
from tunesmith.api.requests.refusal import refuse_all, refusing
from tunesmith.api.responses.definition import filled_in
from tunesmith.api.responses.stored import Stored
from tunesmith.control import parents
from tunesmith.core.tuning_job import Transfer, TuningJob
from tunesmith.store.records import TrainingJobRecord
from tunesmith.store.store import Store

_FIELD = "WarmStartConfig"
# Other members of a definition may differ from a parent's.
_SAME = ("Environment", "RetryStrategy", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption")


def check_parents(context: Context, job: TuningJob, request: Json) -> None:
    """Raise ValidationError if a new tuning job cannot learn from its parents, ResourceLimitExceeded if from so many."""
    if not job.parents:
        return
    with refusing(_FIELD):
        parents.check_parents(context.store, job)
    found = [Stored(context.store.tuning_job(name)) for name in job.parents]
    refuse_all(_FIELD, [fault for parent in found for fault in _faults(job, request, parent)])
    trials = sum(sum(context.store.counts(name).values()) for name in job.parents)
    quota = "random_training_jobs" if job.strategy == "Random" else "training_jobs"
    quotas.check(quota, getattr(context.settings.quotas, quota), job.limits.trials or 0, used=trials)


def best_of_parents(store: Store, job: TuningJob) -> TrainingJobRecord | None:
    """The best result that the parents had when a tuning job was created, of equals the earliest."""
    results = [
        (job.objective.loss(trial.value), TrainingJobRecord(parent.record, trial))
        for parent in parents.parents_of(store, job)
        for trial in parent.trials
        if trial.value is not None and trial.state.is_usable
    ]
    return min(results, key=lambda result: result[0])[1] if results else None


def _faults(job: TuningJob, request: Json, parent: Stored) -> Iterator[str]:
    if parent.has_definitions:
        yield f"{parent.name!r} has TrainingJobDefinitions; only a tuning job with a single definition can be a parent"
        return
    ours, theirs = (
        filled_in(each["TrainingJobDefinition"], job.metrics) for each in (request, parent.request)
    )
    for member in _SAME:
        was, now = theirs.get(member), ours.get(member)
        if (was or None) != (now or None):
            yield f"TrainingJobDefinition.{member} was {was} in {parent.name!r} and is {now} now; make it the same"
    image, earlier = (each["AlgorithmSpecification"].get("TrainingImage") for each in (ours, theirs))
    if job.transfer is Transfer.IDENTICAL and earlier is not None and image != earlier:
        yield (
            f"TrainingImage was {earlier} in {parent.name!r} and is {image} now; use the same image, "
            f"or choose the WarmStartType {Transfer.RELATED}"
        )
