"""What a tuning job teaches, found once for all who look: it takes seconds, and a process of its own.

The analysis is of all training jobs, or of so many as say the same when there are very many.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar, TypeVarTuple, Unpack

import numpy as np
from anyio import CapacityLimiter, to_thread

from tunesmith.core.space import Config
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store
from tunesmith.web.analyst import LENGTH
from tunesmith.web.questions import AskBeliefs, AskLesson, AskMap, AskReport, AskWhy, Question, Study
from tunesmith.web.views.board import Board, Rows
from tunesmith.web.views.lesson import Beliefs, Lesson, Map, Suggested

MOST = 1000
"""Training jobs that are analysed."""

_WAITING = 4  # threads that may wait for the analyst: there are others to answer with
_KEPT = 8  # jobs whose lessons are kept
_GROWTH = 1.1  # so much more must have ended before it is all computed anew
_Given = TypeVarTuple("_Given")
_Answer = TypeVar("_Answer")
_COMMAND = (sys.executable, "-m", "tunesmith.web.analyst")


@dataclass(frozen=True)
class Known:
    """A lesson, and what it is from."""

    lesson: Lesson
    ended: int
    analysed: int  # of these
    is_final: bool
    created_at: datetime  # of the tuning job


class Lessons:
    """Lessons of the jobs that were looked at last. Every answer takes a while: see `waiting_for`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limiter = CapacityLimiter(_WAITING)
        self._lock = Lock()  # one question at a time: each keeps a processor busy
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._analyst: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    async def waiting_for(self, work: Callable[[Unpack[_Given]], _Answer], *given: *_Given) -> _Answer:
        """Do work that asks the analyst in a thread, of which few may wait for it at a time."""
        return await to_thread.run_sync(work, *given, limiter=self._limiter)

    def is_stale(self, board: Board) -> bool:
        """Whether enough has happened for another lesson."""
        known = self._known.get(board.name)
        if known is None or known.created_at != board.job.created_at:
            return True
        is_final, ended = board.record.status.is_final, int(board.is_final.sum())
        if is_final is not known.is_final:
            return True
        return ended > known.ended and (is_final or ended >= _GROWTH * known.ended)

    def of(self, board: Board) -> Known:
        """The lesson of a job: a new one if enough has happened since the last."""
        with self._lock:
            if self.is_stale(board):
                ended, study = int(board.is_final.sum()), self._study(board)
                lesson: Lesson = self._ask(AskLesson(study))
                is_final = study.record.status.is_final
                analysed = sum(trial.rank is not None for trial in study.trials)
                self._known[board.name] = Known(lesson, ended, analysed, is_final, board.job.created_at)
            self._known.move_to_end(board.name)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            return self._known[board.name]

    def map(self, board: Board, algorithm: str | None, first: str, second: str) -> Map | None:
        """The metric over two hyperparameters; None while too little is known."""
        with self._lock:
            found: Map | None = self._ask(AskMap(self._study(board), algorithm, (first, second)))
            return found

    def why(self, board: Board, number: int) -> Suggested | None:
        """Why a training job was suggested; None if there is none of this number."""
        with board.lock:
            rows = board.rows_of(range(1, number + 1))
            if not len(rows) or board.number[rows[-1]] != number:
                return None
            numbers = [*board.number[_spread(board, rows)].tolist(), number]
        trials = self._store.trials_after(board.name, 2**31 - 1, numbers)
        with self._lock:
            found: Suggested = self._ask(AskWhy(Study(board.record, trials), number))
            return found

    def beliefs(self, board: Board, rows: Rows) -> Beliefs:
        """What values the training jobs of some rows would have without noise."""
        configs: dict[str | None, dict[int, Config]] = {name: {} for name in board.definitions}
        with board.lock:
            for row in rows.tolist():
                definition = board.definitions[board.definition[row]]
                configs[definition][int(board.number[row])] = board.config(row)
        with self._lock:
            found: Beliefs = self._ask(AskBeliefs(self._study(board), configs))
            return found

    def report(self, name: str, suffix: str, now: datetime) -> tuple[bytes, str]:
        """The report on a tuning job that is there, as a file whose name ends so, and its media type."""
        with self._lock:
            found: tuple[bytes, str] = self._ask(AskReport(self._store.url, name, suffix, now))
            return found

    def close(self) -> None:
        """Answer nothing any more; whoever waits for an answer is told by an exception."""
        self._is_closed = True
        if self._analyst is not None:
            self._analyst.kill()

    def _study(self, board: Board) -> Study:
        if board.count <= MOST:
            return Study(board.record, self._store.trials(board.name))
        with board.lock:
            numbers = board.number[_spread(board, np.arange(board.count))].tolist()
        trials: list[TrialRecord] = self._store.trials_after(board.name, 2**31 - 1, numbers)
        return Study(board.record, trials)

    def _ask(self, question: Question) -> Any:
        """Ask the analyst, or another one if it has gone, as it does when it has nothing to do for a while."""
        sent = pickle.dumps(question)
        for is_last in (False, True):
            analyst = self._running()
            try:
                assert analyst.stdin is not None  # noqa: S101 - both are pipes
                assert analyst.stdout is not None  # noqa: S101
                analyst.stdin.write(len(sent).to_bytes(LENGTH) + sent)
                analyst.stdin.flush()
                answer = pickle.load(analyst.stdout)  # noqa: S301 - of a process that was started here
                break
            except (OSError, EOFError, pickle.UnpicklingError):
                analyst.kill()
                analyst.wait()
                if is_last or self._is_closed:
                    raise
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._analyst is not None and self._analyst.poll() is not None:
            self._analyst.communicate()  # nothing: closes the pipes
            self._analyst = None
        if self._analyst is None:
            # A session of its own: it ends by the end of its input, not by a key that is meant for the server.
            self._analyst = subprocess.Popen(
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        return self._analyst


def _spread(board: Board, rows: Rows) -> Rows:
    """At most `MOST` rows: the first, the best, the latest, and others evenly."""
    if len(rows) <= MOST:
        return rows
    fifth = MOST // 5
    best = rows[np.argsort(board.floats("loss")[rows])[:fifth]]
    even = rows[np.linspace(0, len(rows) - 1, MOST - 3 * fifth).astype(np.int64)]
    return np.unique(np.concatenate([rows[:fifth], best, rows[-fifth:], even]))
