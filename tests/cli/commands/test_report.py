from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tunesmith.cli.main import tunesmith
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import Change, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a tuning job of two training jobs; it is also where the command runs."""
    job = TuningJob(
        name="mine",
        work=Command(("true",)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("loss"),
        limits=Limits(trials=4),
        created_at=NOW,
    )
    trials = [
        TrialRecord(
            number=i,
            name=f"mine-{i}",
            config={"x": 0.25 * i},
            state=TrialState.COMPLETED,
            value=1.0 / i,
            rank=i,
            created_at=NOW,
            started_at=NOW,
            ended_at=NOW,
        )
        for i in (1, 2)
    ]
    with Store(f"sqlite:///{tmp_path / 'tunesmith.db'}") as store:
        store.create_tuning_job(job)
        store.record("mine", Change(trials=tuple(trials), at=NOW))
    here = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(here)


def run(*words: str) -> Result:
    return CliRunner().invoke(tunesmith, ["report", *words, "--data", "."])


def test_html_goes_to_a_file_of_the_jobs_name(folder: Path) -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stderr == "Wrote mine.html.\n"
    assert (folder / "mine.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_others_go_to_the_screen() -> None:
    assert run("mine", "--format", "markdown").stdout.startswith("# Tuning job mine\n")
    assert json.loads(run("mine", "--format", "json").stdout)["best"]["number"] == 2
    assert run("mine", "--output", "-").stdout.startswith("<!DOCTYPE html>")


def test_the_files_name_tells_the_format(folder: Path) -> None:
    assert run("-o", "learned.md").stderr == "Wrote learned.md.\n"
    assert (folder / "learned.md").read_text(encoding="utf-8").startswith("# Tuning job mine\n")
    assert run("-o", "learned.txt", "--format", "json").exit_code == 0


def test_what_cannot_be_is_said() -> None:
    unknown = run("-o", "learned.pdf")
    assert unknown.exit_code == 2
    assert "--output: a report's file must end in .html" in unknown.stderr
    assert "cannot write no/report.html: No such file or directory" in run("-o", "no/report.html").stderr
    assert "nobody" in run("nobody").stderr
