"""The reports of finished trials as arrays, for rules that compare a trial with thousands of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.trial import TrialState

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Curves:
    """The reports of n finished trials, in the order in which they ended. The arrays are read-only.

    A *step* is the number of reports made so far: 1, 2, ... Curves differ in length, so a question about a step
    is asked of the `chosen` trials only, which have made so many: indices, or a mask.
    """

    lengths: Ints  # (n,) reports made
    completed: Bools  # (n,) whether it ended well and by itself
    failed: Bools  # (n,)
    _starts: Ints  # (n,) where its reports start in the following
    _reports: Floats  # of all trials, end to end
    _sums: Floats  # running sums, anew for each trial
    _lows: Floats  # running minima, anew for each trial

    def __len__(self) -> int:
        """The number of trials."""
        return len(self.lengths)

    def reports(self, step: int, chosen: Bools | Ints) -> Floats:
        """What each reported at a step."""
        reports: Floats = self._reports[self._starts[chosen] + (step - 1)]
        return reports

    def means(self, step: int, chosen: Bools | Ints) -> Floats:
        """The mean of what each reported up to a step."""
        means: Floats = self._sums[self._starts[chosen] + (step - 1)] / step
        return means

    def lows(self, step: int, chosen: Bools | Ints) -> Floats:
        """The lowest of what each reported up to a step."""
        lows: Floats = self._lows[self._starts[chosen] + (step - 1)]
        return lows

    def last(self, chosen: Bools | Ints) -> Floats:
        """What each reported at last; the chosen ones have reported something."""
        last: Floats = self._reports[self._starts[chosen] + (self.lengths[chosen] - 1)]
        return last

    def lowest(self, chosen: Bools | Ints) -> Floats:
        """The lowest of all that each reported."""
        lowest: Floats = self._lows[self._starts[chosen] + (self.lengths[chosen] - 1)]
        return lowest


@dataclass
class CurveLog:
    """Append-only storage behind all the `Curves` that are prefixes of each other."""

    _trials: dict[str, _Buffer] = field(
        default_factory=lambda: {
            "lengths": _Buffer(np.empty(0, np.int64)),
            "completed": _Buffer(np.empty(0, np.bool_)),
            "failed": _Buffer(np.empty(0, np.bool_)),
            "_starts": _Buffer(np.empty(0, np.int64)),
        }
    )
    _values: dict[str, _Buffer] = field(
        default_factory=lambda: {
            name: _Buffer(np.empty(0, np.float64)) for name in ("_reports", "_sums", "_lows")
        }
    )

    def upto(self, trials: Sequence[Trial], count: int) -> Curves:
        """The curves of the first `count` of all trials, of which those before are in here already."""
        for trial in trials[self._trials["lengths"].used : count]:
            self._append(trial)
        starts, lengths = (self._trials[name].view(count) for name in ("_starts", "lengths"))
        end = int(starts[-1] + lengths[-1]) if count else 0
        per_trial = {name: buffer.view(count) for name, buffer in self._trials.items()}
        return Curves(**per_trial, **{name: buffer.view(end) for name, buffer in self._values.items()})

    def _append(self, trial: Trial) -> None:
        reports = np.array(trial.reports, dtype=np.float64)
        with np.errstate(over="ignore"):  # an infinite mean is as bad as it looks
            series = {
                "_reports": reports,
                "_sums": np.cumsum(reports),
                "_lows": np.minimum.accumulate(reports),
            }
        facts = {
            "lengths": len(reports),
            "completed": trial.state is TrialState.COMPLETED,
            "failed": trial.state is TrialState.FAILED,
            "_starts": self._values["_reports"].used,
        }
        for name, fact in facts.items():
            self._trials[name].extend(np.atleast_1d(fact))
        for name, values in series.items():
            self._values[name].extend(values)


@dataclass
class _Buffer:
    """An array with room to grow, which doubles when it is full."""

    array: NDArray[Any]
    used: int = 0

    def extend(self, values: NDArray[Any]) -> None:
        end = self.used + len(values)
        if end > len(self.array):
            grown = np.empty(max(64, 2 * end), self.array.dtype)
            grown[: self.used] = self.array[: self.used]
            self.array = grown
        self.array[self.used : end] = values
        self.used = end

    def view(self, count: int) -> NDArray[Any]:
        view = self.array[:count]
        view.flags.writeable = False
        return view
