"""What was learned of a tuning job, as values that do without the mathematics behind them.

The analysis needs libraries of a hundred megabytes, and runs in a process of its own: see `lessons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunesmith.analysis.finding import Finding
from tunesmith.analysis.interval import Interval
from tunesmith.core.space import Value


@dataclass(frozen=True)
class ParameterShare:
    """How much one hyperparameter matters: shares, 0 to 1, of the differences in the metric."""

    name: str
    main: Interval  # alone
    total: Interval  # with others
    matters: bool | None  # None: not known yet


@dataclass(frozen=True)
class PairShare:
    """How much two hyperparameters matter together, beyond what each does alone."""

    names: tuple[str, str]
    share: Interval


@dataclass(frozen=True)
class Shares:
    """How much everything matters."""

    ranked: tuple[ParameterShare, ...]  # the most important first
    pairs: tuple[PairShare, ...]  # the same


@dataclass(frozen=True)
class Line:
    """The metric along a hyperparameter, averaged over all others, with the 90 % band."""

    name: str
    xs: tuple[Value, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Map:
    """The metric over two hyperparameters; `mean[i][j]` is at `xs[i]`, `ys[j]`."""

    xs: tuple[Value, ...]
    ys: tuple[Value, ...]
    mean: tuple[tuple[float, ...], ...]
    sd: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Future:
    """By how much the best value would improve by 1, 2, ... more training jobs; never negative."""

    best: float
    improvement: tuple[Interval, ...]


@dataclass(frozen=True)
class Sureness:
    """Which training job to use, and how sure that is; probabilities are None where nothing is known."""

    number: int
    value: Interval | None  # without noise
    is_best: float | None
    better_than_runner_up: float | None
    better_than_first: float | None


@dataclass(frozen=True)
class Expectation:
    """What the model expected of a suggestion."""

    expected: float
    deviation: float
    best: float  # then
    nearest: tuple[tuple[int, float], ...]  # earlier training jobs that are like it: number and value


@dataclass(frozen=True)
class Suggested:
    """Why a training job was suggested."""

    sentence: str
    expectation: Expectation | None  # None if no model was asked


@dataclass(frozen=True)
class Beliefs:
    """What values the results make expect."""

    of: Mapping[int, Interval]  # the value of each training job's configuration without noise, by number
    noise: Mapping[str | None, Interval]  # by algorithm: how far repetitions differ, as a standard deviation


@dataclass(frozen=True)
class AlgorithmShare:
    """What an algorithm has made of its part of the budget."""

    name: str
    trials: int
    best: float | None
    best_in_equal_trials: float | None
    best_in_equal_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What was learned of one algorithm, or of the only one."""

    algorithm: str | None
    metric: str
    shares: Shares | None  # None while too little is known
    lines: tuple[Line, ...]
    outlook: Finding | None
    future: Future | None
    certainty: Finding | None
    sureness: Sureness | None


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What was learned of a tuning job. The findings come without their facts."""

    findings: tuple[Finding, ...]
    taught: tuple[Taught, ...]
    algorithms: tuple[AlgorithmShare, ...]  # the best first; none if there is only one
    ahead: str | None  # the algorithm with the best value

    def of(self, algorithm: str | None) -> Taught:
        """What was learned of an algorithm."""
        return next(each for each in self.taught if each.algorithm == algorithm)

    @property
    def sureness(self) -> Sureness | None:
        """That of the algorithm that is ahead."""
        return next((each.sureness for each in self.taught if each.algorithm == self.ahead), None)
