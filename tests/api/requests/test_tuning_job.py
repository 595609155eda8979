"""Every rule of a tuning job's creation: what breaks it, and the nearest that does not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tunesmith.api.errors import ApiError, ResourceLimitExceeded, ServiceUnavailable, ValidationError
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.tuning_job import tuning_job
from tunesmith.api.settings import ImageRule, Quotas, Settings
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer
from tunesmith.core.training_job import Channel, Resources, Script
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, TuningJob
from tunesmith.storage.shelf import LocationError, TransferError

Build = Callable[[dict[str, Any]], dict[str, Any]]
Server = Callable[..., RequestContext]

CONFIG = "HyperParameterTuningJobConfig"
CONTINUOUS = f"{CONFIG}.ParameterRanges.ContinuousParameterRanges"
LIMITS = f"{CONFIG}.ResourceLimits"
TRIALS = f"{LIMITS}.MaxNumberOfTrainingJobs"
STATIC = "TrainingJobDefinition.StaticHyperParameters"
ALGORITHM = "TrainingJobDefinition.AlgorithmSpecification"
CHANNEL = "TrainingJobDefinition.InputDataConfig.0"
STOPPING = "TrainingJobDefinition.StoppingCondition"
INTEGERS = {"Name": "n", "MinValue": "1", "MaxValue": "5"}
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
GRID = {
    f"{CONFIG}.Strategy": "Grid",
    TRIALS: ...,
    f"{CONFIG}.ParameterRanges": {
        "CategoricalParameterRanges": [
            {"Name": "a", "Values": ["1", "2"]},
            {"Name": "b", "Values": ["1", "2", "3"]},
        ]
    },
}
FINITE = {f"{CONFIG}.ParameterRanges": {"IntegerParameterRanges": [INTEGERS]}}
BUILTIN = {
    f"{CONFIG}.HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
    f"{CONFIG}.ParameterRanges": {
        "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}],
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
    },
    ALGORITHM: {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
    STATIC: {"num_round": "20", "objective": "binary:logistic"},
}


def metrics(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Regex": regex} for name, regex in pairs]


def test_a_request_becomes_a_tuning_job(tuning: Build, context: Server) -> None:
    server = context()
    job = tuning_job(tuning({f"{CONFIG}.RandomSeed": 7}), server)
    assert (job.name, job.strategy, job.seed, job.limits) == ("tune-1", "Random", 7, Limits(20, 2))
    assert job.objective == Objective("loss", Goal.MINIMIZE)
    assert job.metrics == (MetricPattern("loss", "loss=([0-9.]+)"),)
    assert job.work == Script("s3://code/sourcedir.tar.gz", "train.py")
    assert job.space.parameters == (
        Integer("layers", 1, 8),
        Continuous("lr", 0.001, 0.1),
        Categorical("optimizer", ("sgd", "adam")),
    )
    assert job.hyperparameters == {
        "epochs": "10",
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://code/sourcedir.tar.gz",
        "_tuning_objective_metric": "loss",
    }
    assert job.channels == {"train": Channel("s3://data/train/")}
    assert job.output == "s3://models/out"
    assert (job.resources, job.max_seconds, job.grace_seconds) == (Resources(2, 0), 3600, 120)
    assert (job.isolation, job.created_at, job.alone) == ("none", server.now, False)


def test_without_a_seed_one_is_drawn(tuning: Build, context: Server) -> None:
    seeds = {tuning_job(tuning({}), context()).seed for _ in range(5)}
    assert len(seeds) > 1
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_operator_chooses_the_isolation(tuning: Build, context: Server) -> None:
    server = context(settings=Settings(isolation="bubblewrap"))
    assert tuning_job(tuning({}), server).isolation == "bubblewrap"


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        # one definition, with its objective and ranges in the configuration
        ({"TrainingJobDefinition": ...}, ("TrainingJobDefinition: is missing",), {}),
        ({"TrainingJobDefinitions": [{}]}, ("TrainingJobDefinition: ", "one of both"), {}),
        ({f"{CONFIG}.HyperParameterTuningJobObjective": ...}, ("Objective: is missing",), {}),
        (
            {"TrainingJobDefinition.TuningObjective": {"Type": "Minimize", "MetricName": "loss"}},
            ("TuningObjective", f"give {CONFIG}.HyperParameterTuningJobObjective"),
            {"TrainingJobDefinition.DefinitionName": "only"},
        ),
        # metrics
        (
            {f"{ALGORITHM}.MetricDefinitions": metrics(("accuracy", "a=(.*)"))},
            ("MetricName: 'loss'", "these are accuracy", "MetricDefinitions"),
            {f"{ALGORITHM}.MetricDefinitions": metrics(("accuracy", "a=(.*)"), ("loss", "l=(.*)"))},
        ),
        ({f"{ALGORITHM}.MetricDefinitions": ...}, ("'loss'", "there are none"), {}),
        (
            {f"{ALGORITHM}.MetricDefinitions": metrics(("loss", "l=(.*)"), ("loss", "m=(.*)"))},
            ("MetricDefinitions: 'loss' is defined more than once",),
            {},
        ),
        (
            {f"{ALGORITHM}.MetricDefinitions": metrics(("loss", "(l=("), ("b", "none"))},
            ("'(l=('", "'none'", "needs a group"),
            {},
        ),
        # what is tuned
        ({f"{CONFIG}.ParameterRanges": ...}, ("ParameterRanges", "at least one"), {}),
        (
            {f"{CONFIG}.ParameterRanges": {"IntegerParameterRanges": []}},
            ("at least one",),
            {f"{CONFIG}.ParameterRanges.IntegerParameterRanges": []},
        ),
        (
            {f"{CONFIG}.ParameterRanges.AutoParameters": [{"Name": "a", "ValueHint": "1"}]},
            ("AutoParameters", "Autotune"),
            {f"{CONFIG}.ParameterRanges.AutoParameters": []},
        ),
        ({f"{CONTINUOUS}.0.MaxValue": "0.001"}, ("lr", "less than"), {f"{CONTINUOUS}.0.MaxValue": "0.002"}),
        ({f"{STATIC}.lr": "0.1"}, ("StaticHyperParameters: lr cannot be both",), {f"{STATIC}.LR": "0.1"}),
        (
            {f"{CONTINUOUS}.0.Name": "_tuning_objective_metric"},
            ("_tuning_objective_metric", "cannot be tuned"),
            {f"{STATIC}._tuning_objective_metric": "loss"},
        ),
        (
            {STATIC: {f"p{i}": "1" for i in range(97)}},
            ("101 hyperparameters", "100"),
            {STATIC: {f"p{i}": "1" for i in range(96)}, f"{ALGORITHM}.TrainingImage": "mine:1"},
        ),
        ({f"{STATIC}.a": "\0"}, ("'a'", "NUL"), {f"{STATIC}.a": ""}),
        ({f"{CONTINUOUS}.0.Name": "a=b"}, ("'a=b'", "'='"), {f"{CONTINUOUS}.0.Name": "a-b"}),
        # limits
        (
            {TRIALS: ...},
            ("ResourceLimits", "never end"),
            {TRIALS: ..., f"{LIMITS}.MaxRuntimeInSeconds": 600},
        ),
        (FINITE | {TRIALS: 6}, ("5 combinations", "6 training jobs"), FINITE | {TRIALS: 5}),
        (GRID | {TRIALS: 5}, ("5 is not the number", "6"), GRID | {TRIALS: 6}),
        (
            {f"{CONFIG}.Strategy": "Grid"},
            ("categorical ranges only", "layers, lr"),
            GRID,
        ),
        ({f"{CONFIG}.RandomSeed": 2**31}, ("RandomSeed", "2147483647"), {f"{CONFIG}.RandomSeed": 0}),
        (
            {f"{CONFIG}.TuningJobCompletionCriteria.TargetObjectiveMetricValue": math.inf},
            ("TargetObjectiveMetricValue", "inf"),
            {f"{CONFIG}.TuningJobCompletionCriteria.ConvergenceDetected.CompleteOnConvergence": "Disabled"},
        ),
        # strategies
        (
            {f"{CONFIG}.StrategyConfig.HyperbandStrategyConfig.MaxResource": 9},
            ("StrategyConfig", "Random"),
            {f"{CONFIG}.TrainingJobEarlyStoppingType": "Off"},
        ),
        # training jobs
        (
            {f"{STOPPING}.MaxWaitTimeInSeconds": 7200},
            ("only supported when EnableManagedSpotTraining is set",),
            {
                f"{STOPPING}.MaxRuntimeInSeconds": ...,
                "TrainingJobDefinition.EnableManagedSpotTraining": False,
            },
        ),
        (
            {"TrainingJobDefinition.ResourceConfig.InstanceCount": 2},
            ("InstanceCount", "2", "one machine"),
            {"TrainingJobDefinition.ResourceConfig.InstanceCount": ...},
        ),
        (
            {f"{CHANNEL}.InputMode": "Pipe"},
            ("TrainingJobDefinition.InputDataConfig[0].InputMode", "Pipe", "FastFile"),
            {f"{CHANNEL}.InputMode": "FastFile"},
        ),
        (
            {"TrainingJobDefinition.OutputDataConfig.S3OutputPath": "https://s3.amazonaws.com/a/b"},
            ("S3OutputPath", "https", "s3://bucket"),
            {"TrainingJobDefinition.OutputDataConfig.S3OutputPath": "file:///srv/models"},
        ),
        (
            {"TrainingJobDefinition.Environment": {"A": "\0"}},
            ("Environment", "'A'"),
            {"TrainingJobDefinition.Environment": {f"V{i}": "1" for i in range(48)}},
        ),
        (
            {f"{ALGORITHM}.TrainingImage": "mine:1", STATIC: {}},
            ("TrainingImage", "'mine:1'", "images: [{pattern:", "mode: command"),
            {f"{ALGORITHM}.TrainingImage": "mine:1"},
        ),
        # built-in
        (
            BUILTIN | {f"{CONFIG}.HyperParameterTuningJobObjective.MetricName": "validation:lift"},
            ("'validation:lift'", "validation:auc"),
            BUILTIN,
        ),
        (
            BUILTIN | {f"{CONTINUOUS}.0.Name": "scale_pos_weight"},
            ("scale_pos_weight: is not tunable", "max_depth"),
            BUILTIN | {f"{CONTINUOUS}.0.Name": "subsample"},
        ),
        (
            BUILTIN | {f"{STATIC}.num_round": ...},
            ("StaticHyperParameters", "'num_round'", "required"),
            BUILTIN | {f"{STATIC}.eval_metric": "rmse"},
        ),
        # the rest
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            ("Tags", "'a'"),
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        ),
    ],
)
def test_a_broken_rule_is_refused_and_the_nearest_right_request_is_not(
    tuning: Build, context: Server, wrong: dict[str, Any], words: tuple[str, ...], right: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        tuning_job(tuning(wrong), context())
    assert [word for word in words if word not in refused.value.message] == []
    server = context(settings=Settings(images=(ImageRule("^mine:", "command", command=("run",)),)))
    assert isinstance(tuning_job(tuning(right), server), TuningJob)


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        ({TRIALS: 751, f"{CONFIG}.Strategy": "Bayesian"}, ("'training_jobs' is 750", "751"), {TRIALS: 751}),
        ({TRIALS: 10_001}, ("'random_training_jobs' is 10000", "10001"), {TRIALS: 10_000}),
        (
            {f"{LIMITS}.MaxParallelTrainingJobs": 101},
            ("'parallel_training_jobs' is 100", "101", "quotas.parallel_training_jobs"),
            {f"{LIMITS}.MaxParallelTrainingJobs": 100},
        ),
        (
            {f"{LIMITS}.MaxRuntimeInSeconds": 30 * 86400 + 1},
            ("'tuning_seconds' is 2592000",),
            {f"{LIMITS}.MaxRuntimeInSeconds": 30 * 86400},
        ),
        (
            {f"{STOPPING}.MaxRuntimeInSeconds": 28 * 86400 + 1},
            ("'training_seconds' is 2419200",),
            {f"{STOPPING}.MaxRuntimeInSeconds": 28 * 86400},
        ),
    ],
)
def test_more_than_a_quota_is_refused(
    tuning: Build, context: Server, wrong: dict[str, Any], words: tuple[str, ...], right: dict[str, Any]
) -> None:
    with pytest.raises(ResourceLimitExceeded) as refused:
        tuning_job(tuning(wrong), context())
    assert [word for word in words if word not in refused.value.message] == []
    assert isinstance(tuning_job(tuning(right), context()), TuningJob)


def test_a_grid_larger_than_the_quota_is_refused(tuning: Build, context: Server) -> None:
    with pytest.raises(ResourceLimitExceeded, match=r"'training_jobs' is 5.* request of 6"):
        tuning_job(tuning(GRID), context(settings=Settings(quotas=Quotas(training_jobs=5))))


def test_a_grid_counts_its_training_jobs(tuning: Build, context: Server) -> None:
    assert tuning_job(tuning(GRID), context()).limits.trials == 6


def test_what_ends_it_early_is_taken_over(tuning: Build, context: Server) -> None:
    criteria = f"{CONFIG}.TuningJobCompletionCriteria"
    job = tuning_job(
        tuning(
            {
                f"{CONFIG}.TrainingJobEarlyStoppingType": "Auto",
                f"{criteria}.TargetObjectiveMetricValue": 0.5,
                f"{criteria}.BestObjectiveNotImproving.MaxNumberOfTrainingJobsNotImproving": 3,
                f"{criteria}.ConvergenceDetected.CompleteOnConvergence": "Enabled",
            }
        ),
        context(),
    )
    assert (job.stopping, job.completion) == ("median", Completion(0.5, 3, converged=True))
    usual = tuning_job(tuning({f"{CONFIG}.TrainingJobEarlyStoppingType": "Off"}), context())
    assert (usual.stopping, usual.completion, usual.resource) == (None, Completion(), None)


def test_hyperband_gets_its_resources(tuning: Build, context: Server) -> None:
    changes = {
        f"{CONFIG}.Strategy": "Hyperband",
        f"{CONFIG}.StrategyConfig.HyperbandStrategyConfig": {"MinResource": 2, "MaxResource": 30},
    }
    job = tuning_job(tuning(changes), context())
    assert (job.strategy, job.resource) == ("Hyperband", ReportRange(least=2, most=30))


def test_checkpoints_retries_and_spot_become_the_jobs(tuning: Build, context: Server) -> None:
    changes = {
        "TrainingJobDefinition.RetryStrategy": {"MaximumRetryAttempts": 2},
        "TrainingJobDefinition.CheckpointConfig": {"S3Uri": "s3://a/b"},
        "TrainingJobDefinition.EnableManagedSpotTraining": True,
        f"{STOPPING}.MaxWaitTimeInSeconds": 3600,
    }
    job = tuning_job(tuning(changes), context())
    assert (job.retries, job.checkpoints, job.max_wait_seconds) == (2, "s3://a/b", 3600)
    usual = tuning_job(tuning({}), context())
    assert (usual.retries, usual.checkpoints, usual.max_wait_seconds) == (0, None, None)


def test_each_definition_becomes_one_of_the_tuning_job(several: Build, context: Server) -> None:
    changes = {
        "TrainingJobDefinitions.1.TuningObjective.MetricName": "validation:error",
        "TrainingJobDefinitions.1.AlgorithmSpecification.MetricDefinitions": [
            {"Name": "validation:error", "Regex": "error=(.*)"}
        ],
    }
    job = tuning_job(several(changes), context())

    assert [definition.name for definition in job.definitions] == ["first", "second"]
    assert job.parts["second"].objective.metric == "validation:error"
    assert [pattern.regex for pattern in job.parts["second"].metrics] == ["error=(.*)"]
    assert job.objective == job.parts["first"].objective


def test_the_limits_count_the_combinations_of_all_definitions(several: Build, context: Server) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}]}
    changes: dict[str, Any] = {f"TrainingJobDefinitions.{i}.HyperParameterRanges": ranges for i in range(2)}
    limits = f"{CONFIG}.ResourceLimits"
    trials = {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 1}

    assert tuning_job(several({**changes, limits: trials}), context()).limits.trials == 6
    with pytest.raises(ValidationError, match="6 combinations, which are not enough for 7"):
        tuning_job(several({**changes, limits: {**trials, "MaxNumberOfTrainingJobs": 7}}), context())
    grid = {**changes, f"{CONFIG}.Strategy": "Grid", limits: {"MaxParallelTrainingJobs": 1}}
    assert tuning_job(several(grid), context()).limits.trials == 6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {f"{CONFIG}.HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"}},
            "each of",
        ),
        ({f"{CONFIG}.ParameterRanges.IntegerParameterRanges": [INTEGERS]}, "each of"),
        ({"TrainingJobDefinitions.1.DefinitionName": ...}, r"\[1\]\.DefinitionName: is missing"),
        ({"TrainingJobDefinitions.1.DefinitionName": "first"}, "repeated: first"),
        ({"TrainingJobDefinitions.1.TuningObjective": ...}, r"\[1\]\.TuningObjective: is missing"),
        ({"TrainingJobDefinitions.1.TuningObjective.Type": "Maximize"}, "all Maximize|all Minimize"),
        (
            {"TrainingJobDefinitions.1.HyperParameterRanges": ...},
            r"\[1\]\.HyperParameterRanges: at least one",
        ),
        ({"TrainingJobDefinitions.1.StaticHyperParameters.lr": "1"}, r"\[1\]\..*lr cannot be both"),
        (
            {
                f"TrainingJobDefinitions.{i}.Environment": {f"V{n}": "" for n in range(24 + i)}
                for i in range(2)
            },
            "49 variables",
        ),
    ],
)
def test_the_rules_hold_in_each_of_several_definitions(
    several: Build, context: Server, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        tuning_job(several(changes), context())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({f"{CONFIG}.TrainingJobEarlyStoppingType": "Auto"}, "does not go with Hyperband"),
        ({f"{STATIC}.epochs": ...}, "MaxResource: is missing"),
    ],
)
def test_rules_come_before_what_is_not_there_yet(
    tuning: Build, context: Server, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        tuning_job(tuning({f"{CONFIG}.Strategy": "Hyperband", **changes}), context())


def test_input_that_is_not_there_is_refused(tuning: Build, context: Server) -> None:
    missing = "s3://data/train/"
    with pytest.raises(ValidationError, match=r"channel train: No S3 objects found under S3 URL 's3://data"):
        tuning_job(tuning({}), context(inputs=lambda location: location != missing))


def test_a_source_that_is_not_there_is_refused(tuning: Build, context: Server) -> None:
    with pytest.raises(ValidationError, match=r"sagemaker_submit_directory: there is nothing at '/srv/code'"):
        tuning_job(
            tuning({f"{STATIC}.sagemaker_submit_directory": "/srv/code"}),
            context(inputs=lambda location: location.startswith("s3://")),
        )


@pytest.mark.parametrize(
    ("error", "refusal"),
    [(LocationError("no bucket"), ValidationError), (TransferError("no"), ServiceUnavailable)],
)
def test_input_that_cannot_be_looked_up_is_told_of(
    tuning: Build, context: Server, error: TransferError, refusal: type[ApiError]
) -> None:
    def look_up(_: str) -> bool:
        raise error

    with pytest.raises(refusal, match=str(error)):
        tuning_job(tuning({}), context(inputs=look_up))
