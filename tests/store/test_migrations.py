"""Databases that the first release wrote are migrated with all that is in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Cursor, Script
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store.engine import parse
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.records import MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROS = 1_772_366_400_000_000  # the same
DESCRIPTION = {  # as 0.1 wrote it
    "work": {"kind": "Script", "source": "src", "entry": "train.py"},
    "space": [{"kind": "Continuous", "name": "x", "low": 0.0, "high": 1.0, "scale": "Auto"}],
    "objective": {"metric": "loss", "goal": "Minimize"},
    "limits": {"trials": 3, "parallel": 1, "seconds": None},
    "strategy": "Random",
    "seed": 0,
    "metrics": [],
    "initial": [],
    "hyperparameters": {},
    "channels": {"train": "data"},
    "environment": {},
    "resources": {"cpus": 1, "gpus": 0},
    "max_seconds": None,
    "grace_seconds": 120.0,
    "isolation": "none",
}
JOB = TuningJob(
    name="Digits",
    work=Script("src", "train.py"),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("loss"),
    limits=Limits(trials=3),
    strategy="Random",
    channels={"train": "data"},
    created_at=NOW,
)
TRIALS = [
    TrialRecord(
        number=1,
        name="Digits-001-aaaaaaaa",
        config={"x": 0.25},
        state=TrialState.COMPLETED,
        handle="h1",
        cursor=Cursor(10, 20),
        value=0.5,
        exit_code=0,
        rank=1,
        created_at=NOW,
        started_at=NOW + timedelta(seconds=1),
        ended_at=NOW + timedelta(seconds=2),
    ),
    TrialRecord(number=2, name="Digits-002-bbbbbbbb", config={"x": 0.5}, created_at=NOW),
]


def write_first_layout(url: str) -> None:
    """A database of layout 0001, with a tuning job, two trials and a metric, in SQL of its time."""
    engine = create_engine(parse(url))
    config = Config()
    config.set_main_option("script_location", "tunesmith.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        job: dict[str, Any] = {"description": json.dumps(DESCRIPTION), "at": MICROS}
        connection.execute(
            text(
                "INSERT INTO tuning_jobs (key, name, description, status, created_at, modified_at)"
                " VALUES ('digits', 'Digits', :description, 'InProgress', :at, :at)"
            ),
            job,
        )
        connection.execute(
            text(
                "INSERT INTO trials (job_id, number, name, config, state, handle, log_cursor, reports_cursor, value,"
                " loss, exit_code, rank, created_at, started_at, ended_at) VALUES"
                " (1, 1, 'Digits-001-aaaaaaaa', '{\"x\":0.25}', 'Completed', 'h1', 10, 20, 0.5, 0.5, 0, 1,"
                "  :at, :at + 1000000, :at + 2000000),"
                " (1, 2, 'Digits-002-bbbbbbbb', '{\"x\":0.5}', 'Pending', NULL, 0, 0, NULL, NULL, NULL, NULL,"
                "  :at, NULL, NULL)".replace(":0", r"\:0")
            ),
            {"at": MICROS},
        )
        connection.execute(
            text("INSERT INTO metrics (job_id, trial, metric, value, at) VALUES (1, 1, 'loss', 0.5, :at)"),
            {"at": MICROS},
        )
    engine.dispose()


def test_everything_is_there_after_the_migration(lasting_url: str) -> None:
    write_first_layout(lasting_url)
    with Store(lasting_url) as store:
        record = store.tuning_job("digits")
        assert record.job == JOB
        assert (record.status, record.request, record.former_name) == (TuningStatus.IN_PROGRESS, None, None)
        assert store.trials("Digits") == TRIALS
        assert store.metric_points("Digits") == [MetricPoint(1, "loss", 0.5, NOW)]


def test_what_is_new_works_on_what_is_old(lasting_url: str) -> None:
    write_first_layout(lasting_url)
    with Store(lasting_url) as store:
        assert [item.job.name for item in store.tuning_jobs()] == ["Digits"]
        assert [item.name for item in store.list_tuning_jobs(Listing()).items] == ["Digits"]
        assert store.open_jobs() == ["Digits"]
        assert store.training_job("DIGITS-001-AAAAAAAA").trial == TRIALS[0]
        listed = store.list_training_jobs(Listing(sort=Sort.VALUE), "digits")
        assert [item.trial for item in listed.items] == TRIALS[:1]
        assert store.ask_to_stop_training_job(TRIALS[1].name, NOW) is TrialState.STOPPING
        assert store.set_tags(("tuning", "digits"), {"team": "a"}) == {"team": "a"}
