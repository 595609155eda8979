"""A tuning job as a program that creates it with SageMaker's Python SDK, version 2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.snippets.creation import Creation
from tunesmith.api.snippets.python_text import Code, call, comments
from tunesmith.storage.location import is_s3
from tunesmith.training.script_mode import decode

_MODULES = {
    "sagemaker.estimator": ("Estimator",),
    "sagemaker.inputs": ("TrainingInput",),
    "sagemaker.tuner": (
        "CategoricalParameter",
        "ContinuousParameter",
        "HyperbandStrategyConfig",
        "HyperparameterTuner",
        "IntegerParameter",
        "StrategyConfig",
        "TuningJobCompletionCriteriaConfig",
        "WarmStartConfig",
        "WarmStartTypes",
    ),
}
_PROGRAM = ("sagemaker_program", "sagemaker_submit_directory")
_ADDED = ("sagemaker_", "_tuning_")  # begin the names of hyperparameters that the SDK and the service add
_NUMBERS: dict[str, tuple[str, Callable[[str], float]]] = {
    "ContinuousParameterRanges": ("ContinuousParameter", float),
    "IntegerParameterRanges": ("IntegerParameter", int),
}


def text_of(creation: Creation) -> str:
    """Write a Python program. Raises ValueError for a tuning job that the SDK has other ways to make."""
    request = creation.request
    if "TrainingJobDefinition" not in request:
        msg = "several algorithms are not written for SageMaker's SDK; choose boto3"
        raise ValueError(msg)
    if request.get("Autotune"):
        msg = "a tuning job with Autotune is not written for SageMaker's SDK; choose boto3"
        raise ValueError(msg)
    definition, config = request["TrainingJobDefinition"], request["HyperParameterTuningJobConfig"]
    inputs = {channel["ChannelName"]: _input(channel) for channel in definition.get("InputDataConfig", ())}
    fit = call(
        "tuner.fit",
        inputs or None,
        job_name=request["HyperParameterTuningJobName"],
        include_cls_metadata=False,
        wait=False,
    )
    estimator, tuner = _estimator(definition), _tuner(config, definition, request.get("WarmStartConfig"))
    program = f"{_imports(estimator + tuner + fit)}\n\nestimator = {estimator}\ntuner = {tuner}\n{fit}\n"
    return comments([*creation.remarks, *_left_out(request)]) + program


def _imports(program: str) -> str:
    """The imports that a program needs."""
    lines = []
    for module, names in _MODULES.items():
        used = [name for name in names if re.search(rf"(?<![\w'\"]){name}[(.]", program)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}")
    return "\n".join(lines)


def _estimator(definition: Json) -> Code:
    given = definition.get("StaticHyperParameters", {})
    own = {name: text for name, text in given.items() if not name.startswith(_ADDED)}
    is_script = _PROGRAM[0] in given  # whose hyperparameters the SDK writes as JSON
    static = {name: decode(text) for name, text in own.items()} if is_script else own
    algorithm, resources = definition["AlgorithmSpecification"], definition["ResourceConfig"]
    ends, checkpoints = definition.get("StoppingCondition", {}), definition.get("CheckpointConfig", {})
    output = definition["OutputDataConfig"]["S3OutputPath"]
    program, source = (decode(given[name]) if name in given else None for name in _PROGRAM)
    return call(
        "Estimator",
        image_uri=algorithm["TrainingImage"],
        role=definition["RoleArn"],
        entry_point=program,
        source_dir=source,
        hyperparameters=static or None,
        instance_count=resources.get("InstanceCount"),
        instance_type=resources.get("InstanceType"),
        volume_size=resources.get("VolumeSizeInGB"),
        max_run=ends.get("MaxRuntimeInSeconds"),
        use_spot_instances=definition.get("EnableManagedSpotTraining"),
        max_wait=ends.get("MaxWaitTimeInSeconds"),
        max_retry_attempts=definition.get("RetryStrategy", {}).get("MaximumRetryAttempts"),
        input_mode=algorithm["TrainingInputMode"],
        output_path=output if is_s3(output) else None,
        checkpoint_s3_uri=checkpoints.get("S3Uri"),
        environment=definition.get("Environment") or None,
    )


def _tuner(config: Json, definition: Json, warm_start: Json | None) -> Code:
    objective, limits = config["HyperParameterTuningJobObjective"], config["ResourceLimits"]
    return call(
        "HyperparameterTuner",
        Code("estimator"),
        objective_metric_name=objective["MetricName"],
        objective_type=objective["Type"],
        hyperparameter_ranges=dict(_ranges(config["ParameterRanges"])),
        metric_definitions=definition["AlgorithmSpecification"].get("MetricDefinitions"),
        strategy=config["Strategy"],
        strategy_config=_strategy(config.get("StrategyConfig")),
        max_jobs=limits.get("MaxNumberOfTrainingJobs"),
        max_parallel_jobs=limits["MaxParallelTrainingJobs"],
        max_runtime_in_seconds=limits.get("MaxRuntimeInSeconds"),
        early_stopping_type=config.get("TrainingJobEarlyStoppingType"),
        completion_criteria_config=_completion(config.get("TuningJobCompletionCriteria")),
        warm_start_config=_warm_start(warm_start),
        random_seed=config.get("RandomSeed"),
    )


def _ranges(ranges: Json) -> Iterator[tuple[str, Code]]:
    for kind, (parameter, number) in _NUMBERS.items():
        for each in ranges.get(kind, ()):
            low, high = number(each["MinValue"]), number(each["MaxValue"])
            yield each["Name"], call(parameter, low, high, each.get("ScalingType", "Auto"))
    for each in ranges.get("CategoricalParameterRanges", ()):
        yield each["Name"], call("CategoricalParameter", each["Values"])


def _strategy(config: Json | None) -> Code | None:
    if config is None:
        return None
    resources = config["HyperbandStrategyConfig"]
    least, most = resources.get("MinResource"), resources.get("MaxResource")
    hyperband = call("HyperbandStrategyConfig", max_resource=most, min_resource=least)
    return call("StrategyConfig", hyperband_strategy_config=hyperband)


def _completion(criteria: Json | None) -> Code | None:
    if not criteria:
        return None
    stalled: Any = criteria.get("BestObjectiveNotImproving", {})
    converged = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence")
    return call(
        "TuningJobCompletionCriteriaConfig",
        max_number_of_training_jobs_not_improving=stalled.get("MaxNumberOfTrainingJobsNotImproving"),
        complete_on_convergence=None if converged is None else converged == "Enabled",
        target_objective_metric_value=criteria.get("TargetObjectiveMetricValue"),
    )


def _warm_start(config: Json | None) -> Code | None:
    if config is None:
        return None
    names = [each["HyperParameterTuningJobName"] for each in config["ParentHyperParameterTuningJobs"]]
    kinds = {
        "TransferLearning": "TRANSFER_LEARNING",
        "IdenticalDataAndAlgorithm": "IDENTICAL_DATA_AND_ALGORITHM",
    }
    kind = Code(f"WarmStartTypes.{kinds[config['WarmStartType']]}")
    return call("WarmStartConfig", warm_start_type=kind, parents=Code(f"set({names!r})"))


def _input(channel: Json) -> Code:
    source = channel["DataSource"]["S3DataSource"]
    return call(
        "TrainingInput",
        source["S3Uri"],
        distribution=source.get("S3DataDistributionType"),
        content_type=channel.get("ContentType"),
        s3_data_type=source["S3DataType"],
        input_mode=channel.get("InputMode"),
    )


def _left_out(request: Json) -> Iterator[str]:
    output = request["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
    if not is_s3(output):
        yield f"the SDK takes s3:// addresses alone for models; they go to its default bucket, not to {output}"
    if request.get("Tags"):
        yield f"tags are left out: {', '.join(tag['Key'] for tag in request['Tags'])}"
