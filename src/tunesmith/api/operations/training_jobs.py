"""The operations on training jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ApiError, ResourceInUse, ResourceNotFound, ValidationError
from tunesmith.api.operations.context import Context
from tunesmith.api.operations.listing import SORTS, answer, listing, load, nothing, wanted_states
from tunesmith.api.requests.tags import tags_of
from tunesmith.api.requests.training_job import check_update, training_job
from tunesmith.api.responses import status
from tunesmith.api.responses.place import Place
from tunesmith.api.responses.stored import Stored
from tunesmith.api.responses.training_job import TrainingJobFacts, describe, summary
from tunesmith.control.service import AlreadyEnded, NotFinal
from tunesmith.core.trial import TrialState
from tunesmith.store.errors import NameTaken, NotFound
from tunesmith.store.records import TrainingJobRecord

_NAME = "TrainingJobName"
_NOT_FOUND = "Requested resource not found."
_NEVER = ("WarmPoolStatusEquals", "TrainingPlanArnEquals")  # no training job here has either


def create(context: Context, call: Call) -> Json:
    """CreateTrainingJob. The same call once more, as clients repeat it, gets the same answer."""
    asked = training_job(call.request, context.for_request(call))
    arn = Place(call.region, call.account).training_job(asked.job.name)
    try:
        context.service.create_training_job(
            asked.job,
            asked.metrics,
            request=call.request,
            token=call.invocation,
            tags=tags_of(call.request.get("Tags")),
            retries=asked.retries,
            max_wait_seconds=asked.max_wait_seconds,
        )
    except ValueError as error:
        raise ValidationError(str(error)) from error
    except NameTaken:
        taken = context.store.training_job(asked.job.name)
        if call.invocation is None or not taken.tuning.job.alone or taken.tuning.token != call.invocation:
            msg = (
                f"A training job with the name {taken.trial.name} already exists. Names that differ only in upper "
                "and lower case are the same."
            )
            raise ResourceInUse(msg) from None
    return {"TrainingJobArn": arn}


def describe_one(context: Context, call: Call) -> Json:
    """DescribeTrainingJob."""
    with _found(ValidationError):
        return describe(_facts(context, call, context.store.training_job(call.request[_NAME])))


def list_page(context: Context, call: Call) -> Json:
    """ListTrainingJobs; the newest first, unless SortBy or SortOrder is given."""
    request = call.request
    states = wanted_states(request)
    default = "Ascending" if "SortBy" in request else "Descending"
    asked = listing(
        call,
        sort=SORTS[request.get("SortBy", "CreationTime")],
        descending=request.get("SortOrder", default) == "Descending",
        status=states,
    )
    never = states == frozenset() or any(member in request for member in _NEVER)
    page = nothing() if never else load(context.store.list_training_jobs, asked)
    return answer(call, "TrainingJobSummaries", page, lambda item: summary(_facts(context, call, item)))


def stop(context: Context, call: Call) -> None:
    """StopTrainingJob."""
    name = call.request[_NAME]
    with _found(ValidationError):
        try:
            _check_not_stopping(context, name)
            context.service.stop_training_job(name)
        except AlreadyEnded as refused:
            is_now = status.TRAINING[TrialState(refused.status)]
            msg = f"The request was rejected because the training job is in status {is_now}."
            raise ValidationError(msg) from None


def delete(context: Context, call: Call) -> None:
    """DeleteTrainingJob."""
    name = call.request[_NAME]
    with _found(ResourceNotFound):
        try:
            context.service.delete_training_job(name)
        except NotFinal as refused:
            is_now = status.TRAINING[TrialState(refused.status)]
            msg = f"The training job {name} is {is_now}, so it is not in a terminal state. Stop it before it is deleted."
            raise ResourceInUse(msg) from None


def update(context: Context, call: Call) -> Json:
    """UpdateTrainingJob: how long a machine is kept afterwards may be given, and has no effect."""
    with _found(ResourceNotFound):
        name = context.store.training_job(call.request[_NAME]).trial.name
    check_update(call.request)
    return {"TrainingJobArn": Place(call.region, call.account).training_job(name)}


def _facts(context: Context, call: Call, record: TrainingJobRecord) -> TrainingJobFacts:
    return TrainingJobFacts(
        stored=Stored(record.tuning, record.trial.definition),
        trial=record.trial,
        place=Place(call.region, call.account),
        load_points=partial(context.store.latest_metrics, record.tuning.job.name, record.trial.number),
    )


def _check_not_stopping(context: Context, name: str) -> None:
    """Refuse to stop again what is being stopped, as AWS does; the service would let it pass."""
    state = context.store.training_job(name).trial.state
    if state is TrialState.STOPPING:
        raise AlreadyEnded(name, state)


@contextmanager
def _found(refusal: type[ApiError]) -> Iterator[None]:
    """Say in the operation's own way that there is no such training job."""
    try:
        yield
    except NotFound:
        raise refusal(_NOT_FOUND) from None
