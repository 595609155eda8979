from __future__ import annotations

import json
import sys
from collections import UserDict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tunesmith.backends.function_call import DEFAULT_METRIC, StopRequest, call
from tunesmith.core.training_job import JobStatus
from tunesmith.training.report import report


def refuse(line: bytes) -> None:
    pytest.fail(f"nothing should be reported: {line!r}")


def returned(value: Any, metric: str = "loss") -> tuple[JobStatus, dict[str, float], str]:
    outcome = call(lambda _config: value, {}, metric, refuse)
    metrics = json.loads(outcome.reports)["metrics"] if outcome.reports else {}
    return outcome.status, metrics, outcome.reason or ""


@pytest.mark.parametrize(
    "value",
    [2, 2.0, Decimal(2), Fraction(2), np.float32(2), np.int64(2), np.array(2.0), np.array(2, dtype=np.int8)],
    ids=repr,
)
def test_every_kind_of_number_counts(value: Any) -> None:
    assert returned(value) == (JobStatus.COMPLETED, {"loss": 2.0}, "")


@pytest.mark.parametrize("kind", [dict, UserDict])
def test_a_mapping_gives_several_metrics(kind: Any) -> None:
    status, metrics, _ = returned(kind({"loss": np.float32(0.5), "epochs": 3}))
    assert status is JobStatus.COMPLETED
    assert metrics == {"loss": 0.5, "epochs": 3.0}


def test_a_single_metric_needs_no_naming() -> None:
    assert returned({"rmse": 0.25}, DEFAULT_METRIC)[1] == {"rmse": 0.25, DEFAULT_METRIC: 0.25}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ["returned None", "NoneType", "number", "return` missing"]),
        ("0.5", ["'0.5'", "str"]),
        (True, ["True", "bool"]),
        (np.bool_(True), ["True", "bool"]),  # noqa: FBT003 - it is the value under test
        (1j, ["1j", "complex"]),
        ([0.5], ["[0.5]", "list"]),
        (np.array([0.5]), ["array([0.5])", "ndarray"]),
        ((0.5, 0.6), ["(0.5, 0.6)", "tuple"]),
        ({"loss": "low"}, ["loss='low'", "str"]),
        ({1: 2.0}, ["keys [1]"]),
        ({}, ["no metric at all", "'loss'"]),
        ({"accuracy": 0.5, "f1": 0.4}, ["accuracy, f1", "not 'loss'", "metric="]),
        (10**400, ["int"]),
        ("x" * 5000, ["xxx"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_fails_with_what_was_returned(value: Any, words: list[str]) -> None:
    status, metrics, reason = returned(value)
    assert status is JobStatus.FAILED
    assert not metrics
    assert all(word in reason for word in words), reason
    assert len(reason) <= 1024


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -np.inf])
def test_a_value_that_is_not_finite_fails_but_the_other_metrics_stay(value: float) -> None:
    outcome = call(lambda _config: {"loss": value, "epochs": 3}, {}, "loss", refuse)
    assert outcome.status is JobStatus.FAILED
    assert outcome.reason == f"the function returned {float(value)}"
    assert json.loads(outcome.reports)["metrics"]["epochs"] == 3.0


def test_a_metric_beside_the_objective_may_be_nan() -> None:
    assert returned({"loss": 1, "extra": float("nan")})[0] is JobStatus.COMPLETED


def test_an_exception_becomes_a_reason_with_its_place_and_a_log_with_the_traceback() -> None:
    def function(config: Mapping[str, Any]) -> float:
        return 1 / int(config["x"])

    outcome = call(function, {"x": 0}, "loss", refuse)
    line = function.__code__.co_firstlineno + 1
    assert outcome.status is JobStatus.FAILED
    assert outcome.reason == f"ZeroDivisionError: division by zero ({__file__}, line {line}, in function)"
    assert outcome.log.startswith("Traceback")
    assert "1 / int(config" in outcome.log
    assert outcome.log.count("File ") == 1


def test_the_place_is_in_the_users_file_even_if_a_library_raised() -> None:
    def function(_config: Any) -> float:
        json.loads("{")
        return 0.0

    outcome = call(function, {}, "loss", refuse)
    line = function.__code__.co_firstlineno + 1
    assert str(outcome.reason).endswith(f"({__file__}, line {line}, in function)")
    assert "decoder.py" in outcome.log


def test_an_exit_is_a_failure() -> None:
    outcome = call(lambda _config: sys.exit(3), {}, "loss", refuse)
    assert outcome.status is JobStatus.FAILED
    assert str(outcome.reason).startswith("SystemExit: 3 (")


def test_a_message_that_cannot_be_shown_is_survived() -> None:
    class Broken(Exception):  # noqa: N818 - a test's own
        def __str__(self) -> str:
            raise ValueError

    def function(_config: Any) -> float:
        raise Broken

    assert "Broken: its message cannot be shown" in str(call(function, {}, "loss", refuse).reason)


def test_long_messages_are_cut() -> None:
    def function(_config: Any) -> float:
        raise ValueError("x" * 10**6)

    outcome = call(function, {}, "loss", refuse)
    assert len(str(outcome.reason)) < 2000
    assert len(outcome.log) <= 1 << 16


def test_keyboard_interrupt_passes_through() -> None:
    def function(_config: Any) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(function, {}, "loss", refuse)


def test_reports_go_to_the_sink_and_no_further_than_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[bytes] = []

    def function(_config: Any) -> float:
        report(loss=3, epoch=1)
        return 2.0

    call(function, {}, "loss", lines.append)
    report(loss=9)
    assert [json.loads(line)["metrics"] for line in lines] == [{"loss": 3.0, "epoch": 1.0}]
    assert capsys.readouterr().out == "loss=9\n"


def test_a_stop_request_ends_a_function_that_survives_its_own_errors() -> None:
    def sink(_line: bytes) -> None:
        raise StopRequest("enough")  # noqa: EM101 - as the backend does

    def function(_config: Any) -> float:
        try:
            report(loss=1)
        except Exception:  # noqa: BLE001 - what is tested
            return 0.0
        return 1.0

    outcome = call(function, {}, "loss", sink)
    assert (outcome.status, outcome.reason) == (JobStatus.STOPPED, "enough")


def test_the_function_gets_a_copy_of_the_configuration() -> None:
    config = {"x": 1}

    def function(mine: Any) -> float:
        mine.clear()
        return 0.0

    call(function, config, "loss", refuse)
    assert config == {"x": 1}
