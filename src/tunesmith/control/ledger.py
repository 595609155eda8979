"""What the controller knows of one tuning job, and how a training job's news changes it.

The ledger mirrors the store: it is loaded once, and what has changed since the last write is handed out as one
`Change`. Nothing in it is lost with the process.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tunesmith.control import retry
from tunesmith.control.histories import Histories
from tunesmith.control.log_metrics import Emission, LogMetrics
from tunesmith.control.warm_start import NOTHING_LEARNT, Lessons
from tunesmith.core.history import History
from tunesmith.core.space import Config
from tunesmith.core.training_job import Cursor, Handle, JobStatus, JobUpdate, TrainingJob
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import MetricPoint, TrialRecord

MAX_POINTS = 10_000
"""Points kept of one metric of one training job; past them, only the latest of each reading is kept."""

_FINAL_STATES = {
    JobStatus.COMPLETED: TrialState.COMPLETED,
    JobStatus.STOPPED: TrialState.STOPPED,
    JobStatus.FAILED: TrialState.FAILED,
}


@dataclass
class _Reading:
    """What the output of one open trial has told so far."""

    reader: LogMetrics
    reports: list[float]  # the losses that it emitted, in order
    kept: Counter[str] = field(default_factory=Counter)  # points of each metric


class Ledger:
    """The trials of one tuning job, as records for the store and as a history for the strategies."""

    def __init__(
        self,
        job: TuningJob,
        records: Sequence[TrialRecord],
        points: Iterable[MetricPoint],
        lessons: Lessons = NOTHING_LEARNT,
    ) -> None:
        """Take up a tuning job as the store knows it.

        Args:
            job: The tuning job.
            records: All its trials.
            points: The emissions of the objective metric, in order.
            lessons: What there is to learn from the job's parents.
        """
        self.job = job
        self.counts = Counter(dict.fromkeys(TrialState, 0))
        self.counts.update(record.state for record in records)
        self.best: TrialRecord | None = None
        self.last_failure: str | None = None
        self._open = {r.number: r for r in records if not r.state.is_final}
        self._changed: dict[int, TrialRecord] = {}
        self._new_points: list[MetricPoint] = []
        self._news: dict[int, int] = {}
        reports: dict[int, list[float]] = {record.number: [] for record in records}
        for point in points:
            reports[point.trial].append(job.objective.loss(point.value))  # all definitions have the same goal
        for record in records:
            del reports[record.number][: sum(attempt.forgotten for attempt in record.earlier)]
        self._readings = {n: self._new_reading(r, reports[n]) for n, r in self._open.items()}
        self._histories = Histories.before(job, lessons)
        self._open_is_stale = True
        for record in sorted((r for r in records if r.rank is not None), key=lambda r: r.rank or 0):
            self._histories = self._histories.add(record, reports[record.number])
            self._note_end(record)

    @property
    def history(self) -> History:
        """All trials: as strategies see them, if the tuning job has no definitions."""
        return self.histories.whole

    @property
    def histories(self) -> Histories:
        """The trials as strategies see them."""
        if self._open_is_stale:
            still_open = self._open.values()
            self._histories = self._histories.with_open(
                (r, self._readings[r.number].reports) for r in still_open
            )
            self._open_is_stale = False
        return self._histories

    @property
    def open(self) -> list[TrialRecord]:
        """The trials that have not ended, by number."""
        return list(self._open.values())

    def part(self, record: TrialRecord) -> TuningJob:
        """The tuning job as a trial's training job sees it: that of its definition."""
        return self.job.parts[record.definition]

    def start(self, config: Config, now: datetime, definition: str | None = None) -> TrialRecord:
        """Enter a new trial, and give its record."""
        number = self.history.created + 1
        record = TrialRecord(
            number=number,
            name=_training_job_name(self.job, number),
            config=config,
            definition=definition,
            created_at=now,
        )
        self.counts[record.state] += 1
        self._readings[number] = self._new_reading(record, [])
        self._put(record)
        return record

    def stopping(self, number: int, reason: str) -> TrialRecord:
        """Note that an open trial is being stopped, and give its record."""
        return self._move(replace(self._open[number], reason=reason), TrialState.STOPPING)

    def started(self, record: TrialRecord, handle: Handle) -> None:
        """Note under which handle the backend has started a trial.

        A new handle for a trial that had one means that the work began anew, so its output does too.
        """
        if record.handle is not None:
            self._readings[record.number] = self._new_reading(record, [])
            record = replace(record, cursor=Cursor(), value=None)
        self._put(replace(record, handle=handle))

    def update(self, number: int, news: JobUpdate, now: datetime, *, may_retry: bool = True) -> list[str]:
        """Take in what a backend says of an open trial; give the warnings that its output deserves.

        A trial that was lost is to be started again, if it may be.
        """
        record = self._open[number]
        emissions, warnings = self._read(record, news, now)
        value = self._keep(record, emissions)
        if news.status.is_final:
            record = replace(record, value=value, cursor=news.cursor)
            if may_retry and retry.is_due(self.part(record), record, news, now):
                self._start_again(record, news, now)
            else:
                self._finish(record, retry.last_word(record, news), now)
            return warnings
        running = news.status is JobStatus.RUNNING and record.state is TrialState.PENDING
        updated = replace(record, value=value, cursor=news.cursor, started_at=news.started_at)
        if running:
            self._move(updated, TrialState.RUNNING)
        elif updated != record:
            self._put(updated)
        return warnings

    def training_job(self, record: TrialRecord) -> TrainingJob:
        """The training job that runs a trial."""
        job = self.part(record)
        return TrainingJob(
            name=record.name,
            work=job.work,
            hyperparameters={**job.hyperparameters, **record.config},
            channels=job.channels,
            output=job.output,
            checkpoints=retry.checkpoints_at(job, record),
            attempt=record.attempt,
            environment=job.environment,
            resources=job.resources,
            max_seconds=retry.seconds_left(job, record),
            grace_seconds=job.grace_seconds,
            isolation=job.isolation,
        )

    def take_news(self) -> dict[int, int]:
        """The open trials that have reported since the last call, and how many reports each had made before."""
        news, self._news = self._news, {}
        return {number: before for number, before in news.items() if number in self._open}

    def take_changes(self) -> tuple[tuple[TrialRecord, ...], tuple[MetricPoint, ...]]:
        """The records and points that are new since the last call, for one transaction."""
        changes = tuple(self._changed.values()), tuple(self._new_points)
        self._changed, self._new_points = {}, []
        return changes

    def _read(self, record: TrialRecord, news: JobUpdate, now: datetime) -> tuple[list[Emission], list[str]]:
        if not (news.log or news.reports):
            return [], []
        reader = self._readings[record.number].reader
        log, reports = reader.scan(news.log, now), reader.read_reports(news.reports)
        warnings = [f"{record.name}: {warning}" for warning in (*log.warnings, *reports.warnings)]
        return [*log.emissions, *reports.emissions], warnings

    def _keep(self, record: TrialRecord, emissions: list[Emission]) -> float | None:
        """Take the emissions into the series, thinned past `MAX_POINTS`; give the latest objective value."""
        number, value, objective = record.number, record.value, self.part(record).objective
        reading = self._readings[number]
        before = len(reading.reports)
        latest = {emission.metric: emission for emission in emissions}
        for emission in emissions:
            if reading.kept[emission.metric] >= MAX_POINTS and emission is not latest[emission.metric]:
                continue
            reading.kept[emission.metric] += 1
            self._new_points.append(MetricPoint(number, emission.metric, emission.value, emission.at))
            if emission.metric == objective.metric:
                value = emission.value
                reading.reports.append(objective.loss(value))
        if len(reading.reports) > before:
            self._news.setdefault(number, before)
        return value

    def _start_again(self, record: TrialRecord, news: JobUpdate, now: datetime) -> None:
        """Enter a trial as one that is to be started, under the same name.

        Where checkpoints are kept, its series of reports goes on; else it begins anew.
        """
        number = record.number
        reports = self._readings[number].reports
        forgotten = 0 if self.part(record).checkpoints else len(reports)
        if forgotten:
            self._news.pop(number, None)
            record = replace(record, value=None)
        self._readings[number] = self._new_reading(record, reports[forgotten:])
        self._move(retry.again(record, news, now, forgotten), TrialState.PENDING)

    def _finish(self, record: TrialRecord, news: JobUpdate, now: datetime) -> None:
        state = _FINAL_STATES[news.status]
        # A reason of ours (why it was stopped) says more than the backend's "asked to stop".
        reason = record.reason if state is TrialState.STOPPED and record.reason else news.reason
        if state is TrialState.COMPLETED and record.value is None and not self.job.alone:
            reason = _silence(self.part(record))
        ended = replace(
            record,
            reason=reason,
            ending=news.ending,
            exit_code=news.exit_code,
            rank=len(self._histories.whole) + 1,
            started_at=news.started_at,
            ended_at=news.ended_at or now,
        )
        ended = self._move(ended, state)
        del self._open[ended.number]
        reading = self._readings.pop(ended.number)
        self._histories = self._histories.add(ended, reading.reports)
        self._note_end(ended)

    def _note_end(self, ended: TrialRecord) -> None:
        """Keep what the tuning job as a whole has to say of a trial that has ended."""
        best = self._histories.whole.best
        if best is not None and best.number == ended.number:
            self.best = ended
        if ended.state is TrialState.FAILED or ended.value is None:
            self.last_failure = ended.reason

    def _move(self, record: TrialRecord, state: TrialState) -> TrialRecord:
        self.counts[self._open[record.number].state] -= 1
        self.counts[state] += 1
        moved = replace(record, state=state)
        self._put(moved)
        return moved

    def _put(self, record: TrialRecord) -> None:
        self._open[record.number] = self._changed[record.number] = record
        self._open_is_stale = True

    def _new_reading(self, record: TrialRecord, reports: list[float]) -> _Reading:
        return _Reading(LogMetrics(self.part(record).metrics), reports)


def _silence(job: TuningJob) -> str:
    """Why a training job that ended well is of no use."""
    metric = job.objective.metric
    regexes = [pattern.regex for pattern in job.metrics if pattern.name == metric]
    searched = f"no line of its output matched {regexes[0]!r}" if regexes else "it has no metric pattern"
    return f"it ended without a finite value of {metric!r}: {searched}, and no tunesmith.report gave it"


def _training_job_name(job: TuningJob, number: int) -> str:
    """`<tuning job>-NNN-xxxxxxxx`; the digits tell apart jobs of one name that was used again."""
    digest = hashlib.sha256(f"{job.name}/{job.created_at.isoformat()}/{number}".encode()).hexdigest()
    return f"{job.name}-{number:03d}-{digest[:8]}"
