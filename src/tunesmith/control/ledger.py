"""What the controller knows of one tuning job, and how a training job's news changes it.

The ledger mirrors the store: it is loaded once, and what has changed since the last write is handed out as one
`Change`. Nothing in it is lost with the process.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tunesmith.control import retry
from tunesmith.control.budget import Account
from tunesmith.control.histories import Histories
from tunesmith.control.log_metrics import Emission, LogMetrics
from tunesmith.control.reading import Reading, counting
from tunesmith.control.warm_start import NOTHING_LEARNT, Lessons
from tunesmith.core.history import History
from tunesmith.core.space import Config
from tunesmith.core.training_job import Cursor, Ending, Handle, JobStatus, JobUpdate, TrainingJob
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


class Ledger:
    """The trials of one tuning job, as records for the store and as a history for the strategies."""

    def __init__(
        self,
        job: TuningJob,
        records: Sequence[TrialRecord],
        points: Iterable[MetricPoint],
        lessons: Lessons = NOTHING_LEARNT,
        epochs: Iterable[MetricPoint] = (),
    ) -> None:
        """Take up a tuning job as the store knows it.

        Args:
            job: The tuning job.
            records: All its trials.
            points: The emissions of the objective metric, in order.
            lessons: What there is to learn from the job's parents.
            epochs: The emissions of the metric `EPOCH`, where they matter.
        """
        self.job = job
        self.counts = Counter(dict.fromkeys(TrialState, 0))
        self.counts.update(record.state for record in records)
        self._best_ended: TrialRecord | None = None
        self.last_failure: str | None = None
        self.account = Account.of(job, records)
        self.by_hand = Counter(record.definition for record in records if record.suggestion is not None)
        self._open = {r.number: r for r in records if not r.state.is_final}
        self._changed: dict[int, TrialRecord] = {}
        self._new_points: list[MetricPoint] = []
        self._news: dict[int, int] = {}
        told: dict[int, list[MetricPoint]] = {record.number: [] for record in records}
        for point in points:
            told[point.trial].append(point)
        counted = {record.number: counting(told[record.number], record.earlier) for record in records}
        epoch_at = {(point.trial, point.at): point.value for point in epochs}
        self._readings = {n: self._reading_of(r, *counted[n], epoch_at) for n, r in self._open.items()}
        self._histories = Histories.before(job, lessons)
        self._open_is_stale = True
        for record in sorted((r for r in records if r.rank is not None), key=lambda r: r.rank or 0):
            self._histories = self._histories.add(record, self._losses(counted[record.number][0]))
            self._note_end(record)

    @property
    def history(self) -> History:
        """All trials: as strategies see them, if the tuning job has no definitions."""
        return self.histories.whole

    @property
    def best(self) -> TrialRecord | None:
        """The best of the trials whose values count, of equals the one that ended first."""
        open_ones = (record for record in self._open.values() if record.counts)
        known = [
            each for each in (self._best_ended, *open_ones) if each is not None and each.value is not None
        ]
        return min(known, key=lambda each: self.job.objective.loss(each.value or 0.0), default=None)

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

    @property
    def at_work(self) -> list[TrialRecord]:
        """The open trials whose training jobs run or are about to: all but the paused ones."""
        return [record for record in self._open.values() if record.state is not TrialState.PAUSED]

    def part(self, record: TrialRecord) -> TuningJob:
        """The tuning job as a trial's training job sees it: that of its definition."""
        return self.job.parts[record.definition]

    def start(
        self,
        config: Config,
        now: datetime,
        definition: str | None = None,
        *,
        max_seconds: float | None = None,
        suggestion: int | None = None,
    ) -> TrialRecord:
        """Enter a new trial, and give its record; the last fields are as there."""
        number = self.history.created + 1
        record = TrialRecord(
            number=number,
            name=_training_job_name(self.job, number),
            config=config,
            definition=definition,
            created_at=now,
            max_seconds=max_seconds,
            suggestion=suggestion,
        )
        self.by_hand[definition] += suggestion is not None
        self.counts[record.state] += 1
        self._readings[number] = Reading(self._reader(record))
        self._put(record)
        return record

    def stopping(self, number: int, reason: str) -> TrialRecord:
        """Note that an open trial is being stopped, and give its record; a paused one has been stopped with it."""
        record = replace(self._open[number], reason=reason)
        if record.state is not TrialState.PAUSED:
            return self._move(record, TrialState.STOPPING)
        return self._end(replace(record, ending=Ending.STOPPED), TrialState.STOPPED)

    def pausing(self, number: int, reason: str) -> TrialRecord:
        """Note that an open trial is being paused, and give its record."""
        return self._move(replace(self._open[number], reason=reason), TrialState.PAUSING)

    def resume(self, number: int) -> TrialRecord:
        """Enter a paused trial as one that is to be started again, under the same name, and give its record."""
        reading = self._readings[number]
        record = retry.resumed(self._open[number], reading.made)
        self._readings[number] = reading.again(self._reader(record))
        return self._move(record, TrialState.PENDING)

    def started(self, record: TrialRecord, handle: Handle) -> None:
        """Note under which handle the backend has started a trial.

        A new handle for a trial that had one means that the work began anew, so its output does too. What it has
        reported stays where it goes on from a checkpoint.
        """
        if record.handle is not None:
            before = self._readings[record.number]
            forgotten = 0 if self.part(record).checkpoints else len(before.reports)
            reading = before.again(self._reader(record), forgotten)
            reading.made = before.made  # it is the same attempt
            self._readings[record.number] = reading
            record = replace(record, cursor=Cursor(), value=record.value if reading.reports else None)
        self._put(replace(record, handle=handle))

    def update(self, number: int, news: JobUpdate, now: datetime, *, may_retry: bool = True) -> list[str]:
        """Take in what a backend says of an open trial; give the warnings that its output deserves.

        A trial that was lost is to be started again, if it may be.
        """
        record = self._open[number]
        emissions, warnings = self._read(record, news, now)
        known, record = record, self._keep(record, emissions, warnings)
        if news.status.is_final:
            record = replace(record, cursor=news.cursor)
            if record.state is TrialState.PAUSING:
                if retry.may_pause(self.part(record), record, news, now):
                    self._move(retry.paused(record, news, now), TrialState.PAUSED)
                    return warnings
                record = replace(record, reason=None)
            if may_retry and retry.is_due(self.part(record), record, news, now):
                self._start_again(record, news, now)
            else:
                self._finish(record, retry.last_word(record, news), now)
            return warnings
        running = news.status is JobStatus.RUNNING and record.state is TrialState.PENDING
        updated = replace(record, cursor=news.cursor, started_at=news.started_at)
        if running:
            self._move(updated, TrialState.RUNNING)
        elif updated != known:
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

    def _keep(self, record: TrialRecord, emissions: list[Emission], warnings: list[str]) -> TrialRecord:
        """Take the emissions into the series, thinned past `MAX_POINTS`; give the record with what they change."""
        number, objective = record.number, self.part(record).objective
        reading = self._readings[number]
        latest = {emission.metric: emission for emission in emissions}
        for emission in emissions:
            if reading.kept[emission.metric] >= MAX_POINTS and emission is not latest[emission.metric]:
                continue
            reading.kept[emission.metric] += 1
            self._new_points.append(MetricPoint(number, emission.metric, emission.value, emission.at))
            if emission.metric == objective.metric:
                record = replace(self._without_repeated(record, emission, warnings), value=emission.value)
                before = reading.most
                reading.add(objective.loss(emission.value), emission.epoch)
                if reading.most > before:  # what was judged when it was reported is not judged again
                    self._news.setdefault(number, before)
        return record

    def _without_repeated(self, record: TrialRecord, emission: Emission, warnings: list[str]) -> TrialRecord:
        """Forget the reports of epochs that are trained again, when the latest attempt makes its first report."""
        reading = self._readings[record.number]
        if reading.made or emission.epoch is None or not record.earlier:
            return record
        forgotten = reading.forget_from(emission.epoch)
        if not forgotten:
            return record
        if forgotten > 1:
            warnings.append(
                f"{record.name}: it trains again from epoch {emission.epoch:g} on, though it had reported "
                f"{forgotten} epochs from there; does it save a checkpoint after each, and go on from it?"
            )
        *earlier, last = record.earlier
        last = replace(last, forgotten=last.forgotten + forgotten)
        return replace(record, earlier=(*earlier, last))

    def _start_again(self, record: TrialRecord, news: JobUpdate, now: datetime) -> None:
        """Enter a trial as one that is to be started, under the same name.

        Where checkpoints are kept, its series of reports goes on; else it begins anew.
        """
        number = record.number
        reading = self._readings[number]
        forgotten = 0 if self.part(record).checkpoints else len(reading.reports)
        if forgotten:
            self._news.pop(number, None)
            record = replace(record, value=None)
        self._readings[number] = reading.again(self._reader(record), forgotten)
        self._move(retry.again(record, news, now, reading.made, forgotten), TrialState.PENDING)

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
            started_at=news.started_at,
            ended_at=news.ended_at or now,
        )
        self._end(ended, state)

    def _end(self, record: TrialRecord, state: TrialState) -> TrialRecord:
        """Enter a trial as one that has ended, the next in order."""
        ended = self._move(replace(record, rank=len(self._histories.whole) + 1), state)
        del self._open[ended.number]
        self.account.add(self.part(ended), ended)
        reading = self._readings.pop(ended.number)
        self._histories = self._histories.add(ended, reading.reports)
        self._note_end(ended)
        return ended

    def _note_end(self, ended: TrialRecord) -> None:
        """Keep what the tuning job as a whole has to say of a trial that has ended."""
        best = self._histories.whole.best
        if best is not None and best.number == ended.number:
            self._best_ended = ended
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

    def _reader(self, record: TrialRecord) -> LogMetrics:
        return LogMetrics(self.part(record).metrics)

    def _losses(self, points: Iterable[MetricPoint]) -> list[float]:
        return [
            self.job.objective.loss(point.value) for point in points
        ]  # all definitions have the same goal

    def _reading_of(
        self,
        record: TrialRecord,
        counted: Sequence[MetricPoint],
        made: int,
        most: int,
        epoch_at: Mapping[tuple[int, datetime], float],
    ) -> Reading:
        """What there is to go on with for another controller."""
        epochs = [epoch_at.get((point.trial, point.at)) for point in counted]
        return Reading(self._reader(record), self._losses(counted), epochs, made, most)


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
