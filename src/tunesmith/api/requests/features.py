"""What SageMaker has and this version has not: refused, rather than left undone without a word.

The rules of these features are checked before, each in its own module. A feature is switched on by deleting its
line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from tunesmith.api.call import Json
from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.completion import bounds_the_job

_CONFIG = "HyperParameterTuningJobConfig"

_Feature: TypeAlias = tuple[str, Callable[[Json], bool], str]  # its name, whether a structure uses it, advice

_OF_TUNING_JOBS: Sequence[_Feature] = (
    (
        "Strategy Hyperband",
        lambda r: r[_CONFIG]["Strategy"] == "Hyperband",
        "choose Bayesian, Random or Grid",
    ),
    (
        "TrainingJobEarlyStoppingType Auto",
        lambda r: r[_CONFIG].get("TrainingJobEarlyStoppingType") == "Auto",
        "choose Off",
    ),
    (
        "TuningJobCompletionCriteria",
        lambda r: bounds_the_job(r[_CONFIG]),
        "bound the tuning job with MaxNumberOfTrainingJobs or MaxRuntimeInSeconds",
    ),
    ("WarmStartConfig", lambda r: bool(r.get("WarmStartConfig")), "start without it"),
    (
        "TrainingJobDefinitions",
        lambda r: bool(r.get("TrainingJobDefinitions")),
        "give a single TrainingJobDefinition, in a tuning job for each",
    ),
    ("Autotune", lambda r: bool(r.get("Autotune")), "give ranges of your own in ParameterRanges"),
)

_OF_TRAINING_JOBS: Sequence[_Feature] = (
    ("RetryStrategy", lambda d: bool(d.get("RetryStrategy")), "leave it out"),
    (
        "EnableManagedSpotTraining",
        lambda d: bool(d.get("EnableManagedSpotTraining")),
        "leave it out; nothing interrupts training jobs here",
    ),
    (
        "CheckpointConfig",
        lambda d: bool(d.get("CheckpointConfig")),
        "leave it out; what a script keeps in its checkpoint folder stays on this machine",
    ),
    ("ServerlessJobConfig", lambda d: bool(d.get("ServerlessJobConfig")), "give an AlgorithmSpecification"),
)


def refuse_unsupported(request: Json, definitions: Iterable[Json]) -> None:
    """Raise ValidationError if a valid CreateHyperParameterTuningJob request asks for what is not there yet."""
    _refuse(_OF_TUNING_JOBS, request)
    for definition in definitions:
        refuse_unsupported_training(definition)


def refuse_unsupported_training(members: Json) -> None:
    """Raise ValidationError if a training job, or the definition of some, asks for what is not there yet."""
    _refuse(_OF_TRAINING_JOBS, members)


def _refuse(features: Sequence[_Feature], structure: Json) -> None:
    for name, is_used, advice in features:
        if is_used(structure):
            msg = f"{name} is not supported by this version of Tunesmith yet: {advice}."
            raise ValidationError(msg)
