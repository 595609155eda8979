"""Driving one tuning job from its creation, or from where it was left, to its result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace

from tunesmith.backends.protocol import Backend
from tunesmith.control.clock import utc_now
from tunesmith.control.controller import Controller
from tunesmith.control.last_lines import last_lines
from tunesmith.control.progress import Progress
from tunesmith.core.training_job import Function, Work
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Completion, TuningJob
from tunesmith.sdk.errors import TuningError, TuningInterrupted
from tunesmith.sdk.progress_lines import Watch
from tunesmith.sdk.result import Result
from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store

_LOG_LINES = 50  # of the first failure


class Drive:
    """One tuning job on its way, with its store and its backend."""

    def __init__(
        self,
        job: TuningJob,
        store: Store,
        backend: Backend,
        work: Work | Mapping[str, Work] | None = None,
    ) -> None:
        """Bring them together.

        Args:
            job: The tuning job, to create or to go on with.
            store: Where it is, or will be, stored.
            backend: Where its training jobs run.
            work: What to run instead of the stored work, which has lost its function; of each definition, if there are some.
        """
        self.job = job
        self.store = store
        self.controller = Controller(store, backend)
        self._backend = backend
        self._work = work
        self._first_failure = ""  # the end of its log

    def prepare(self, left_open: Collection[str] = ()) -> None:
        """Create the tuning job, or check that the stored one of its name agrees and take over new limits.

        Args:
            left_open: The fields that the user has not given: whatever is stored is right.

        Raises:
            ValueError: A field, which is named, differs.
            Claimed: Another process is driving it.
        """
        try:
            stored = self.store.tuning_job(self.job.name)
        except NotFound:
            self.controller.create(self.job)
            return
        _check_same(stored.job, self.job, left_open)
        if stored.job.limits == self.job.limits:
            return
        with self.store.claim(self.job.name):
            self.store.set_limits(self.job.name, self.job.limits, utc_now())
            if stored.status.is_final:
                self.store.reopen(self.job.name, utc_now())

    def run(self, watch: Watch | None) -> Result:
        """Drive it to its end. Raises TuningError if no trial has a value, KeyboardInterrupt at Ctrl-C."""

        def watch_all(progress: Progress) -> None:
            self._note_failure(progress)
            if watch is not None:
                watch(progress)

        self.controller.run(self.job.name, watch_all, work=self._work)
        result = Result.read(self.store, self.job.name)
        if result.best_number is None:
            raise TuningError(f"{result.explain()}\n{self._first_failure}".rstrip(), result)
        return result

    def interrupted(self, how_to_go_on: str) -> TuningInterrupted:
        """What to raise after Ctrl-C."""
        result = Result.read(self.store, self.job.name)
        return TuningInterrupted(f"{result!r}\n{how_to_go_on}", result)

    def _note_failure(self, progress: Progress) -> None:
        for trial in progress.finished:
            if trial.state is TrialState.FAILED and not self._first_failure:
                lines = last_lines(self._backend, trial, _LOG_LINES)
                self._first_failure = (
                    "\n".join([f"\nThe log of trial {trial.number}:", *lines]) if lines else ""
                )


def _check_same(stored: TuningJob, given: TuningJob, left_open: Collection[str]) -> None:
    free = {"name", "limits", "created_at", *left_open}
    if isinstance(given.work, Function):
        free.add("work")  # of which the store has only the name, and that may have changed for good reasons
    unnamed = Function(len)  # all functions are alike, as above
    if isinstance(given.work, Function) and isinstance(stored.work, Function):
        given, stored = given.with_work(lambda _: unnamed), stored.with_work(lambda _: unnamed)
    for field in fields(TuningJob):
        ours, theirs = getattr(given, field.name), getattr(stored, field.name)
        if isinstance(theirs, Completion):
            theirs = replace(theirs, since=0)  # which is no business of the user's
        if field.name not in free and ours != theirs:
            msg = (
                f"{field.name}: the tuning job {stored.name!r} exists with {theirs!r}, not {ours!r}; "
                "go on with the same arguments, or use another name"
            )
            raise ValueError(msg)
