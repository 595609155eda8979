"""What a stored job was asked with, completed: the one form from which all answers are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.parameter_ranges import ranges_of
from tunesmith.api.responses import definition
from tunesmith.api.responses.homemade import request_of
from tunesmith.core.objective import Objective
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TuningJobRecord

_CONVERGED: Json = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}


@dataclass(frozen=True)
class Stored:
    """A stored tuning job, or the hidden one of a training job that stands alone, in SageMaker's words."""

    record: TuningJobRecord
    chosen: str | None = (
        None  # the definition that `definition` and all that is read from it are; None: the first
    )

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
        limits = self.record.job.limits  # people may have changed them since
        now = {
            "MaxNumberOfTrainingJobs": limits.trials,
            "MaxParallelTrainingJobs": limits.parallel,
            "MaxRuntimeInSeconds": None if limits.seconds is None else math.ceil(limits.seconds),
        }
        bounds = {name: value for name, value in now.items() if value is not None}
        filled = {
            "TrainingJobEarlyStoppingType": "Auto" if self.record.job.stopping else "Off",
            **config,
            "ResourceLimits": {**config["ResourceLimits"], **bounds},
        }
        if not self.has_definitions:
            filled["ParameterRanges"] = definition.all_ranges(self._ranges(config))
        if self.request.get("Autotune") and self.record.job.completion.converged:
            filled.setdefault("TuningJobCompletionCriteria", _CONVERGED)
        return filled

    @cached_property
    def definition(self) -> dict[str, Any]:
        """What its training jobs are made from, with StaticHyperParameters or HyperParameters."""
        job = self.record.job
        if job.alone:
            return definition.filled_in(self.request, job.metrics)
        return self.definitions[0 if self.chosen is None else list(job.parts).index(self.chosen)]

    @cached_property
    def definitions(self) -> list[dict[str, Any]]:
        """The definitions of a tuning job, of which there is one unless it came with TrainingJobDefinitions."""
        given = self.request.get("TrainingJobDefinitions") or [self.request["TrainingJobDefinition"]]
        parts = self.record.job.parts.values()
        return [
            definition.of_tuning_job(self._with_chosen(each, part), part)
            for each, part in zip(given, parts, strict=True)
        ]

    def _with_chosen(self, given: Json, part: TuningJob) -> Json:
        """A definition; with Autotune, what is not tuned has become static, and the ranges that were chosen are told."""
        if not self.request.get("Autotune"):
            return given
        filled = {**given, "StaticHyperParameters": dict(part.hyperparameters)}
        if self.has_definitions:
            ranges = given.get("HyperParameterRanges") or {}
            filled["HyperParameterRanges"] = {**ranges, **ranges_of(part.space.parameters)}
        return filled

    def _ranges(self, config: Json) -> Json:
        """ParameterRanges; with Autotune, those that were chosen beside what they were chosen from."""
        given: Json = config.get("ParameterRanges", {})
        if not self.request.get("Autotune"):
            return given
        return {**given, **ranges_of(self.record.job.space.parameters)}

    @property
    def has_definitions(self) -> bool:
        """Whether it came with TrainingJobDefinitions, each of which has a name."""
        return bool(self.record.job.definitions)

    @property
    def objective(self) -> Objective:
        """The objective of its training jobs."""
        parts = self.record.job.parts
        return next(iter(parts.values())).objective if self.chosen is None else parts[self.chosen].objective

    @cached_property
    def hyperparameters(self) -> Mapping[str, str]:
        """The hyperparameters that are the same for all its training jobs."""
        member = "HyperParameters" if self.record.job.alone else "StaticHyperParameters"
        given: Mapping[str, str] = self.definition.get(member, {})
        return given
