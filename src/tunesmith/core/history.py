"""Everything seen so far of a tuning job, as strategies and stopping rules see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.curves import CurveLog, Curves

if TYPE_CHECKING:
    from tunesmith.core.space import Points, Space
    from tunesmith.core.trial import Trial


@dataclass
class _Log:
    """Append-only storage behind all the histories that are prefixes of each other."""

    trials: list[Trial] = field(default_factory=list)
    best: list[int] = field(default_factory=list)  # best[i] = index of the best of trials[: i + 1], or -1
    points: Points = field(default_factory=lambda: np.empty((0, 0)))
    losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    encoded: int = 0  # rows of `points` and `losses` that are filled
    curves: CurveLog = field(default_factory=CurveLog)

    def append(self, trial: Trial) -> None:
        best = self.best[-1] if self.best else -1
        if trial.loss is not None:
            incumbent = self.trials[best].loss if best >= 0 else None
            if incumbent is None or trial.loss < incumbent:  # ties: the earliest stays
                best = len(self.trials)
        self.trials.append(trial)
        self.best.append(best)

    def encode(self, space: Space, count: int) -> None:
        """Fill `points` and `losses` up to `count` rows; their buffers double when full."""
        if count <= self.encoded:
            return
        if count > len(self.losses):
            size = max(64, 2 * count)
            points, losses = np.empty((size, len(space))), np.empty(size)
            points[: self.encoded], losses[: self.encoded] = (
                self.points[: self.encoded].reshape(self.encoded, len(space)),
                self.losses[: self.encoded],
            )
            self.points, self.losses = points, losses
        new = self.trials[self.encoded : count]
        self.points[self.encoded : count] = space.encode([t.config for t in new])
        self.losses[self.encoded : count] = [np.nan if t.loss is None else t.loss for t in new]
        self.encoded = count


@dataclass(frozen=True, eq=False)
class History:
    """The trials of one tuning job: the finished ones in the order in which they ended, and the open ones.

    A history is a value: `add` and `with_open` return a new one. Adding costs O(1), because histories share
    their storage as long as each is a prefix of the next.
    """

    space: Space
    open: tuple[Trial, ...] = ()  # those that have not ended, paused ones too, by number
    prior: tuple[History, ...] = ()  # one history for each earlier tuning job to learn from, in this space
    known: tuple[Trial, ...] = ()  # final trials of earlier tuning jobs, as good as own ones; see `pooled`
    _log: _Log = field(default_factory=_Log, repr=False)
    _count: int = 0

    @classmethod
    def of(
        cls,
        space: Space,
        trials: Iterable[Trial],
        prior: Sequence[History] = (),
        known: Sequence[Trial] = (),
    ) -> History:
        """Build a history from trials: final ones in order of ending, open ones anywhere among them."""
        history = cls(space, prior=tuple(prior), known=tuple(known))
        waiting = []
        for trial in trials:
            if trial.state.is_final:
                history = history.add(trial)
            else:
                waiting.append(trial)
        return history.with_open(waiting)

    def add(self, trial: Trial) -> History:
        """This history and one more finished trial, which is no longer open."""
        log = self._log
        if len(log.trials) > self._count:  # another history has grown from the same prefix
            log = _Log()
            for earlier in self._log.trials[: self._count]:
                log.append(earlier)
        log.append(trial)
        still_open = tuple(t for t in self.open if t.number != trial.number)
        return replace(self, open=still_open, _log=log, _count=self._count + 1)

    def with_open(self, trials: Iterable[Trial]) -> History:
        """This history with `trials` as its open ones."""
        return replace(self, open=tuple(sorted(trials, key=lambda t: t.number)))

    @property
    def pooled(self) -> History:
        """The history as strategies see it: what is known from earlier tuning jobs has happened in this one."""
        if not self.known:
            return self
        own = (replace(t, number=t.number + len(self.known)) for t in (*self.finished, *self.open))
        return History.of(self.space, (*self.known, *own), self.prior)

    def prefix(self, count: int) -> History:
        """The history when the first `count` trials had ended, without open ones."""
        return replace(self, open=(), _count=min(count, self._count))

    def __len__(self) -> int:
        """The number of finished trials."""
        return self._count

    @property
    def created(self) -> int:
        """The number of trials so far, finished and open: the next one has the number `created + 1`."""
        return self._count + len(self.open)

    @property
    def finished(self) -> list[Trial]:
        """The finished trials in the order in which they ended; a new list."""
        return self._log.trials[: self._count]

    @property
    def best(self) -> Trial | None:
        """The finished trial with the lowest loss, the earliest of equals; None if none has a loss."""
        index = self._log.best[self._count - 1] if self._count else -1
        return self._log.trials[index] if index >= 0 else None

    @property
    def points(self) -> Points:
        """The finished trials' configurations as points, shape (n, d), read-only."""
        self._log.encode(self.space, self._count)
        view = self._log.points[: self._count].reshape(self._count, len(self.space))
        view.flags.writeable = False
        return view

    @property
    def losses(self) -> NDArray[np.float64]:
        """The finished trials' losses, shape (n,), NaN where a trial has none, read-only."""
        self._log.encode(self.space, self._count)
        view = self._log.losses[: self._count]
        view.flags.writeable = False
        return view

    @property
    def curves(self) -> Curves:
        """The finished trials' reports, for comparison."""
        return self._log.curves.upto(self._log.trials, self._count)

    @property
    def open_points(self) -> Points:
        """The open trials' configurations as points, shape (m, d)."""
        return self.space.encode([t.config for t in self.open])
