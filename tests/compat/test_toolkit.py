"""Conformance C46: a script sees the same from us as from SageMaker's own training toolkit, unmodified."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tunesmith.core.training_job import Channel, Resources, Script, TrainingJob
from tunesmith.training.launch import prepare

# The first run makes an environment, for which a C extension is compiled.
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

DUMP = """
import json, os, sys
variables = {name: value for name, value in os.environ.items() if name.startswith("SM_")}
seen = {"variables": variables, "arguments": sys.argv[1:], "folder": os.getcwd(), "path": sys.path[:2]}
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
"""
SHELL = '#!/bin/sh\nexec python3 train.py "$@"\n'

# The toolkit counts the machine's CPUs and asks for its GPUs; ours is told the job's share of them.
COUNTED = {"SM_NUM_CPUS", "SM_NUM_GPUS", "SM_NUM_NEURONS"}

PLAIN = {"lr": "0.1", "epochs": "3", "optimizer": "adam", "x": "1e-05", "net": "{'a': 1}", "flag": "True"}
AS_JSON = {
    "lr": "0.1",
    "optimizer": '"adam"',
    "name": '"two words, é"',
    "flag": "true",
    "nothing": "null",
    "layers": "[3, 2]",
    "net": '{"b": [1, 2], "a": {"c": "d"}}',
    "batch-size": "32",
    "b": '"1"',
    "empty": '""',
    "huge": "123456789012345678901234567890",
    "_tuning_objective_metric": "loss",
    "sagemaker_container_log_level": "20",
    "sagemaker_job_name": '"v2-job"',
    "sagemaker_region": '"us-east-1"',
    "sagemaker_estimator_class_name": '"PyTorch"',
    "sagemaker_parameter_server_enabled": "true",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "train.py").write_text(DUMP)
    (folder / "run.sh").write_text(SHELL)
    return folder


def seen(base: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((base / "output/data/seen.json").read_text())
    found["training environment"] = json.loads(found["variables"].pop("SM_TRAINING_ENV"))
    found["variables"] = {name: value for name, value in found["variables"].items() if name not in COUNTED}
    for name in COUNTED:
        found["training environment"].pop(name.removeprefix("SM_").lower())
    return found


def toolkit_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a container, of which the toolkit makes those of the script."""
    ours = {"PYTHONPATH"}
    return {
        name: value for name, value in environment.items() if not name.startswith("SM_") and name not in ours
    }


@pytest.mark.parametrize("hyperparameters", [PLAIN, AS_JSON, {}], ids=["plain", "json", "none"])
@pytest.mark.parametrize("entry", ["train.py", "run.sh"])
def test_a_script_sees_the_same(
    client_environment: Callable[[str], Path],
    source: Path,
    tmp_path: Path,
    entry: str,
    hyperparameters: dict[str, str],
) -> None:
    programs = client_environment("sagemaker-training")
    (tmp_path / "train").mkdir()
    (tmp_path / "validation").mkdir()
    script = {"sagemaker_program": entry, "sagemaker_submit_directory": str(source)}
    job = TrainingJob(
        name="job-1",
        work=Script(str(source), entry, str(programs / "python")),
        hyperparameters={**script, **hyperparameters},
        channels={
            "train": Channel(str(tmp_path / "train"), "text/csv"),
            "validation": str(tmp_path / "validation"),
        },
        resources=Resources(cpus=2),
    )
    base = tmp_path / "job" / "ml"
    launch = prepare(job, base, tmp_path / "cache")
    subprocess.run(launch.arguments, env=launch.environment, cwd=launch.directory, check=True)
    ours = seen(base)
    (base / "output/data/seen.json").unlink()

    command = [str(programs / "python"), "-m", "sagemaker_training.cli.train"]
    variables = toolkit_environment(launch.environment)
    subprocess.run(command, env=variables, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    assert ours == seen(base)
