"""What ends training jobs and tuning jobs early, asked for in a job file: the same as through the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

# Training jobs whose curve their letter decides: the first ten have losses of 1 to 10; "bad" is worse than the
# median of them, and would go on for long.
SCRIPT = """\
import sys, time
letter = sys.argv[sys.argv.index("--letter") + 1]
value = 9 if letter == "bad" else "abcdefghij".index(letter) + 1
for epoch in range(4):
    print(f"loss={value}", flush=True)
    time.sleep(0.6 if letter == "bad" else 0.01)
time.sleep(20 if letter == "bad" else 0)
"""
BOWL = """\
import sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print("loss=", float(given["--lowest"]) + (float(given["-x"]) - 0.4) ** 2, sep="")
"""
CONSTANT = "print('loss=1')\n"
EPOCHS = """\
import sys, time
x = sys.argv[sys.argv.index("-x") + 1]
for epoch in range(10000):
    print("loss=" + x, flush=True)
    time.sleep(0.6)
"""
X = "  x: {type: continuous, low: 0, high: 1}\n"
LETTERS = "  letter: {type: categorical, choices: [a, b, c, d, e, f, g, h, i, j, bad]}\n"


def job(shell: Shell) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(shell.run("describe", "--json").stdout)
    return facts


def test_hopeless_training_jobs_are_given_up_and_the_saving_is_told(shell: Shell) -> None:
    shell.write_script(SCRIPT)
    shell.write_job(
        (X, LETTERS),
        ("strategy: Random", "strategy: Grid\nstopping: median"),
        ("trials: 3, parallel: 2", "trials: 11"),
    )
    output = shell.run("tune", shell.job).output

    assert "1 training job stopped early, which saved about " in output
    *others, bad = shell.trials()
    assert {trial["state"] for trial in others} == {"Completed"}
    assert (bad["state"], bad["config"]) == ("Stopped", {"letter": "bad"})
    assert "stopped early: report 2 was 9, and the median of the averages up to there is 5.5" in bad["reason"]
    assert (job(shell)["stopping"], job(shell)["saved"]["stopped"]) == ("median", 1)
    assert job(shell)["saved"]["reports"] in {1.0, 2.0}
    text = shell.run("describe").output
    assert "Stopping rule" in text
    assert "1 training job stopped early" in text


@pytest.mark.parametrize(
    ("criterion", "reason"),
    [
        ("target: 1", "training job 1 reached the target: 1, where 1 was wanted"),
        ("not_improving: 3", "3 training jobs have ended since the best was improved by more than 1%"),
        ("converged: true", "it has converged: 20 training jobs have ended since"),
    ],
)
def test_a_criterion_ends_the_tuning_job(shell: Shell, criterion: str, reason: str) -> None:
    shell.write_script(CONSTANT)
    shell.write_job(
        ("strategy: Random", f"strategy: Random\ncompletion: {{{criterion}}}"),
        ("trials: 3, parallel: 2", "trials: 60"),
    )
    output = shell.run("tune", shell.job).output

    assert f"Completed: {reason}" in output
    assert job(shell)["counts"]["Completed"] < 30
    assert "Ends early" in shell.run("describe").output


def test_the_models_of_several_algorithms_end_the_tuning_job(shell: Shell) -> None:
    shell.write_script(BOWL)
    inner = "{metric: loss, goal: Minimize}\nalgorithms:\n"
    inner += f"  near: {{parameters: {{{X.strip()}}}, hyperparameters: {{lowest: 1}}}}\n"
    inner += f"  far: {{parameters: {{{X.strip()}}}, hyperparameters: {{lowest: 5}}}}"
    shell.write_job(
        ("{metric: loss, goal: Minimize}", inner),
        (f"parameters:\n{X}", ""),
        ("strategy: Random", "strategy: Bayesian\ncompletion: {converged: true}"),
        ("trials: 3, parallel: 2", "trials: 100"),
    )
    output = shell.run("tune", shell.job).output
    assert "Completed: it has converged: the best can be improved by" in output
    assert "at the most, with probability 90%" in output
    assert 20 <= job(shell)["counts"]["Completed"] < 35
    assert {trial["algorithm"] for trial in shell.trials()} == {"near", "far"}


def test_hyperband_stops_at_its_rungs_and_at_the_most(shell: Shell) -> None:
    shell.write_script(EPOCHS)
    shell.write_job(
        ("strategy: Random", "strategy: Hyperband\nresource: {least: 2, most: 4}"),
        ("trials: 3, parallel: 2", "trials: 5, parallel: 2"),
    )
    assert shell.run("tune", shell.job).exit_code == 0

    trials = shell.trials()
    assert {trial["state"] for trial in trials} == {"Stopped"}
    best = min(trials, key=lambda trial: float(trial["value"]))
    assert best["reason"] == "it has made the 4 reports that a training job may make"
    early = [trial for trial in trials if trial["reason"].startswith("stopped early: report 2 was ")]
    assert early
    assert job(shell)["resource"] == {"most": 4, "least": 2, "pause": False}
    assert "2 to 4" in shell.run("describe").output


def test_a_tuning_job_that_reached_its_target_goes_on_beyond_it(shell: Shell) -> None:
    shell.write_script(CONSTANT)
    shell.write_job(
        ("strategy: Random", "strategy: Random\ncompletion: {target: 1}"),
        ("trials: 3, parallel: 2", "trials: 6"),
    )
    shell.run("tune", shell.job)
    assert len(shell.trials()) < 6
    shell.run("resume", job(shell)["name"])
    assert len(shell.trials()) == 6
    assert job(shell)["reason"] == "the limit of 6 training jobs was reached"
