"""`tunesmith pause`, `suggest` and `resume` on a tuning job, and what is shown of them and of money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tunesmith.control.service import Service
from tunesmith.store.store import Store

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

PRICED = "price: {cpu_hour: 3600, currency: EUR}\n"


@pytest.fixture
def left(shell: Shell) -> Shell:
    """A shell in which a tuning job has been made that nobody drives and of which one training job is done."""
    assert shell.run("tune", shell.job, "--trials", "1").exit_code == 0
    with Store(f"sqlite:///{shell.data / 'tunesmith.db'}") as store:
        from tunesmith.control.interventions import LimitsChange  # noqa: PLC0415 - loads numpy

        Service(store).resume_tuning_job("job", LimitsChange(trials=3))
    return shell


def test_a_paused_job_says_so_and_goes_on(left: Shell) -> None:
    result = left.run("pause")
    assert (result.exit_code, result.stdout.splitlines()[0][:13]) == (0, "job is paused")
    assert "tunesmith resume job" in result.stdout
    assert "Paused" in left.run("jobs").stdout
    assert "Paused" in left.run("describe").stdout
    assert json.loads(left.run("describe", "--json").stdout)["paused_at"] is not None
    assert left.run("resume").exit_code == 0
    facts = json.loads(left.run("describe", "--json").stdout)
    assert (facts["status"], facts["paused_at"], facts["counts"]["Completed"]) == ("Completed", None, 3)


def test_a_suggestion_is_tried_next(left: Shell) -> None:
    result = left.run("suggest", "job", "x=0.125")
    assert (result.exit_code, result.stdout) == (0, "job tries it next.\n")
    assert left.run("resume").exit_code == 0
    trials = json.loads(left.run("trials", "--json").stdout)
    assert trials[1]["config"]["x"] == 0.125


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["x"], "'x' is not PARAMETER=VALUE"),
        (["x=2"], "x"),
        (["x=text"], "x"),
        (["z=1", "x=0.5"], "z"),
    ],
)
def test_a_suggestion_that_makes_no_sense_is_refused(left: Shell, values: list[str], message: str) -> None:
    result = left.run("suggest", "job", *values)
    assert result.exit_code == 1
    assert message in result.output


def test_what_has_ended_is_not_stepped_into(shell: Shell) -> None:
    assert shell.run("tune", shell.job, "--trials", "1").exit_code == 0
    for words in (["pause", "job"], ["suggest", "job", "x=0.5"]):
        result = shell.run(*words)
        assert result.exit_code == 1
        assert "'job' is Completed" in result.output


def test_money_is_shown(shell: Shell) -> None:
    shell.write_job(("seed: 7\n", f"seed: 7\n{PRICED}"))
    assert "Spent: " in shell.run("tune", shell.job, "--trials", "1").stdout
    assert "EUR" in shell.run("describe").stdout
    heading, row = shell.run("jobs").stdout.splitlines()
    assert "SPENT" in heading
    assert "EUR" in row
    facts = json.loads(shell.run("describe", "--json").stdout)
    assert facts["spent"] > 0
    assert facts["price"] == {"cpu_hour": 3600.0, "gpu_hour": 0.0, "currency": "EUR"}
