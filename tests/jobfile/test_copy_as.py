from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Script
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.jobfile.copy_as import LANGUAGES, copy_as
from tunesmith.jobfile.file import load
from tunesmith.testing.jobs import CREATED


@pytest.fixture
def job(tmp_path: Path) -> TuningJob:
    (tmp_path / "train.py").touch()
    return TuningJob(
        name="job",
        work=Script(str(tmp_path), "train.py"),
        space=Space([Continuous("x", 0, 1)]),
        objective=Objective("loss"),
        limits=Limits(3),
        created_at=CREATED,
    )


def test_the_job_file_makes_the_same_job(job: TuningJob, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(copy_as(job, "yaml"))
    assert load(tmp_path / "job.yaml", created_at=CREATED, cpus=2) == job


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_names_the_job_and_says_how_to_use_it(job: TuningJob, language: str) -> None:
    text = copy_as(job, language)
    assert "job" in text.replace("job.yaml", "")
    first = "# Run it with: tunesmith tune" if language == "yaml" else "# For Tunesmith's server, first:"
    assert text.startswith(first)


def test_the_request_of_a_client_is_used(job: TuningJob) -> None:
    assert '"name": "own"' in copy_as(job, "aws", {"name": "own"})
