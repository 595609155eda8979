"""What a stored job was asked with, completed: the one form from which all answers are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.responses import definition
from tunesmith.api.responses.homemade import request_of
from tunesmith.store.records import TuningJobRecord


@dataclass(frozen=True)
class Stored:
    """A stored tuning job, or the hidden one of a training job that stands alone, in SageMaker's words."""

    record: TuningJobRecord

    @cached_property
    def request(self) -> Json:
        """The request that made it; of a job that was not made through this interface, one that could have."""
        return request_of(self.record.job) if self.record.request is None else self.record.request

    @property
    def name(self) -> str:
        """Its name, also after it was deleted."""
        return self.record.former_name or self.record.job.name

    @cached_property
    def config(self) -> dict[str, Any]:
        """HyperParameterTuningJobConfig."""
        config: Json = self.request["HyperParameterTuningJobConfig"]
        trials = self.record.job.limits.trials
        bound = {} if trials is None else {"MaxNumberOfTrainingJobs": trials}
        filled = {
            "TrainingJobEarlyStoppingType": "Off",
            **config,
            "ResourceLimits": {**bound, **config["ResourceLimits"]},
        }
        if self.definition_name is None:
            filled["ParameterRanges"] = definition.all_ranges(config.get("ParameterRanges", {}))
        return filled

    @cached_property
    def definition(self) -> dict[str, Any]:
        """What its training jobs are made from, with StaticHyperParameters or HyperParameters."""
        job = self.record.job
        return definition.filled_in(self.request, job.metrics) if job.alone else self.definitions[0]

    @cached_property
    def definitions(self) -> list[dict[str, Any]]:
        """The definitions of a tuning job, of which there is one unless it came with TrainingJobDefinitions."""
        given = self.request.get("TrainingJobDefinitions") or [self.request["TrainingJobDefinition"]]
        return [definition.of_tuning_job(each, self.record.job) for each in given]

    @property
    def definition_name(self) -> str | None:
        """The name of its definition, if it came in TrainingJobDefinitions."""
        named = self.request.get("TrainingJobDefinitions")
        return named[0]["DefinitionName"] if named else None

    @cached_property
    def hyperparameters(self) -> Mapping[str, str]:
        """The hyperparameters that are the same for all its training jobs."""
        member = "HyperParameters" if self.record.job.alone else "StaticHyperParameters"
        given: Mapping[str, str] = self.definition.get(member, {})
        return given
