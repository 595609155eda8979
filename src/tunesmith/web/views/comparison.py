"""Tuning jobs beside each other: how far each came for what it spent, and in what they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tunesmith.control.budget import rate
from tunesmith.control.work_in_words import what_runs
from tunesmith.core.objective import Objective
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.store import Store
from tunesmith.web.views import words
from tunesmith.web.views.best import best_row
from tunesmith.web.views.board import Board
from tunesmith.web.views.ranges import range_in_words

if TYPE_CHECKING:
    from tunesmith.control.recommendation import Recommended

LEAST, MOST = 2, 5
"""Tuning jobs that are compared."""

_STEPS = 1000  # points of a curve
_TRIALS = 1000  # that a recommendation is made from
_SURE = 0.95
_WIDTH = 2 * NormalDist().inv_cdf(0.95)  # of an interval of 90 %, in standard deviations


class Along(StrEnum):
    """What is spent."""

    TRIALS = "trials"
    TIME = "time"
    RUN_TIME = "run-time"
    MONEY = "money"


@dataclass(frozen=True)
class Course:
    """The best so far of one tuning job, at each point where it became better, and at the end."""

    name: str
    points: tuple[tuple[float, float], ...]  # what was spent, value


@dataclass(frozen=True)
class Row:
    """One line of a table with a column for each tuning job."""

    label: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the tuning jobs are not all the same in this."""
        return len(set(self.cells)) > 1


def course(board: Board, along: Along) -> Course:
    """The best so far of a tuning job."""
    with board.lock:
        rows = np.flatnonzero(np.isfinite(board.floats("rank")))
        rows = rows[np.argsort(board.floats("rank")[rows], kind="stable")]
        loss = board.floats("loss")[rows]
        spent = _spent(board, rows, along)
    if not len(rows) or not np.isfinite(loss).any():
        return Course(board.name, ())
    lowest = np.fmin.accumulate(loss)
    before = np.concatenate([[np.inf], np.nan_to_num(lowest[:-1], nan=np.inf)])
    better = np.flatnonzero(lowest < before)  # NaN is not
    kept = (
        better if len(better) <= _STEPS else better[np.linspace(0, len(better) - 1, _STEPS).astype(np.int64)]
    )
    kept = np.union1d(kept, [len(rows) - 1])
    value = board.job.objective.value
    return Course(board.name, tuple((float(spent[i]), value(float(lowest[i]))) for i in kept))


def _spent(board: Board, rows: NDArray[np.int64], along: Along) -> NDArray[np.float64]:
    """What had been spent when each of the trials, in the order of ending, had ended."""
    if along is Along.TRIALS:
        return np.arange(1.0, len(rows) + 1)
    ended = board.floats("ended")[rows] / 1000
    if along is Along.TIME:
        return np.asarray(np.maximum.accumulate(ended - board.job.created_at.timestamp()))
    seconds = np.nan_to_num(np.maximum(ended - board.floats("started")[rows] / 1000, 0.0))
    if along is Along.MONEY:
        rates = np.array([rate(board.job.parts[name]) for name in board.definitions])
        seconds = seconds * rates[board.definition[rows]]
    return np.asarray(np.cumsum(seconds))


def has_prices(boards: Sequence[Board]) -> bool:
    """Whether it is known of all what they cost."""
    return all(board.job.price is not None for board in boards)


def summary_rows(store: Store, boards: Sequence[Board]) -> list[Row]:
    """What each has found, for how much."""
    found = [store.summary(board.name) for board in boards]
    ended = [sum(count for state, count in each.counts.items() if state.is_final) for each in found]
    rows = [
        Row("Status", tuple(words.state(each.status) for each in found)),
        Row("Best value", tuple(words.number(_best(board)) for board in boards)),
        Row("Training jobs that ended", tuple(f"{number:,}" for number in ended)),
        Row("Training time", tuple(words.duration(each.run_seconds) for each in found)),
    ]
    if has_prices(boards):
        spent = [each.price.show(each.spent) if each.price else words.NONE for each in found]
        rows.append(Row("Money", tuple(spent)))
    return rows


