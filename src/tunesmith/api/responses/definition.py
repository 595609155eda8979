"""Training job definitions as they are described: what the user sent, and what the service adds.

Clients rely on the additions: AWS's own SDK reads most of them without asking whether they are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tunesmith.api.call import Json
from tunesmith.core.tuning_job import MetricPattern, TuningJob
from tunesmith.training.script_mode import OBJECTIVE_KEY

OBJECTIVE_METRIC = "ObjectiveMetric"
"""The metric that the service adds: the objective under a name that is always the same."""

_SWITCHES = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
_DAY = 86_400
_VOLUME_GB = 30  # what AWS's SDK asks for when its user does not


def of_tuning_job(definition: Json, job: TuningJob) -> dict[str, Any]:
    """A definition of a tuning job with all that the service adds."""
    filled = filled_in(definition, job.metrics)
    metric = definition.get("TuningObjective", {}).get("MetricName", job.objective.metric)
    filled["StaticHyperParameters"] = {**filled.get("StaticHyperParameters", {}), OBJECTIVE_KEY: metric}
    metrics = filled["AlgorithmSpecification"]["MetricDefinitions"]
    metrics += [{**given, "Name": OBJECTIVE_METRIC} for given in metrics if given["Name"] == metric]
    if "HyperParameterRanges" in definition:
        filled["HyperParameterRanges"] = all_ranges(definition["HyperParameterRanges"])
    return filled


def filled_in(definition: Json, patterns: Iterable[MetricPattern]) -> dict[str, Any]:
    """A definition, or the request for a training job, with what is added to both."""
    algorithm = definition.get("AlgorithmSpecification", {})
    filled: dict[str, Any] = {**dict.fromkeys(_SWITCHES, False), **definition}
    filled["AlgorithmSpecification"] = {**algorithm, "MetricDefinitions": _metrics(algorithm, patterns)}
    filled["OutputDataConfig"] = {"KmsKeyId": "", **definition.get("OutputDataConfig", {})}
    filled["StoppingCondition"] = {"MaxRuntimeInSeconds": _DAY, **definition.get("StoppingCondition", {})}
    filled["ResourceConfig"] = _resources(definition)
    if "InputDataConfig" in definition:
        filled["InputDataConfig"] = [
            {"CompressionType": "None", "RecordWrapperType": "None", **channel}
            for channel in definition["InputDataConfig"]
        ]
    return filled


def _metrics(algorithm: Json, patterns: Iterable[MetricPattern]) -> list[dict[str, Any]]:
    """The metric definitions that were asked for, after those that come with the image."""
    asked = [dict(given) for given in algorithm.get("MetricDefinitions", ())]
    names = {given["Name"] for given in asked} | {OBJECTIVE_METRIC}
    own = [{"Name": each.name, "Regex": each.regex} for each in patterns if each.name not in names]
    return own + asked


def all_ranges(ranges: Json) -> dict[str, Any]:
    """Parameter ranges with all three lists, empty ones too."""
    kinds = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
    return {**{kind: [] for kind in kinds}, **ranges}


def _resources(definition: Json) -> dict[str, Any]:
    """ResourceConfig, also of a definition that came with HyperParameterTuningResourceConfig alone."""
    tuning = definition.get("HyperParameterTuningResourceConfig", {})
    first = (tuning.get("InstanceConfigs") or [tuning])[0]
    named = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    given = definition.get("ResourceConfig") or {name: first[name] for name in named if name in first}
    key = {"VolumeKmsKeyId": tuning["VolumeKmsKeyId"]} if "VolumeKmsKeyId" in tuning else {}
    return {"InstanceCount": 1, "VolumeSizeInGB": _VOLUME_GB, **key, **given}
