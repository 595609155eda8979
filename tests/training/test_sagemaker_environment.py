from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunesmith.core.training_job import Channel, Resources, Script, TrainingJob
from tunesmith.training.layout import Layout, input_data_config, resource_config
from tunesmith.training.sagemaker_environment import Facts, inherited, variables
from tunesmith.training.script_mode import split

TEXTS = {
    "lr": "0.1",
    "opt": '"adam"',
    "nesterov": "true",
    "layers": "[3, 2]",
    "nothing": "null",
    "batch-size": "32",
    "_tuning_objective_metric": "accuracy",
    "sagemaker_container_log_level": "10",
    "sagemaker_parameter_server_enabled": "true",
}


@pytest.fixture
def facts() -> Facts:
    return Facts(
        job=TrainingJob(name="j-1", work=Script("src", "train.py"), resources=Resources(cpus=4, gpus=2)),
        layout=Layout(Path("/opt/ml")),
        resources=resource_config("algo-1", "lo"),
        inputs=input_data_config({"validation": Channel("/v"), "train": Channel("/t")}),
        hyperparameters=split(TEXTS),
        arguments=["--lr", "0.1"],
        entry="train.py",
    )


def test_the_names_are_those_of_the_toolkit(facts: Facts) -> None:
    assert sorted(variables(facts)) == [
        "SM_CHANNELS", "SM_CHANNEL_TRAIN", "SM_CHANNEL_VALIDATION", "SM_CURRENT_HOST",
        "SM_CURRENT_INSTANCE_GROUP", "SM_CURRENT_INSTANCE_GROUP_HOSTS", "SM_CURRENT_INSTANCE_TYPE",
        "SM_DISTRIBUTION_INSTANCE_GROUPS", "SM_FRAMEWORK_MODULE", "SM_FRAMEWORK_PARAMS", "SM_HOSTS",
        "SM_HPS", "SM_HP_BATCH-SIZE", "SM_HP_LAYERS", "SM_HP_LR", "SM_HP_NESTEROV", "SM_HP_NOTHING",
        "SM_HP_OPT", "SM_INPUT_CONFIG_DIR", "SM_INPUT_DATA_CONFIG", "SM_INPUT_DIR", "SM_INSTANCE_GROUPS",
        "SM_INSTANCE_GROUPS_DICT", "SM_IS_HETERO", "SM_LOG_LEVEL", "SM_MODEL_DIR", "SM_MODULE_DIR",
        "SM_MODULE_NAME", "SM_NETWORK_INTERFACE_NAME", "SM_NUM_CPUS", "SM_NUM_GPUS", "SM_NUM_NEURONS",
        "SM_OUTPUT_DATA_DIR", "SM_OUTPUT_DIR", "SM_OUTPUT_INTERMEDIATE_DIR", "SM_RESOURCE_CONFIG",
        "SM_TRAINING_ENV", "SM_USER_ARGS", "SM_USER_ENTRY_POINT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SM_CHANNELS", '["train","validation"]'),
        ("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"),
        ("SM_CURRENT_HOST", "algo-1"),
        ("SM_CURRENT_INSTANCE_GROUP_HOSTS", '["algo-1"]'),
        ("SM_FRAMEWORK_MODULE", ""),
        ("SM_FRAMEWORK_PARAMS", '{"sagemaker_parameter_server_enabled":true}'),
        ("SM_HP_BATCH-SIZE", "32"),
        ("SM_HP_LAYERS", "[3,2]"),
        ("SM_HP_NESTEROV", "true"),
        ("SM_HP_NOTHING", ""),
        ("SM_HP_OPT", "adam"),
        ("SM_HPS", '{"batch-size":32,"layers":[3,2],"lr":0.1,"nesterov":true,"nothing":null,"opt":"adam"}'),
        ("SM_INPUT_CONFIG_DIR", "/opt/ml/input/config"),
        ("SM_INSTANCE_GROUPS", '["homogeneousCluster"]'),
        ("SM_IS_HETERO", "false"),
        ("SM_LOG_LEVEL", "10"),
        ("SM_MODEL_DIR", "/opt/ml/model"),
        ("SM_MODULE_DIR", "/opt/ml/code"),
        ("SM_MODULE_NAME", "train"),
        ("SM_NUM_CPUS", "4"),
        ("SM_NUM_GPUS", "2"),
        ("SM_OUTPUT_DATA_DIR", "/opt/ml/output/data"),
        ("SM_USER_ARGS", '["--lr","0.1"]'),
        ("SM_USER_ENTRY_POINT", "train.py"),
    ],
)
def test_values(name: str, text: str, facts: Facts) -> None:
    assert variables(facts)[name] == text


@pytest.mark.parametrize(("asked", "groups"), [("true", ["homogeneousCluster"]), ("false", [])])
def test_groups_for_distributed_training_are_told_where_it_is_asked_for(
    facts: Facts, asked: str, groups: list[str]
) -> None:
    told = variables(replace(facts, hyperparameters=split({"sagemaker_mpi_enabled": asked})))
    assert json.loads(told["SM_DISTRIBUTION_INSTANCE_GROUPS"]) == groups
    assert json.loads(told["SM_TRAINING_ENV"])["distribution_hosts"] == ["algo-1"] * len(groups)


def test_the_module_folder_is_where_the_platform_says_the_source_is_from(facts: Facts) -> None:
    told = split({"sagemaker_submit_directory": '"s3://bucket/sourcedir.tar.gz"'})
    assert variables(replace(facts, hyperparameters=told))["SM_MODULE_DIR"] == "s3://bucket/sourcedir.tar.gz"


def test_the_training_environment_tells_it_all_again(facts: Facts) -> None:
    told: dict[str, Any] = json.loads(variables(facts)["SM_TRAINING_ENV"])
    assert told["job_name"] == "j-1"
    assert told["hyperparameters"] == split(TEXTS).user
    assert told["additional_framework_parameters"] == {"sagemaker_parameter_server_enabled": True}
    assert told["channel_input_dirs"] == {
        "train": "/opt/ml/input/data/train",
        "validation": "/opt/ml/input/data/validation",
    }
    assert told["resource_config"] == facts.resources
    assert told["master_hostname"] == "algo-1"
    assert told["module_name"] == "train"


def test_another_jobs_variables_are_not_inherited() -> None:
    parent = {"PATH": "/bin", "SM_HP_OLD": "1", "TUNESMITH_REPORTS": "/x", "SMTP": "y", "HOME": "/root"}
    assert inherited(parent) == {"PATH": "/bin", "SMTP": "y", "HOME": "/root"}
