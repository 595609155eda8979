from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost
from sklearn.datasets import dump_svmlight_file, load_breast_cancer, load_wine

from tunesmith.algorithms.container import Container
from tunesmith.algorithms.xgboost.__main__ import MODEL, main, train

Build = Callable[..., Container]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A training job's folder, with data of breast cancers or wines."""

    def build(
        hyperparameters: dict[str, str], content_type: str = "text/csv", wines: bool = False
    ) -> Container:
        config = tmp_path / "input/config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        channels = {name: {"ContentType": content_type} for name in ("train", "validation")}
        (config / "inputdataconfig.json").write_text(json.dumps(channels))
        features, labels = (load_wine if wines else load_breast_cancer)(return_X_y=True)
        shuffled = np.random.default_rng(0).permutation(len(labels))
        for name, rows in (("train", shuffled[::2]), ("validation", shuffled[1::2])):
            folder = tmp_path / "input/data" / name
            folder.mkdir(parents=True)
            if content_type == "text/csv":
                table = np.column_stack([labels[rows], features[rows]])
                np.savetxt(folder / "part.csv", table, delimiter=",")
            else:
                dump_svmlight_file(features[rows], labels[rows], str(folder / "part.libsvm"))
        return Container(tmp_path)

    return build


@pytest.mark.parametrize("content_type", ["text/csv", "text/libsvm"])
def test_trains_and_prints_sagemaker_s_lines(
    build: Build, content_type: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"num_round": "5", "objective": "binary:logistic", "eval_metric": "auc,f1", "max_depth": "3"}
    container = build({**asked, "_tuning_objective_metric": "validation:logloss"}, content_type)
    train(container)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert [line.partition("#")[0] for line in lines] == [f"[{number}]" for number in range(5)]
    sagemaker = r".*\[[0-9]+\].*#011validation-{}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"
    for metric, least, most in (("auc", 0.95, 1.0), ("f1", 0.85, 1.0), ("logloss", 0.0, 0.5)):
        found = re.fullmatch(sagemaker.format(metric), lines[-1])
        assert found is not None
        assert least <= float(found[1]) <= most
    booster = xgboost.Booster(model_file=bytearray((container.model / MODEL).read_bytes()))
    assert booster.num_boosted_rounds() == 5


def test_our_own_metrics_of_several_classes(build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    train(
        build(
            {"num_round": "8", "objective": "multi:softprob", "num_class": "3", "eval_metric": "accuracy"},
            wines=True,
        )
    )
    last = capsys.readouterr().out.splitlines()[-1]
    found = re.search(r"validation-accuracy:([0-9.]+)", last)
    assert found is not None
    assert float(found[1]) > 0.8
    assert "mlogloss" not in last


def test_stops_early(build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    train(
        build(
            {"num_round": "500", "objective": "binary:logistic", "early_stopping_rounds": "5", "eta": "0.9"}
        )
    )
    assert len(capsys.readouterr().out.splitlines()) < 200


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ({"num_round": "1", "etta": "1"}, "unknown hyperparameter 'etta'"),
        ({"num_round": "1", "objective": "nonsense"}, "nonsense"),
        ({"num_round": "1", "objective": "multi:softmax", "num_class": "1"}, "label|class"),
    ],
)
def test_a_mistake_becomes_the_reason_of_the_failure(
    build: Build, monkeypatch: pytest.MonkeyPatch, hyperparameters: dict[str, str], message: str
) -> None:
    container = build(hyperparameters)
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(container.base))
    assert main() == 1
    failure = (container.base / "output/failure").read_text()
    assert failure.startswith("UserError: ")
    assert re.search(message, failure)
    assert "Stack trace" not in failure
