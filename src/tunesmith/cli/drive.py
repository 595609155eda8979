"""Driving a tuning job from the command line: controller, view and signals brought together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from tunesmith.cli.events import Watcher
from tunesmith.cli.interrupt import Interrupts
from tunesmith.control.last_lines import last_lines
from tunesmith.control.plan import Pause
from tunesmith.control.progress import Progress
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.errors import Claimed

if TYPE_CHECKING:
    from tunesmith.cli.session import Session
    from tunesmith.cli.view import View
    from tunesmith.store.records import TrialRecord

Watch: TypeAlias = Callable[[Progress], None]

_TAIL_LINES = 10
_LOOK_SECONDS = 0.3


def drive(session: Session, name: str, view: View, *, join: bool = False) -> int:
    """Run a tuning job until it ends or the user interrupts it; give the exit code.

    Raises Claimed if another process runs it, unless told to `join`: to watch that one for as long as it does.
    """
    known = {trial.number for trial in session.store.trials(name)}
    watcher = Watcher(lambda trial: tail(session, trial), known)
    progress: Progress | None = None

    def watch(latest: Progress) -> None:
        view.show(latest, [*watcher.events(latest)])

    def pause() -> Pause:
        for message in interrupts.messages():
            view.say(message)
        return interrupts.pause

    with Interrupts() as interrupts:
        try:
            view.begin(session.store.tuning_job(name))
            run = _run_or_watch if join else _run
            progress = run(session, name, watch, pause)
        except KeyboardInterrupt:  # the third one: the training jobs end without us
            view.say(f"Left. Go on with `{session.command('resume', name)}`.")
        finally:
            view.end(progress)
    return exit_code(progress, interrupts)


def _run(session: Session, name: str, watch: Watch, pause: Callable[[], Pause]) -> Progress:
    return session.controller.run(name, watch=watch, pause=pause)


def _run_or_watch(session: Session, name: str, watch: Watch, pause: Callable[[], Pause]) -> Progress:
    """Run a tuning job; while another process does, watch the store."""
    while True:
        try:
            return _run(session, name, watch, pause)
        except Claimed:
            progress = _look(session, name)
        watch(progress)
        if progress.record.status.is_final or pause() is not Pause.GO:
            return progress
        time.sleep(_LOOK_SECONDS)


def _look(session: Session, name: str) -> Progress:
    """How a tuning job stands, from the store alone."""
    store = session.store
    open_states = [state for state in TrialState if not state.is_final]
    return Progress(
        record=store.tuning_job(name),
        best=store.best_trial(name),
        open=tuple(trial for state in open_states for trial in store.trials(name, state)),
        counts=store.counts(name),
        spent=store.summary(name).spent,
    )


def exit_code(progress: Progress | None, interrupts: Interrupts) -> int:
    """What the shell is told: 1 for a tuning job that failed, 128 + signal for one that was interrupted."""
    if progress is not None and progress.record.status.is_final:
        return 1 if progress.record.status is TuningStatus.FAILED else 0
    return interrupts.exit_code


def tail(session: Session, trial: TrialRecord) -> list[str]:
    """The last lines of a training job's output."""
    return last_lines(session.backend, trial, _TAIL_LINES)
