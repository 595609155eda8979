"""What a tuning job has found, as its user sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunesmith.core.objective import Objective
from tunesmith.core.space import Space, Value
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.sdk.errors import TuningError

if TYPE_CHECKING:
    import pandas as pd

    from tunesmith.analysis.finding import Finding
    from tunesmith.analysis.report.contents import Report
    from tunesmith.control.comparison import Compared
    from tunesmith.control.recommendation import Recommended
    from tunesmith.core.tuning_job import TuningJob
    from tunesmith.store.records import TrialRecord, TuningJobRecord
    from tunesmith.store.store import Store

_ROWS = 10  # trials in the table of a notebook
_REASONS = 10  # different ones that a message lists


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """One configuration that was tried, and what came of it."""

    number: int  # 1, 2, ... in order of creation
    config: dict[str, Any]
    value: float | None  # of the objective, in its own units; None if it has none that counts
    state: TrialState
    reason: str | None = None  # why it failed, was stopped or has no value
    curves: Mapping[str, list[float]] = field(default_factory=dict)  # every value of each metric, in order
    seconds: float | None = None  # how long it ran
    algorithm: str | None = None  # of those that the tuning job compares, if it does

    @property
    def metrics(self) -> dict[str, float]:
        """The latest value of each metric."""
        return {name: values[-1] for name, values in self.curves.items()}


def _nothing() -> None:
    """No recommendation, and nothing learned."""


def _recommended(job: TuningJob, trials: list[TrialRecord]) -> Recommended | None:
    from tunesmith.control.recommendation import recommended  # noqa: PLC0415 - loads scipy

    return recommended(job, trials)


def _compared(job: TuningJob, trials: list[TrialRecord]) -> list[Compared]:
    from tunesmith.control.comparison import compare  # noqa: PLC0415 - only where it is asked for

    return compare(job, trials)


def _insight(
    record: TuningJobRecord, trials: list[TrialRecord], curves: Mapping[int, Mapping[str, Sequence[float]]]
) -> Report:
    from tunesmith.control.insight import insight_of  # noqa: PLC0415 - loads scipy

    def reported(trial: TrialRecord) -> Sequence[float]:
        metric = record.job.parts[trial.definition].objective.metric
        return curves.get(trial.number, {}).get(metric, ())

    return insight_of(record, trials, reported, datetime.now(UTC))


@dataclass(frozen=True, kw_only=True, repr=False)
class Result:
    """What a tuning job has found.

    `best` is the trial with the best value that was seen. Where values are noisy, that is often a lucky one;
    `recommended` allows for it.
    """

    name: str
    objective: Objective
    status: TuningStatus
    reason: str | None  # why it ended
    seed: int  # with the same seed, one trial at a time, the same configurations are tried again
    trials: list[TrialResult]  # by number
    best_number: int | None  # of the best trial, of equals the one that ended first; None if none has a value
    _recommend: Callable[[], Recommended | None] = field(default=_nothing, compare=False)
    strategy: str | None = None  # how it searched
    space: Space | None = None  # what it searched; None if each algorithm has a space of its own
    _compare: Callable[[], list[Compared]] = field(default=list, compare=False)
    _learn: Callable[[], Report | None] = field(default=_nothing, compare=False)

    @classmethod
    def read(cls, store: Store, name: str) -> Result:
        """Read what a tuning job has found so far. Raises NotFound."""
        record, best, trials = store.tuning_job(name), store.best_trial(name), store.trials(name)
        curves: dict[int, dict[str, list[float]]] = {}
        for point in store.metric_points(name):
            curves.setdefault(point.trial, {}).setdefault(point.metric, []).append(point.value)
        return cls(
            name=record.job.name,
            objective=record.job.objective,
            status=record.status,
            reason=record.reason,
            seed=record.job.seed,
            trials=[_trial(trial, curves.get(trial.number, {})) for trial in trials],
            best_number=best.number if best else None,
            _recommend=partial(_recommended, record.job, trials),
            strategy=record.job.strategy,
            space=None if record.job.definitions else record.job.space,
            _compare=partial(_compared, record.job, trials),
            _learn=partial(_insight, record, trials, curves),
        )

    @property
    def best(self) -> TrialResult:
        """The best trial. Raises TuningError, which gives the reasons, if no trial has a value."""
        if self.best_number is None:
            raise TuningError(self.explain(), self)
        return self.trials[self.best_number - 1]

    @cached_property
    def recommended(self) -> Recommended:
        """The trial whose value is best on average, how good that is, and how sure this is.

        Computed when it is first asked for. Raises TuningError as `best` does.
        """
        found = self._recommend()
        if found is None:
            raise TuningError(self.explain(), self)
        return found

    @cached_property
    def insight(self) -> Report:
        """All that was learned: findings, importance and effects of the hyperparameters, and what a report shows.

        Computed when it is first asked for, which takes some seconds.
        """
        found = self._learn()
        if found is None:
            msg = f"{self.name}: this result was made by hand; Result.read gives one that has insight"
            raise TuningError(msg, self)
        return found

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, the most pressing first; `print(*result.findings)` shows plain sentences."""
        return self.insight.findings

    def report(self, path: str | PathLike[str]) -> Path:
        """Write what was learned to a file that ends in `.html` (with charts), `.md` or `.json`.

        Raises ValueError for any other name.
        """
        from tunesmith.analysis.report.write import Format, write  # noqa: PLC0415 - loads scipy

        file = Path(path)
        form = Format.of_suffix(file.suffix)
        file.write_text(write(self.insight, form), encoding="utf-8")
        return file

    @cached_property
    def comparison(self) -> list[Compared]:
        """The algorithms beside each other, the best first, also at equal spend; empty if there is but one."""
        return self._compare()

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each trial: number, state, value, seconds, reason, config.NAME and metrics.NAME.

        Raises ImportError, saying what to install, if pandas is missing.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - optional, and heavy
        except ImportError as error:
            msg = "to_dataframe needs pandas: pip install tunesmith[pandas]"
            raise ImportError(msg) from error
        return pd.DataFrame([_row(trial) for trial in self.trials])

    def explain(self) -> str:
        """Say for which reasons the trials have no value."""
        reasons = Counter(trial.reason or trial.state.lower() for trial in self.trials if trial.value is None)
        lines = [f"  {count} x {reason}" for reason, count in reasons.most_common(_REASONS)]
        what = f"{reasons.total()} of {len(self.trials)} trials have no value of {self.objective.metric!r}"
        return "\n".join([f"{self.name}: {what}", *lines])

    def __repr__(self) -> str:
        best = dict(self.best.config) if self.best_number is not None else {}
        if best and self.best.algorithm is not None:
            best = {"algorithm": self.best.algorithm, **best}
        return "\n".join([self._headline(), *(f"  {name} = {_short(v)}" for name, v in best.items())])

    def _repr_html_(self) -> str:
        """A headline and the best trials, for notebooks."""
        shown = sorted(self.trials, key=self._order)[:_ROWS]
        names = list(shown[0].config) if shown else []
        head = _cells("th", ["trial", self.objective.metric, *names, "state", "reason"])
        body = "".join(f"<tr>{_cells('td', _texts(trial))}</tr>" for trial in shown)
        more = len(self.trials) - len(shown)
        rest = f"<p>{more} more in <code>trials</code> and <code>to_dataframe()</code></p>" if more else ""
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p>{escape(self._headline())}</p>{table}{rest}"

    def _headline(self) -> str:
        counts = Counter(trial.state.lower() for trial in self.trials)
        states = ", ".join(f"{count} {state}" for state, count in counts.items())
        found = "nothing found"
        if self.best_number is not None:
            found = f"best {_short(self.best.value)} (trial {self.best_number})"
        goal = f"{self.objective.goal.lower()} {self.objective.metric}"
        return f"{self.name}: {goal}: {found}; trials: {states or 'none'}; seed {self.seed}"

    def _order(self, trial: TrialResult) -> tuple[bool, float]:
        return (True, 0.0) if trial.value is None else (False, self.objective.loss(trial.value))


def _trial(record: TrialRecord, curves: dict[str, list[float]]) -> TrialResult:
    start, end = record.started_at, record.ended_at
    return TrialResult(
        number=record.number,
        config=dict(record.config),
        value=record.value if record.state.is_usable else None,
        state=record.state,
        reason=record.reason,
        curves=curves,
        seconds=(end - start).total_seconds() if start and end else None,
        algorithm=record.definition,
    )


def _row(trial: TrialResult) -> dict[str, object]:
    return {
        "number": trial.number,
        "state": trial.state.value,
        "value": trial.value,
        "seconds": trial.seconds,
        "reason": trial.reason,
        **({} if trial.algorithm is None else {"algorithm": trial.algorithm}),
        **{f"config.{name}": value for name, value in trial.config.items()},
        **{f"metrics.{name}": value for name, value in trial.metrics.items()},
    }


def _texts(trial: TrialResult) -> list[str]:
    config = [_short(value) for value in trial.config.values()]
    return [str(trial.number), _short(trial.value), *config, trial.state.lower(), trial.reason or ""]


def _cells(tag: str, texts: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _short(value: Value | None) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
