from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.metrics import metric_definitions, metric_patterns
from tunesmith.control.log_metrics import LogMetrics

NOW = datetime(2026, 1, 1, tzinfo=UTC)
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def values(specification: dict[str, object], log: str) -> dict[str, float]:
    found = LogMetrics(metric_patterns(specification, "", ())).scan(log.encode(), NOW)
    return {emission.metric: emission.value for emission in found.emissions}


def own(name: str, regex: str) -> dict[str, object]:
    return {"TrainingImage": "mine:1", "MetricDefinitions": [{"Name": name, "Regex": regex}]}


@pytest.mark.parametrize("tab", ["#011", "\t"])
def test_what_sagemaker_shows_of_a_tab_is_found_either_way(tab: str) -> None:
    specification = own("m", r".*\[[0-9]+\].*#011validation-auc:(\S+)")
    assert values(specification, f"[3]{tab}train-auc:0.9{tab}validation-auc:0.8\n") == {"m": 0.8}


@pytest.mark.parametrize("tab", ["#011", "\t"])
def test_the_metrics_of_xgboost_are_found_in_its_lines(tab: str) -> None:
    line = tab.join(["[12]", "train-rmse:1.5e-05", "validation-rmse:-2", "validation-aft-nloglik:.5"])
    assert values({"TrainingImage": XGBOOST}, f"{line}\n") == {
        "train:rmse": 1.5e-05,
        "validation:rmse": -2.0,
        "validation:aft-nloglik": 0.5,
    }


def test_a_definition_of_the_request_takes_the_place_of_the_images() -> None:
    specification = {**own("validation:auc", "AUC ([0-9.]+)"), "TrainingImage": XGBOOST}
    definitions = metric_definitions(specification, ())
    named = [each["Regex"] for each in definitions if each["Name"] == "validation:auc"]
    assert named == ["AUC ([0-9.]+)"]
    assert len(definitions) > 1
    assert values(specification, "AUC 0.7\n[1]#011validation-auc:0.5\n") == {"validation:auc": 0.7}


def test_every_wrong_definition_is_told_of() -> None:
    specification = {
        "MetricDefinitions": [{"Name": "a", "Regex": "("}, {"Name": "b", "Regex": "x"}],
    }
    with pytest.raises(ValidationError, match=r"J\.AlgorithmSpecification\.MetricDefinitions: .*'a'.*'b'"):
        metric_patterns(specification, "J.", ())
