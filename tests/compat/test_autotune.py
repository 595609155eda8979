"""Conformance C41: Autotune."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Build = Callable[..., dict[str, Any]]

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--hidden", type=int)
parser.add_argument("--mode")
given, _ = parser.parse_known_args()
assert given.mode == "fast"
print(f"obj={given.lr * given.hidden};", flush=True)
"""


def test_c41_auto_parameters_alone_make_a_tuning_job(
    sagemaker: Any, tuning: Build, new_name: Callable[[str], str], wait: Build
) -> None:
    name = new_name("autotune")
    hints = {"lr": "0.01", "hidden": "64", "mode": "fast"}
    autos = [{"Name": key, "ValueHint": hint} for key, hint in hints.items()]
    request = tuning(name, SCRIPT, Autotune={"Mode": "Enabled"}, ParameterRanges={"AutoParameters": autos})
    sagemaker.create_hyper_parameter_tuning_job(**request)
    described = wait(name)

    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["TrainingJobStatusCounters"]["Completed"] == 2
    assert described["Autotune"] == {"Mode": "Enabled"}
    ranges = described["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert ranges["AutoParameters"] == autos
    (lr,), (hidden,) = ranges["ContinuousParameterRanges"], ranges["IntegerParameterRanges"]
    assert (lr["Name"], lr["ScalingType"]) == ("lr", "Logarithmic")
    assert (hidden["MinValue"], hidden["MaxValue"]) == ("16", "1024")
    assert described["TrainingJobDefinition"]["StaticHyperParameters"]["mode"] == "fast"
    tuned = described["BestTrainingJob"]["TunedHyperParameters"]
    assert tuned.keys() == {"lr", "hidden"}
    assert float(lr["MinValue"]) <= float(tuned["lr"]) <= float(lr["MaxValue"])