def setting_rows(boards: Sequence[Board]) -> list[Row]:
    """The settings of the tuning jobs, without those that none of them has."""
    jobs = [board.job for board in boards]
    rows = [Row(label, tuple(read(job) for job in jobs)) for label, read in _SETTINGS]
    return [row for row in rows if set(row.cells) != {words.NONE}]


def range_rows(boards: Sequence[Board]) -> list[Row]:
    """The ranges of all hyperparameters, and the values of those that are fixed."""
    names = dict.fromkeys(name for board in boards for name in (*board.parameters, *_fixed(board.job)))
    return [Row(name, tuple(_range(board, name) for board in boards)) for name in names]


def best_rows(boards: Sequence[Board]) -> list[Row]:
    """The best configuration of each."""
    configs, numbers = [], []
    for board in boards:
        with board.lock:
            row = best_row(board)
            configs.append({} if row is None else board.config(row))
            numbers.append(words.NONE if row is None else str(board.number[row]))
    names = dict.fromkeys(name for config in configs for name in config)
    rows = [Row("Training job", tuple(numbers))]
    for name in names:
        cells = (words.setting(config[name]) if name in config else words.NONE for config in configs)
        rows.append(Row(name, tuple(cells)))
    return rows


def at_equal_spend(boards: Sequence[Board]) -> str:
    """A sentence on who is ahead, and who was when all had tried as much."""
    objective = boards[0].job.objective
    if any(board.job.objective != objective for board in boards[1:]):
        metrics = ", ".join(
            dict.fromkeys(f"{b.job.objective.goal.value} {b.job.objective.metric}" for b in boards)
        )
        return f"They are after different things ({metrics}): their values cannot be compared."
    courses = {board.name: course(board, Along.TRIALS) for board in boards}
    told = [f"{name} has no value yet." for name, each in courses.items() if not each.points]
    valued = {name: each for name, each in courses.items() if each.points}
    if len(valued) < LEAST:
        return " ".join(told)
    told.insert(0, _ahead(objective, {name: each.points[-1][1] for name, each in valued.items()}))
    least = min(each.points[-1][0] for each in valued.values())
    if any(each.points[-1][0] > least for each in valued.values()):
        then = {name: _at(each, least) for name, each in valued.items()}
        reached = {name: value for name, value in then.items() if value is not None}
        if len(reached) >= LEAST:
            ahead = _ahead(objective, reached)
            told.append(
                f"After {words.count(int(least), 'training job')} each, as many as the shortest has: {ahead}"
            )
    return " ".join(told)


def _at(found: Course, spent: float) -> float | None:
    return next((value for x, value in reversed(found.points) if x <= spent), None)


def _ahead(objective: Objective, values: dict[str, float]) -> str:
    (first, best), (second, other), *_ = sorted(values.items(), key=lambda each: objective.loss(each[1]))
    if best == other:
        return f"{first} and {second} have the same best {objective.metric}, {words.number(best)}."
    by = f"{abs(other - best):.3g}"
    return (
        f"{first} has the best {objective.metric}, {words.number(best)}; "
        f"{second} comes next with {words.number(other)}, {by} behind."
    )


def noise_sentence(store: Store, boards: Sequence[Board]) -> str:
    """A sentence on whether the difference between the best two is more than luck. Takes a second or so; loads scipy."""
    from tunesmith.control.recommendation import recommended  # noqa: PLC0415 - loads scipy

    objective = boards[0].job.objective
    if any(board.job.objective != objective for board in boards[1:]):
        return ""
    found = {}
    for board in boards:
        best = recommended(board.job, store.trials_after(board.name, 2**31 - 1, _telling(board)))
        if best is not None:
            found[board.name] = best
    if len(found) < LEAST:
        return ""
    return _judged(objective, found)


