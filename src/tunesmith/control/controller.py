"""The controller: it performs what `plan` decides, and loses nothing when it is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tunesmith.backends.protocol import Backend
from tunesmith.control import retry
from tunesmith.control.check import check
from tunesmith.control.clock import utc_now
from tunesmith.control.completion import convergence, judged, not_improving
from tunesmith.control.ledger import Ledger
from tunesmith.control.log_metrics import EPOCH
from tunesmith.control.objective_points import objective_points
from tunesmith.control.orders import Orders
from tunesmith.control.parents import parents_of
from tunesmith.control.plan import Finish, Pause, PauseTrial, ResumeTrial, Start, Stop, plan
from tunesmith.control.progress import Progress
from tunesmith.control.warm_start import learn
from tunesmith.core.training_job import Ending, Handle, JobStatus, JobUpdate, Work
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob, TuningStatus
from tunesmith.store.errors import Outdated
from tunesmith.store.records import Change, Intervention, Standing, TrialRecord, TuningJobRecord
from tunesmith.store.store import Store

_IDLE_SECONDS = 0.25  # how soon a stop request or a time limit is noticed when no training job has news

_BEING_STOPPED = (TrialState.STOPPING, TrialState.PAUSING)


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
        work: Work | Mapping[str, Work] | None = None,
        *,
        rests: bool = False,
    ) -> Progress:
        """Drive a tuning job until it has ended, until a pause has left nothing open, or until it is to be left.

        While somebody else has paused it, it waits.

        Args:
            name: The tuning job.
            watch: Called after each tick.
            pause: Asked before each tick.
            work: What to run instead of the stored work, of each definition if there are some: a Python function
                cannot be stored.
            rests: Whether to return also when somebody else has paused it and nothing is open.

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
                try:
                    progress = run.tick(asked)
                except Outdated:  # somebody has changed something in between; nothing was written
                    run = _Run(self._store, self._backend, self._clock, name, work)
                    continue
                if watch is not None:
                    watch(progress)
                if progress.record.status.is_final or _is_over(progress, asked, rests=rests):
                    return progress
                self._backend.wait(0 if run.has_news else _IDLE_SECONDS)


def _is_over(progress: Progress, asked: Pause, *, rests: bool) -> bool:
    """Whether there is nothing to do for who drives a tuning job that has not ended."""
    is_paused = asked is not Pause.GO or (rests and progress.record.paused_at is not None)
    return is_paused and not progress.open


def _with_work(job: TuningJob, work: Work | Mapping[str, Work] | None) -> TuningJob:
    """The tuning job with what is to run instead of the stored work."""
    if work is None:
        return job
    if not isinstance(work, Mapping):
        return job.with_work(lambda _: work)
    definitions = tuple(replace(each, work=work[each.name]) for each in job.definitions)
    return replace(job, definitions=definitions, work=definitions[0].work)


