from __future__ import annotations

import re

import pytest

from tunesmith.api.images import injected_metrics, injected_patterns, rule_for
from tunesmith.api.settings import ImageRule

ECR = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "mode"),
    [
        (f"{ECR}/pytorch-training:2.2-cpu-py310", "script"),
        (f"{ECR}/pytorch-training@sha256:{'0' * 64}", "script"),
        ("727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/tensorflow-training:2.12-gpu-py310", "script"),
        (
            "520713654638.dkr.ecr.us-west-2.amazonaws.com/sagemaker-tensorflow-scriptmode:1.11-cpu-py3",
            "script",
        ),
        ("520713654638.dkr.ecr.us-west-2.amazonaws.com/sagemaker-pytorch:1.0-cpu-py3", "script"),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3", "script"),
        (f"{ECR}/huggingface-pytorch-training:2.0.0-transformers4.28.1-gpu-py310-cu118", "script"),
        (f"{ECR}/huggingface-tensorflow-trcomp-training:2.6.3-transformers4.17.0", "script"),
        ("pytorch-training", "script"),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "xgboost"),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "xgboost"),
        ("sagemaker-xgboost:1.7-1", "xgboost"),
        ("xgboost:latest", None),
        (f"{ECR}/my-pytorch-training:1", None),
        (f"{ECR}/pytorch-inference:2.2-cpu-py310", None),
        (f"{ECR}/linear-learner:1", None),
        ("", None),
    ],
)
def test_the_images_of_sagemaker_are_known(image: str, mode: str | None) -> None:
    rule = rule_for(image, ())
    assert (rule.mode if rule else None) == mode


def test_the_first_rule_that_matches_wins_and_the_operators_come_before_the_built_in_ones() -> None:
    mine = ImageRule("py.orch", "script", python="/opt/torch/bin/python")
    other = ImageRule("pytorch", "command", command=("run",))
    image = f"{ECR}/pytorch-training:2.2-cpu-py310"
    assert rule_for(image, [mine, other]) is mine
    assert rule_for(image, [other, mine]) is other


def test_only_xgboost_brings_metrics() -> None:
    image = f"{ECR}/sagemaker-xgboost:1.7-1"
    definitions = {each["Name"]: each["Regex"] for each in injected_metrics(image, ())}
    assert {"train:rmse", "validation:auc", "validation:f1", "validation:mlogloss"} <= definitions.keys()
    found = re.search(definitions["validation:auc"], "[7]#011train-auc:0.9#011validation-auc:0.81e-1")
    assert found is not None
    assert found[1] == "0.81e-1"
    assert injected_metrics(f"{ECR}/pytorch-training:2.2", ()) == []
    assert injected_metrics(None, ()) == []
    assert injected_metrics("mine:1", [ImageRule("mine", "xgboost")]) != []


def test_the_patterns_for_reading_logs_are_of_the_same_metrics() -> None:
    image = f"{ECR}/sagemaker-xgboost:1.7-1"
    names = [pattern.name for pattern in injected_patterns(image, ())]
    assert names == [each["Name"] for each in injected_metrics(image, ())]
