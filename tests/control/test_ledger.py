from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tunesmith.control import ledger as ledger_module
from tunesmith.control.ledger import Ledger
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Cursor, JobStatus, JobUpdate
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.store.records import MetricPoint

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=Space([Continuous("x", 0.0, 1.0)]),
    objective=Objective("accuracy", Goal.MAXIMIZE),
    limits=Limits(trials=10),
    metrics=(MetricPattern("accuracy", r"accuracy=(\S+)"), MetricPattern("epoch", r"epoch=(\S+)")),
    hyperparameters={"epochs": 3},
    created_at=NOW,
)


def new_ledger() -> Ledger:
    return Ledger(JOB, [], [])


def running(log: bytes = b"", cursor: Cursor = Cursor()) -> JobUpdate:
    return JobUpdate(handle="h", status=JobStatus.RUNNING, log=log, cursor=cursor, started_at=NOW)


def ended(status: JobStatus = JobStatus.COMPLETED, log: bytes = b"", reason: str | None = None) -> JobUpdate:
    return JobUpdate(
        handle="h", status=status, log=log, reason=reason, exit_code=0, started_at=NOW, ended_at=NOW
    )


def test_a_new_trial_is_pending_and_named_after_the_job() -> None:
    ledger = new_ledger()
    record = ledger.start({"x": 0.5}, NOW)
    assert record.state is TrialState.PENDING
    assert record.name.startswith("job-001-")
    assert len(record.name) == len("job-001-") + 8
    assert [trial.number for trial in ledger.history.open] == [1]
    assert ledger.counts[TrialState.PENDING] == 1


def test_names_differ_for_a_job_of_the_same_name_made_later() -> None:
    later = Ledger(replace(JOB, created_at=NOW + timedelta(seconds=1)), [], [])
    assert later.start({"x": 0.5}, NOW).name != new_ledger().start({"x": 0.5}, NOW).name


def test_a_training_job_gets_fixed_and_tuned_hyperparameters() -> None:
    ledger = new_ledger()
    record = ledger.start({"x": 0.5}, NOW)
    assert ledger.training_job(record).hyperparameters == {"epochs": 3, "x": 0.5}


def test_output_becomes_points_reports_and_the_latest_value() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.update(1, running(b"epoch=1 accuracy=0.9\n", Cursor(21)), NOW)
    ledger.update(1, running(b"epoch=2 accuracy=0.5\n", Cursor(42)), NOW)
    (record,) = ledger.open
    assert (record.state, record.value, record.cursor) == (TrialState.RUNNING, 0.5, Cursor(42))
    assert ledger.history.open[0].reports == (-0.9, -0.5)  # losses
    _, points = ledger.take_changes()
    assert [(p.metric, p.value) for p in points if p.metric == "accuracy"] == [
        ("accuracy", 0.9),
        ("accuracy", 0.5),
    ]
    assert ledger.take_changes() == ((), ())


def test_the_last_value_counts_not_the_best() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.update(1, ended(log=b"accuracy=0.9\naccuracy=0.5\n"), NOW)
    assert ledger.best is not None
    assert ledger.best.value == 0.5
    assert ledger.history.best is not None
    assert ledger.history.best.loss == -0.5


def test_ended_trials_are_ranked_in_order_of_ending() -> None:
    ledger = new_ledger()
    for x in (0.1, 0.2, 0.3):
        ledger.start({"x": x}, NOW)
    for number in (2, 3, 1):
        ledger.update(number, ended(log=b"accuracy=1\n"), NOW)
    records, _ = ledger.take_changes()
    assert {record.number: record.rank for record in records} == {2: 1, 3: 2, 1: 3}
    assert [trial.number for trial in ledger.history.finished] == [2, 3, 1]
    assert ledger.open == []
    assert ledger.counts[TrialState.COMPLETED] == 3


def test_a_silent_job_says_what_was_searched_for() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.update(1, ended(log=b"nothing of interest\n"), NOW)
    (record,), _ = ledger.take_changes()
    assert record.state is TrialState.COMPLETED
    assert record.value is None
    assert record.reason is not None
    assert "'accuracy'" in record.reason
    assert r"accuracy=(\\S+)" in record.reason
    assert ledger.best is None
    assert ledger.last_failure == record.reason


def test_nan_is_no_value() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    warnings = ledger.update(1, ended(log=b"accuracy=nan\n"), NOW)
    assert ledger.history.losses.tolist() != [0.0]
    assert ledger.best is None
    assert any("job-001-" in warning and "accuracy" in warning for warning in warnings)


def test_a_failed_job_with_a_value_is_not_eligible() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.update(1, ended(JobStatus.FAILED, b"accuracy=0.9\n", "exit code 3"), NOW)
    (record,), _ = ledger.take_changes()
    assert (record.state, record.value, record.reason) == (TrialState.FAILED, 0.9, "exit code 3")
    assert ledger.best is None
    assert ledger.history.best is None


def test_a_stopped_job_keeps_our_reason_and_its_value() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.update(1, running(b"accuracy=0.7\n"), NOW)
    assert ledger.stopping(1, "the limit was reached").state is TrialState.STOPPING
    ledger.update(1, running(), NOW)  # it takes its time
    assert ledger.open[0].state is TrialState.STOPPING
    ledger.update(1, ended(JobStatus.STOPPED, reason="asked to stop"), NOW)
    (record,), _ = ledger.take_changes()
    assert (record.state, record.value, record.reason) == (TrialState.STOPPED, 0.7, "the limit was reached")
    assert ledger.best == record


def test_a_job_that_began_anew_is_read_from_its_start() -> None:
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    ledger.started(ledger.open[0], "first")
    ledger.update(1, running(b"accuracy=0.7\n", Cursor(13)), NOW)
    ledger.started(ledger.open[0], "second")
    (record,) = ledger.open
    assert (record.handle, record.cursor, record.value) == ("second", Cursor(), None)
    assert ledger.history.open[0].reports == ()


def test_a_series_is_thinned_past_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_POINTS", 5)
    ledger = new_ledger()
    ledger.start({"x": 0.5}, NOW)
    for reading in range(4):
        lines = b"".join(b"accuracy=%d\n" % (10 * reading + i) for i in range(4))
        ledger.update(1, running(lines), NOW)
    _, points = ledger.take_changes()
    assert [p.value for p in points] == [0, 1, 2, 3, 10, 13, 23, 33]
    assert ledger.open[0].value == 33


def test_taken_up_from_the_store_it_is_as_it_was() -> None:
    before = new_ledger()
    for x in (0.1, 0.2, 0.3):
        before.start({"x": x}, NOW)
    before.update(2, ended(log=b"accuracy=0.2\n"), NOW)
    before.update(1, ended(log=b"accuracy=0.1\naccuracy=0.4\n"), NOW)
    before.update(3, running(b"accuracy=0.3\n"), NOW)
    records, points = before.take_changes()
    series: list[MetricPoint] = list(points)
    after = Ledger(JOB, records, series)
    assert after.history.finished == before.history.finished
    assert after.history.open == before.history.open
    assert after.best == before.best
    assert after.counts == before.counts
    assert after.start({"x": 0.4}, NOW) == before.start({"x": 0.4}, NOW)