class _Run:
    """One controller's hold on one tuning job."""

    def __init__(
        self,
        store: Store,
        backend: Backend,
        clock: Callable[[], datetime],
        name: str,
        work: Work | Mapping[str, Work] | None,
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
        resumes = any(part.checkpoints is not None for part in job.parts.values())
        epochs = store.metric_points(name, metric=EPOCH) if resumes else ()
        self._ledger = Ledger(_with_work(job, work), trials, points, lessons, epochs)
        self._refused: dict[int, str] = {}  # trials that the backend would not start, and why
        self._suggestions: tuple[Intervention, ...] = ()
        self._revision = -1  # up to which what people have changed is known
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
        if standing.revision != self._revision:
            self._take_over(standing.revision)
        warnings = self._observe(now, standing)
        touched, finish = self._plan(now, standing, pause)
        written = self._write(now, standing, finish)
        self._act(touched)
        return self.progress(tuple(record for record in written if record.state.is_final), warnings)

    def _take_over(self, revision: int) -> None:
        """Go by what people have changed."""
        controls = self._store.controls(self._name)
        job = replace(self._record.job, limits=controls.limits)
        self._record = replace(self._record, job=job, paused_at=controls.paused_at)
        self._ledger.job = replace(self._ledger.job, limits=controls.limits)
        self._suggestions = controls.suggestions
        self._revision = revision

    def _observe(self, now: datetime, standing: Standing) -> list[str]:
        """Take in what the backend has to say of the open trials; give the warnings."""
        handles = {record.handle: record for record in self._ledger.at_work if record.handle is not None}
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
            pause=Pause.DRAIN if standing.is_paused and pause is Pause.GO else pause,
            orders=self._orders(),
        )
        for action in actions:
            match action:
                case Start(config, definition, seconds, suggestion):
                    trial = ledger.start(config, now, definition, max_seconds=seconds, suggestion=suggestion)
                    touched.append(trial)
                case Stop(number, reason):
                    touched.append(ledger.stopping(number, reason))
                case PauseTrial(number, reason):
                    touched.append(ledger.pausing(number, reason))
                case ResumeTrial(number):
                    touched.append(ledger.resume(number))
                case Finish():
                    finish = action
        return [*touched, *self._others({record.number for record in touched}, now)], finish

    def _orders(self) -> Orders:
        ledger = self._ledger
        return Orders(self._suggestions, ledger.by_hand, ledger.account.purse(ledger.job, ledger.open))

    def _others(self, touched: set[int], now: datetime) -> Iterator[TrialRecord]:
        """Stop the other trials that have been interrupted for too long; give these, and the lost to start again."""
        for record in self._ledger.at_work:
            if record.number in touched:
                continue
            if retry.is_overdue(self._ledger.part(record), record, now):
                yield self._ledger.stopping(record.number, retry.WAITED)
            elif record.handle is None:
                yield record

    def _write(self, now: datetime, standing: Standing, finish: Finish | None) -> tuple[TrialRecord, ...]:
        """Write all that is new in one transaction; give the trials among it."""
        self._record = self._ended(finish, now) if finish else replace(self._record, status=standing.status)
        trials, points = self._ledger.take_changes()
        if trials or points or finish:
            change = Change(
                trials=trials,
                metrics=points,
                status=self._record.status if finish else None,
                reason=self._record.reason if finish else None,
                revision=standing.revision,
                at=now,
            )
            if not self._ledger.job.alone and any(trial.state.is_final for trial in trials):
                change = self._with_standing(change)
            self._store.record(self._name, change)
            tried = {trial.suggestion for trial in trials}
            self._suggestions = tuple(each for each in self._suggestions if each.id not in tried)
        return trials

    def _with_standing(self, change: Change) -> Change:
        """The change, with how the search stands now that trials have ended."""
        job, account = self._ledger.job, self._ledger.account
        history = judged(job, self._ledger.history)
        return replace(
            change,
            not_improving=not_improving(history, job.completion.since),
            has_converged=convergence(job, history, self._ledger.histories.parts) is not None,
            run_seconds=account.run_seconds,
            spent=account.spent,
        )

    def _ended(self, finish: Finish, now: datetime) -> TuningJobRecord:
        reason = finish.reason
        if finish.status is TuningStatus.FAILED and self._ledger.last_failure:
            reason = f"{reason}; the last one: {self._ledger.last_failure}"
        return replace(self._record, status=finish.status, reason=reason, modified_at=now, ended_at=now)

    def _act(self, records: list[TrialRecord]) -> None:
        """Start the trials that are new or were lost, stop those that are to be stopped."""
        for record in records:
            handle = record.handle or self._start(record)
            if handle is not None and record.state in _BEING_STOPPED:
                self._backend.stop(handle)

    def _take_up(self) -> None:
        """Go on where another controller was killed: whatever it intended is done again, which is harmless."""
        for record in self._ledger.at_work:
            handle = self._start(record)
            if handle is not None and record.state in _BEING_STOPPED:
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
            open=tuple(self._ledger.at_work),
            counts=dict(self._ledger.counts),
            finished=finished,
            spent=self._ledger.account.spent,
            warnings=tuple(warnings),
        )
