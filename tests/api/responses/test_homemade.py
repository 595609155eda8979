from __future__ import annotations

from collections.abc import Callable

from botocore.validate import ParamValidator

from tunesmith.api.model import service_model
from tunesmith.api.responses.homemade import request_of
from tunesmith.api.responses.stored import Stored
from tunesmith.core.tuning_job import Completion, Limits, ReportRange


def test_a_job_of_the_command_line_can_be_told_as_a_request(make_stored: Callable[..., Stored]) -> None:
    job = make_stored(
        limits=Limits(seconds=600.5), hyperparameters={"epochs": 3, "on": True}, max_seconds=9.5
    )
    request = request_of(job.record.job)
    shape = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob").input_shape
    assert shape is not None
    assert not ParamValidator().validate(request, shape).has_errors()
    config = request["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"] == {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}
    assert config["ParameterRanges"] == {
        "ContinuousParameterRanges": [
            {"Name": "lr", "MinValue": "0.001", "MaxValue": "1.0", "ScalingType": "Auto"}
        ],
        "IntegerParameterRanges": [
            {"Name": "depth", "MinValue": "1", "MaxValue": "9", "ScalingType": "Auto"}
        ],
        "CategoricalParameterRanges": [{"Name": "opt", "Values": ['"adam"', "sgd", "true"]}],
    }
    definition = request["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"epochs": "3", "on": "true"}
    assert definition["StoppingCondition"] == {"MaxRuntimeInSeconds": 9}


def test_what_may_end_it_early_is_told(make_stored: Callable[..., Stored]) -> None:
    job = make_stored(
        strategy="Hyperband",
        resource=ReportRange(least=2, most=9),
        completion=Completion(target=0.5, not_improving=3, converged=True),
    )
    request = request_of(job.record.job)
    shape = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob").input_shape
    assert shape is not None
    assert not ParamValidator().validate(request, shape).has_errors()
    config = request["HyperParameterTuningJobConfig"]
    assert config["StrategyConfig"] == {"HyperbandStrategyConfig": {"MinResource": 2, "MaxResource": 9}}
    assert config["TrainingJobEarlyStoppingType"] == "Off"
    assert config["TuningJobCompletionCriteria"] == {
        "TargetObjectiveMetricValue": 0.5,
        "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3},
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
    }
    assert make_stored(request=None, stopping="median").config["TrainingJobEarlyStoppingType"] == "Auto"


def test_such_a_job_can_be_described(make_stored: Callable[..., Stored]) -> None:
    stored = make_stored(request=None)
    assert stored.config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2}
    names = [metric["Name"] for metric in stored.definition["AlgorithmSpecification"]["MetricDefinitions"]]
    assert names == ["acc", "loss", "ObjectiveMetric"]


def test_a_job_with_algorithms_has_a_definition_for_each(make_stored: Callable[..., Stored]) -> None:
    stored = make_stored(request=None, definitions=("svm", "forest"))
    request = request_of(stored.record.job)
    shape = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob").input_shape
    assert shape is not None
    assert not ParamValidator().validate(request, shape).has_errors()
    assert "TrainingJobDefinition" not in request
    assert [each["DefinitionName"] for each in request["TrainingJobDefinitions"]] == ["svm", "forest"]
    assert request["TrainingJobDefinitions"][1]["TuningObjective"] == {
        "Type": "Maximize",
        "MetricName": "acc",
    }
    config = request["HyperParameterTuningJobConfig"]
    assert not {"ParameterRanges", "HyperParameterTuningJobObjective"} & config.keys()
    assert "ParameterRanges" not in stored.config
