"""The table of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from tunesmith.api import tags
from tunesmith.api.call import Call, Json, Operation
from tunesmith.api.operations import training_jobs, tuning_jobs
from tunesmith.api.operations.context import Context
from tunesmith.api.search.search import search
from tunesmith.api.search.suggestions import suggestions

_InContext: TypeAlias = Callable[[Context, Call], Json | None]

_OPERATIONS: Mapping[str, _InContext] = {
    "CreateHyperParameterTuningJob": tuning_jobs.create,
    "DescribeHyperParameterTuningJob": tuning_jobs.describe_one,
    "ListHyperParameterTuningJobs": tuning_jobs.list_page,
    "StopHyperParameterTuningJob": tuning_jobs.stop,
    "DeleteHyperParameterTuningJob": tuning_jobs.delete,
    "ListTrainingJobsForHyperParameterTuningJob": tuning_jobs.list_training_jobs,
    "CreateTrainingJob": training_jobs.create,
    "DescribeTrainingJob": training_jobs.describe_one,
    "ListTrainingJobs": training_jobs.list_page,
    "StopTrainingJob": training_jobs.stop,
    "DeleteTrainingJob": training_jobs.delete,
    "UpdateTrainingJob": training_jobs.update,
    "AddTags": lambda context, call: tags.add(context.store, call),
    "ListTags": lambda context, call: tags.list_page(context.store, call),
    "DeleteTags": lambda context, call: tags.delete(context.store, call),
    "Search": lambda context, call: search(context.store, call, context.now()),
    "GetSearchSuggestions": lambda context, call: suggestions(context.store, call, context.now()),
}


class Operations:
    """The operations of the SageMaker API, bound to a server."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> dict[str, Operation]:
        """The operations by name."""
        return {name: partial(operation, self._context) for name, operation in _OPERATIONS.items()}