def _judged(objective: Objective, found: dict[str, Recommended]) -> str:
    (first, best), (second, other), *_ = sorted(found.items(), key=lambda each: objective.loss(each[1].value))
    widths = [(each.high - each.low) / _WIDTH for each in (best, other)]
    if not all(math.isfinite(each) for each in widths):
        return "Too little is known to say whether the difference is more than noise."
    deviation, difference = math.hypot(*widths), abs(other.value - best.value)
    sure = (
        1.0
        if deviation == 0 and difference
        else 0.5
        if deviation == 0
        else NormalDist().cdf(difference / deviation)
    )
    chance = "more than 99 %" if sure > 0.99 else f"{sure:.0%}".replace("%", " %")
    values = f"{words.number(best.value)} against {words.number(other.value)} on average"
    if sure >= _SURE:
        return (
            f"The difference is beyond the noise: what {first} recommends is better than what {second} does "
            f"with a probability of {chance} ({values})."
        )
    return (
        f"The difference may be luck: allowing for noise, what {first} recommends is better than what {second} does "
        f"with a probability of {chance} only ({values})."
    )


def _telling(board: Board) -> list[int]:
    """The numbers of so many training jobs as a recommendation can be made from, the best among them."""
    with board.lock:
        rows = np.flatnonzero(board.is_final)
        if len(rows) > _TRIALS:
            half = _TRIALS // 2
            best = rows[np.argsort(board.floats("loss")[rows])[:half]]
            rows = np.union1d(best, rows[np.linspace(0, len(rows) - 1, half).astype(np.int64)])
        return [int(number) for number in board.number[rows]]


def _best(board: Board) -> float | None:
    with board.lock:
        row = best_row(board)
        return None if row is None else float(board.floats("value")[row])


def _range(board: Board, name: str) -> str:
    fixed = _fixed(board.job)
    if name in board.parameters:
        return range_in_words(board.parameters[name])
    return f"fixed at {fixed[name]}" if name in fixed else words.NONE


def _fixed(job: TuningJob) -> dict[str, str]:
    return {
        name: words.setting(value)
        for part in job.parts.values()
        for name, value in part.hyperparameters.items()
    }


def _or_none(read: Callable[[TuningJob], object]) -> Callable[[TuningJob], str]:
    def text(job: TuningJob) -> str:
        value = read(job)
        return words.NONE if value is None or value == () else str(value)

    return text


def _completion(job: TuningJob) -> Iterator[str]:
    wanted = job.completion
    if wanted.target is not None:
        yield f"at {words.number(wanted.target)}"
    if wanted.not_improving is not None:
        yield f"after {wanted.not_improving} without improvement"
    if wanted.converged:
        yield "when it has converged"


_SETTINGS: tuple[tuple[str, Callable[[TuningJob], str]], ...] = (
    ("Objective", lambda job: f"{job.objective.goal.value} {job.objective.metric}"),
    ("Runs", lambda job: "; ".join(what_runs(part.work) for part in job.parts.values())),
    ("Strategy", lambda job: job.strategy),
    ("Seed", lambda job: str(job.seed)),
    ("Most training jobs", _or_none(lambda job: job.limits.trials)),
    ("At a time", lambda job: str(job.limits.parallel)),
    ("Longest time", _or_none(lambda job: job.limits.seconds and words.duration(job.limits.seconds))),
    (
        "Budget",
        _or_none(lambda job: job.price.show(job.limits.budget) if job.price and job.limits.budget else None),
    ),
    ("Early stopping", _or_none(lambda job: job.stopping)),
    ("Ends early", _or_none(lambda job: ", ".join(_completion(job)) or None)),
    ("Reports", _or_none(lambda job: job.resource and f"{job.resource.least} to {job.resource.most}")),
    ("Learns from", _or_none(lambda job: ", ".join(job.parents) or None)),
    ("Longest training job", _or_none(lambda job: job.max_seconds and words.duration(job.max_seconds))),
    ("Slots of each", lambda job: f"{job.resources.cpus} CPU, {job.resources.gpus} GPU"),
    ("Retries", lambda job: str(job.retries)),
    ("Created", lambda job: words.moment(job.created_at)),
)
