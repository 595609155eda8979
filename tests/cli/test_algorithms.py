from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def done(shell: Shell) -> Shell:
    """A shell in which a tuning job with two algorithms has been run."""
    inner = "{metric: loss, goal: Minimize}\nalgorithms:\n"
    inner += "  low: {parameters: {x: {type: continuous, low: 0, high: 1}}}\n"
    inner += "  high: {parameters: {x: {type: continuous, low: 4, high: 5}}, hyperparameters: {kind: b}}"
    shell.write_job(
        ("{metric: loss, goal: Minimize}", inner),
        ("parameters:\n  x: {type: continuous, low: 0, high: 1}\n", ""),
        ("trials: 3", "trials: 6"),
    )
    result = shell.run("tune", shell.job)
    assert result.exit_code == 0, result.output
    assert "job: minimize loss, 2 algorithms, Random, seed 7" in result.output
    assert "started: low x=" in result.output
    assert "ALGORITHM  TRAINING JOBS" in result.output
    return shell


def test_describe_compares_the_algorithms(done: Shell) -> None:
    text = done.run("describe").stdout
    assert "Parameters of low" in text
    assert "Parameters of high" in text
    rows = [line.split() for line in text.splitlines() if line.startswith(("low ", "high "))]
    assert [row[0] for row in rows] == ["low", "high"]  # the best first
    assert "  algorithm  low" in text
    facts = json.loads(done.run("describe", "--json").stdout)
    assert [each["name"] for each in facts["comparison"]] == ["low", "high"]
    assert sum(each["trials"] for each in facts["comparison"]) == 6
    assert facts["algorithms"]["high"]["hyperparameters"] == {"kind": "b"}
    assert facts["best"]["algorithm"] == "low"


def test_trials_and_tables_tell_the_algorithm(done: Shell) -> None:
    heading, *rows = done.run("trials").stdout.splitlines()
    assert heading.split() == ["#", "ALGORITHM", "STATE", "loss", "TIME", "x", "REASON"]
    assert {row.split()[1] for row in rows} == {"low", "high"}
    table = list(csv.DictReader(io.StringIO(done.run("export").stdout)))
    assert {row["algorithm"] for row in table} == {"low", "high"}
    assert all(row["config.x"] for row in table)
