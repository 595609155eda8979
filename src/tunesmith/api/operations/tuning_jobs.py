"""The operations on tuning jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ResourceInUse, ResourceNotFound, ValidationError
from tunesmith.api.operations.context import Context
from tunesmith.api.operations.listing import SORTS, answer, listing, load, nothing, wanted_states
from tunesmith.api.operations.warm_start import best_of_parents, check_parents
from tunesmith.api.requests import quotas
from tunesmith.api.requests.budget import with_money
from tunesmith.api.requests.pausing import with_pausing
from tunesmith.api.requests.tags import tags_of
from tunesmith.api.requests.tuning_job import tuning_job
from tunesmith.api.responses import trial
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.tuning_job import TuningJobFacts, describe, summary
from tunesmith.control.service import AlreadyEnded, NotFinal
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.records import TrainingJobRecord, TuningJobRecord, TuningJobSummary

_NAME = "HyperParameterTuningJobName"
_HINT = (
    "Names that differ only in upper and lower case are the same. The AWS SDKs make names of the time in minutes, so "
    "two tuning jobs that are started within a minute need names of their own: give one, or another base_tuning_job_name."
)


def create(context: Context, call: Call) -> Json:
    """CreateHyperParameterTuningJob. The same call once more, as clients repeat it, gets the same answer."""
    job = tuning_job(call.request, context.for_request(call))
    tags = tags_of(call.request.get("Tags"))
    job = with_pausing(with_money(job, tags, context.settings.price), tags)
    arn = _place(call).tuning_job(job.name)
    taken = _find(context, job.name)
    if taken is None:
        quotas.check_concurrent_tuning_jobs(context.settings.quotas, context.store.count_open())
        check_parents(context, job, call.request)
        try:
            context.service.create_tuning_job(job, request=call.request, token=call.invocation, tags=tags)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        except NameTaken:  # by another call at this moment
            taken = context.store.tuning_job(job.name)
    if taken is not None and (call.invocation is None or taken.token != call.invocation):
        msg = f"A tuning job with the name {taken.job.name} already exists. {_HINT}"
        raise ResourceInUse(msg)
    return {"HyperParameterTuningJobArn": arn}


def describe_one(context: Context, call: Call) -> Json:
    """DescribeHyperParameterTuningJob."""
    name = call.request[_NAME]
    with _found(name):
        found = context.store.overview(name)
    facts = TuningJobFacts(
        summary=found.summary,
        load_record=lambda: found.record,
        load_best=lambda: found.best,
        load_best_of_parents=lambda: best_of_parents(context.store, found.record.job),
        place=_place(call),
        now=context.now(),
    )
    return describe(facts)


def list_page(context: Context, call: Call) -> Json:
    """ListHyperParameterTuningJobs."""
    request = call.request
    wanted = request.get("StatusEquals")
    known = {each.value: each for each in TuningStatus}
    asked = listing(
        call,
        sort=SORTS[request.get("SortBy", "Name")],
        descending=request.get("SortOrder") == "Descending",
        status=known.get(wanted) if wanted else None,
    )
    page = nothing() if wanted and wanted not in known else load(context.store.list_tuning_jobs, asked)
    return answer(
        call, "HyperParameterTuningJobSummaries", page, lambda item: summary(_facts(context, call, item))
    )


def list_training_jobs(context: Context, call: Call) -> Json:
    """ListTrainingJobsForHyperParameterTuningJob; by value, those without a final one are left out."""
    request, name = call.request, call.request[_NAME]
    states = wanted_states(request)
    asked = listing(
        call,
        sort=SORTS[request.get("SortBy", "Name")],
        descending=request.get("SortOrder") == "Descending",
        status=states,
    )
    with _found(name):
        stored = Stored(context.store.tuning_job(name))
        query = partial(context.store.list_training_jobs, tuning_job=name)
        page = nothing() if states == frozenset() else load(query, asked)

    def summarised(item: TrainingJobRecord) -> Json:
        return trial.summary(item.trial, stored, _place(call))

    return answer(call, "TrainingJobSummaries", page, summarised)


def stop(context: Context, call: Call) -> None:
    """StopHyperParameterTuningJob."""
    name = call.request[_NAME]
    with _found(name):
        try:
            _check_not_stopping(context, name)
            context.service.stop_tuning_job(name)
        except AlreadyEnded as refused:
            msg = f"The tuning job {name} cannot be stopped: its status is already {refused.status.value}."
            raise ValidationError(msg) from None


def delete(context: Context, call: Call) -> None:
    """DeleteHyperParameterTuningJob: the tuning job goes, its training jobs stay."""
    name = call.request[_NAME]
    with _found(name):
        try:
            context.service.delete_tuning_job(name)
        except NotFinal as refused:
            is_now = refused.status.value
            msg = f"The tuning job {name} is {is_now}, so it is not in a terminal state. Stop it before it is deleted."
            raise ValidationError(msg) from None


def _check_not_stopping(context: Context, name: str) -> None:
    """Refuse to stop again what is being stopped, as AWS does; the service would let it pass."""
    is_now = context.store.status(name)
    if is_now is TuningStatus.STOPPING:
        raise AlreadyEnded(name, is_now)


def _facts(context: Context, call: Call, found: TuningJobSummary) -> TuningJobFacts:
    return TuningJobFacts(
        summary=found,
        load_record=partial(context.store.tuning_job, found.name),
        load_best=partial(context.store.best_trial, found.name),
        place=_place(call),
        now=context.now(),
    )


def _find(context: Context, name: str) -> TuningJobRecord | None:
    try:
        return context.store.tuning_job(name)
    except NotFound:
        return None


@contextmanager
def _found(name: str) -> Iterator[None]:
    try:
        yield
    except NotFound:
        msg = f"Amazon SageMaker can't find a tuning job with the name {name}."
        raise ResourceNotFound(msg) from None


def _place(call: Call) -> Place:
    return Place(call.region, call.account)
