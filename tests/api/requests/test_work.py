from __future__ import annotations

import sys
from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.work import work_of
from tunesmith.api.settings import ImageRule
from tunesmith.core.training_job import Command, Script

PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SOURCE = "s3://bucket/source.tar.gz"
SCRIPT = {"sagemaker_program": "train.py", "sagemaker_submit_directory": SOURCE}


def work(image: str, hyperparameters: dict[str, str], *rules: ImageRule, **members: Any) -> Any:
    specification = {"AlgorithmSpecification": {"TrainingImage": image}}
    return work_of(specification | members, "", hyperparameters, rules)


@pytest.mark.parametrize("image", [PYTORCH, XGBOOST, "mine:1"])
def test_any_image_runs_a_script_that_is_given(image: str) -> None:
    assert work(image, SCRIPT) == Script(SOURCE, "train.py")


def test_settings_of_the_script_may_be_json() -> None:
    quoted = {"sagemaker_program": '"src/train.py"', "sagemaker_submit_directory": f'"{SOURCE}"'}
    assert work(PYTORCH, quoted) == Script(SOURCE, "src/train.py")


def test_a_program_whose_name_is_json_stays_text() -> None:
    assert work(PYTORCH, {**SCRIPT, "sagemaker_program": "7"}) == Script(SOURCE, "7")


def test_settings_of_the_script_may_be_variables() -> None:
    variables = {"SAGEMAKER_PROGRAM": "other.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/srv/code"}
    assert work(PYTORCH, SCRIPT, Environment=variables) == Script("/srv/code", "other.py")


def test_a_rule_gives_the_interpreter() -> None:
    rule = ImageRule("pytorch", "script", python="/opt/torch/bin/python")
    assert work(PYTORCH, SCRIPT, rule) == Script(SOURCE, "train.py", "/opt/torch/bin/python")


def test_a_registered_command_comes_first() -> None:
    rule = ImageRule("pytorch", "command", command=("run", "{lr}"))
    assert work(PYTORCH, SCRIPT, rule) == Command(("run", "{lr}"))


def test_the_xgboost_image_without_a_script_is_the_built_in_algorithm() -> None:
    assert work(XGBOOST, {}) == Command((sys.executable, "-m", "tunesmith.algorithms.xgboost"))
    rule = ImageRule("^mine:", "xgboost", python="/opt/xgb/bin/python")
    assert work("mine:1", {}, rule) == Command(("/opt/xgb/bin/python", "-m", "tunesmith.algorithms.xgboost"))


@pytest.mark.parametrize(
    ("image", "hyperparameters", "words"),
    [
        (PYTORCH, {}, r"pytorch-training.* runs a script.*sagemaker_program.*sagemaker_submit_directory"),
        ("mine:1", {}, r"'mine:1'.*images: \[\{pattern: .*mode: command, command: \["),
        (PYTORCH, {"sagemaker_program": "train.py"}, "sagemaker_submit_directory: is missing"),
        (PYTORCH, {**SCRIPT, "sagemaker_submit_directory": "code"}, "sagemaker_submit_directory: 'code'"),
        (PYTORCH, {**SCRIPT, "sagemaker_submit_directory": "https://a/b"}, "'https://a/b'"),
        (PYTORCH, {**SCRIPT, "sagemaker_submit_directory": "/a\0"}, "sagemaker_submit_directory"),
        (PYTORCH, {**SCRIPT, "sagemaker_program": "/bin/sh"}, "sagemaker_program: '/bin/sh'"),
        (PYTORCH, {**SCRIPT, "sagemaker_program": "../a.py"}, "sagemaker_program"),
        (PYTORCH, {**SCRIPT, "sagemaker_program": ""}, "sagemaker_program: ''"),
    ],
)
def test_without_work_there_is_advice(image: str, hyperparameters: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        work(image, hyperparameters)
