"""The controller: it performs what `plan` decides, and loses nothing when it is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tunesmith.backends.protocol import Backend
from tunesmith.control import retry
from tunesmith.control.check import check
from tunesmith.control.completion import convergence, not_improving
from tunesmith.control.ledger import Ledger
from tunesmith.control.objective_points import objective_points
from tunesmith.control.parents import parents_of
from tunesmith.control.plan import Finish, Pause, Start, Stop, plan
from tunesmith.control.progress import Progress
from tunesmith.control.warm_start import learn
from tunesmith.core.training_job import Ending, Handle, JobStatus, JobUpdate, Work
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.records import Change, Standing, TrialRecord, TuningJobRecord
from tunesmith.store.store import Store

_IDLE_SECONDS = 0.25  # how soon a stop request or a time limit is noticed when no training job has news


def utc_now() -> datetime:
    """The time now, timezone-aware."""
    return datetime.now(UTC)


class Controller:
    """Drives tuning jobs: each `tick` observes, plans, writes its intent in one transaction, then acts.

    Killed before the write, a tick has not happened; killed after it, the next controller finds every new trial
    as PENDING and starts it under the same name, which backends do once. So nothing is lost or done twice.
    """

    def __init__(self, store: Store, backend: Backend, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._backend = backend
        self._clock = clock

    def create(self, job: TuningJob) -> None:
        """Check and store a tuning job. Raises ValueError, naming the field, for a job that cannot work."""
        check(self._store, job)
        self._store.create_tuning_job(job)

    def run(
        self,
        name: str,
        watch: Callable[[Progress], None] | None = None,
        pause: Callable[[], Pause] = lambda: Pause.GO,
        work: Work | None = None,
    ) -> Progress:
        """Drive a tuning job until it has ended, until a pause has left nothing open, or until it is to be left.

        Args:
            name: The tuning job.
            watch: Called after each tick.
            pause: Asked before each tick.
            work: What to run instead of the stored work: a Python function cannot be stored.

        Raises:
            NotFound: There is no tuning job of this name.
            Claimed: Another controller drives it.
        """
        with self._store.claim(name):
            run = _Run(self._store, self._backend, self._clock, name, work)
            while True:
                asked = pause()
                if asked is Pause.LEAVE:
                    return run.progress()
                progress = run.tick(asked)
                if watch is not None:
                    watch(progress)
                paused = asked is not Pause.GO and not progress.open
                if progress.record.status.is_final or paused:
                    return progress
                self._backend.wait(0 if run.has_news else _IDLE_SECONDS)


class _Run:
    """One controller's hold on one tuning job."""

    def __init__(
        self, store: Store, backend: Backend, clock: Callable[[], datetime], name: str, work: Work | None
    ) -> None:
        self._store = store
        self._backend = backend
        self._clock = clock
        self._name = name
        self._record = store.tuning_job(name)
        job = self._record.job
        trials = store.trials(name)
        points = objective_points(store, job, trials)
        lessons = learn(job, parents_of(store, job))
        self._ledger = Ledger(replace(job, work=work or job.work), trials, points, lessons)
        self._refused: dict[int, str] = {}  # trials that the backend would not start, and why
        if not self._record.status.is_final:
            self._take_up()

    @property
    def has_news(self) -> bool:
        """Whether the next tick has something to observe already."""
        return bool(self._refused)

    def tick(self, pause: Pause) -> Progress:
        """Observe, plan, write, act; idempotent in the sense of `Controller`."""
        if self._record.status.is_final:
            return self.progress()
        now = self._clock()
        standing = self._store.standing(self._name)
        warnings = self._observe(now, standing)
        touched, finish = self._plan(now, standing, pause)
        written = self._write(now, standing.status, finish)
        self._act(touched)
        return self.progress(tuple(record for record in written if record.state.is_final), warnings)

    def _observe(self, now: datetime, standing: Standing) -> list[str]:
        """Take in what the backend has to say of the open trials; give the warnings."""
        handles = {record.handle: record for record in self._ledger.open if record.handle is not None}
        updates = self._backend.poll({handle: record.cursor for handle, record in handles.items()})
        warnings: list[str] = []
        for update in updates:
            number = handles[update.handle].number
            may_retry = number not in standing.asked_to_stop and standing.status is TuningStatus.IN_PROGRESS
            warnings += self._ledger.update(number, update, now, may_retry=may_retry)
        for number, reason in self._refused.items():
            refusal = JobUpdate(handle="", status=JobStatus.FAILED, reason=reason, ending=Ending.REFUSED)
            warnings += self._ledger.update(number, refusal, now)
        self._refused.clear()
        return warnings

    def _plan(
        self, now: datetime, standing: Standing, pause: Pause
    ) -> tuple[list[TrialRecord], Finish | None]:
        """Enter the plan's actions into the ledger; give the records to act on, and the end if it has come."""
        ledger, finish = self._ledger, None
        touched: list[TrialRecord] = []
        rooms = [self._backend.room(part.resources) for part in ledger.job.parts.values()]
        actions = plan(
            ledger.job,
            ledger.history,
            now,
            parts=ledger.histories.parts,
            status=standing.status,
            asked_to_stop=standing.asked_to_stop,
            news=ledger.take_news(),
            room=min(rooms),
            pause=pause,
        )
        for action in actions:
            match action:
                case Start(config, definition):
                    touched.append(ledger.start(config, now, definition))
                case Stop(number, reason):
                    touched.append(ledger.stopping(number, reason))
                case Finish():
                    finish = action
        return [*touched, *self._others({record.number for record in touched}, now)], finish

    def _others(self, touched: set[int], now: datetime) -> Iterator[TrialRecord]:
        """Stop the other trials that have been interrupted for too long; give these, and the lost to start again."""
        for record in self._ledger.open:
            if record.number in touched:
                continue
            if retry.is_overdue(self._ledger.part(record), record, now):
                yield self._ledger.stopping(record.number, retry.WAITED)
            elif record.handle is None:
                yield record

    def _write(self, now: datetime, status: TuningStatus, finish: Finish | None) -> tuple[TrialRecord, ...]:
        """Write all that is new in one transaction; give the trials among it."""
        self._record = self._ended(finish, now) if finish else replace(self._record, status=status)
        trials, points = self._ledger.take_changes()
        if trials or points or finish:
            change = Change(
                trials=trials,
                metrics=points,
                status=self._record.status if finish else None,
                reason=self._record.reason if finish else None,
                at=now,
            )
            if not self._ledger.job.alone and any(trial.state.is_final for trial in trials):
                change = self._with_standing(change)
            self._store.record(self._name, change)
        return trials

    def _with_standing(self, change: Change) -> Change:
        """The change, with how the search stands now that trials have ended."""
        job, history = self._ledger.job, self._ledger.history
        converged = convergence(job, history) is not None
        return replace(change, not_improving=not_improving(history), has_converged=converged)

    def _ended(self, finish: Finish, now: datetime) -> TuningJobRecord:
        reason = finish.reason
        if finish.status is TuningStatus.FAILED and self._ledger.last_failure:
            reason = f"{reason}; the last one: {self._ledger.last_failure}"
        return replace(self._record, status=finish.status, reason=reason, modified_at=now, ended_at=now)

    def _act(self, records: list[TrialRecord]) -> None:
        """Start the trials that are new or were lost, stop those that are to be stopped."""
        for record in records:
            handle = record.handle or self._start(record)
            if handle is not None and record.state is TrialState.STOPPING:
                self._backend.stop(handle)

    def _take_up(self) -> None:
        """Go on where another controller was killed: whatever it intended is done again, which is harmless."""
        for record in self._ledger.open:
            handle = self._start(record)
            if handle is not None and record.state is TrialState.STOPPING:
                self._backend.stop(handle)

    def _start(self, record: TrialRecord) -> Handle | None:
        """Start a trial's training job unless it was started before; None if the backend refuses it."""
        try:
            handle = self._backend.start(self._ledger.training_job(record))
        except (ValueError, OSError) as error:
            self._refused[record.number] = f"it could not be started: {error}"
            return None
        if handle != record.handle:
            self._ledger.started(record, handle)
        return handle

    def progress(self, finished: tuple[TrialRecord, ...] = (), warnings: Sequence[str] = ()) -> Progress:
        """How the tuning job stands."""
        return Progress(
            record=self._record,
            best=self._ledger.best,
            open=tuple(self._ledger.open),
            counts=dict(self._ledger.counts),
            finished=finished,
            warnings=tuple(warnings),
        )
