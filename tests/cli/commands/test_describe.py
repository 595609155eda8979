from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tunesmith.cli.main import tunesmith
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Function, Work
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.store import Store
from tunesmith.testing.jobs import CREATED

if TYPE_CHECKING:
    from click.testing import Result


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two tuning jobs, of which the newest runs a function."""
    works: dict[str, Work] = {"command": Command(("true",)), "function": Function(len)}
    with Store(f"sqlite:///{tmp_path}/tunesmith.db") as store:
        for name, work in works.items():
            job = TuningJob(
                name=name,
                work=work,
                space=Space([Continuous("x", 0, 1)]),
                objective=Objective("loss"),
                limits=Limits(3),
                created_at=CREATED,
            )
            store.create_tuning_job(job)
    return tmp_path


def describe(data: Path, *words: str) -> Result:
    return CliRunner().invoke(tunesmith, ["describe", *words, "--data", str(data)])


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("yaml", "\ncommand: {arguments: ['true'], directory: ''}\n"),
        ("boto3", "\nsagemaker.create_hyper_parameter_tuning_job(\n"),
        ("aws", "\naws sagemaker create-hyper-parameter-tuning-job --cli-input-json '{\n"),
        ("sdk", "\ntuner = HyperparameterTuner(\n"),
    ],
)
def test_a_job_is_written_in_each_language(data: Path, language: str, part: str) -> None:
    result = describe(data, "command", "--as", language)
    assert result.exit_code == 0, result.output
    assert part in result.output


def test_what_cannot_be_written_is_refused(data: Path) -> None:
    result = describe(data, "--as", "boto3")
    assert result.exit_code == 1
    assert "function cannot be written as boto3: it runs a Python function" in result.output
