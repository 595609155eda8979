"""How a tuning job stands, in words and meters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tunesmith.control.budget import rate
from tunesmith.core.training_job import Function
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.records import TuningJobSummary
from tunesmith.web.views import words
from tunesmith.web.views.board import STATES, Board


@dataclass(frozen=True)
class Meter:
    """How much of something is used up."""

    label: str
    text: str
    share: float | None  # 0 to 1; None if there is no limit
    since: int | None = None  # if it is a time that goes on: milliseconds since 1970


@dataclass(frozen=True, kw_only=True)
class JobHead:
    """What the head of the page tells."""

    name: str
    status: str  # in words
    tone: str
    reason: str | None
    subtitle: str
    meters: tuple[Meter, ...]
    counts: tuple[tuple[str, int, str], ...]  # state, training jobs, tone
    is_open: bool
    is_paused: bool
    can_change: bool  # pause, other limits, suggestions
    can_resume: bool


def job_head(board: Board, summary: TuningJobSummary, now: datetime) -> JobHead:
    """Tell how a tuning job stands."""
    record, job = board.record, board.job
    is_open, is_paused = not record.status.is_final, record.paused_at is not None
    can_change = record.status is TuningStatus.IN_PROGRESS
    rests = is_paused and can_change
    objective = job.objective
    algorithms = f" · {len(job.definitions)} algorithms" if job.definitions else ""
    return JobHead(
        name=job.name,
        status="Paused" if rests else words.state(record.status),
        tone="warn" if rests else words.tone(record.status),
        reason=record.reason,
        subtitle=f"{objective.goal.value} {objective.metric} · {job.strategy}{algorithms}",
        meters=tuple(_meters(board, summary, now)),
        counts=tuple(_counts(board)),
        is_open=is_open,
        is_paused=is_paused,
        can_change=can_change,
        can_resume=(rests or not is_open) and not isinstance(job.work, Function),
    )


def _counts(board: Board) -> list[tuple[str, int, str]]:
    with board.lock:
        found = np.bincount(board.state, minlength=len(STATES)).tolist()
    shown = {state: number for state, number in zip(STATES, found, strict=True) if number}
    shown.setdefault(TrialState.COMPLETED, 0)
    return [(words.state(state), shown[state], words.tone(state)) for state in STATES if state in shown]


def _meters(board: Board, summary: TuningJobSummary, now: datetime) -> list[Meter]:
    limits = board.job.limits
    ended = sum(number for state, number in summary.counts.items() if state.is_final)
    passed = ((summary.ended_at or now) - summary.created_at).total_seconds()
    since = None if summary.ended_at else words.millis(summary.created_at)
    found = [
        Meter(
            "Training jobs",
            f"{ended:,}" if limits.trials is None else f"{ended:,} of {limits.trials:,}",
            _share(ended, limits.trials),
        ),
        Meter(
            "Time" if limits.seconds is None else f"Time, at most {words.duration(limits.seconds)}",
            words.duration(passed),
            _share(passed, limits.seconds),
            since,
        ),
        Meter("Training time", words.duration(_run_seconds(board, now)), None),
    ]
    return [*found, *_money(board, summary, now)]


def _money(board: Board, summary: TuningJobSummary, now: datetime) -> list[Meter]:
    price, budget = board.job.price, board.job.limits.budget
    if price is None:
        return []
    spent = summary.spent + _running_cost(board, now)
    text = price.show(spent) if budget is None else f"{price.show(spent)} of {price.show(budget)}"
    return [Meter("Money", text, _share(spent, budget))]


def _run_seconds(board: Board, now: datetime) -> float:
    with board.lock:
        started, ended = board.floats("started"), board.floats("ended")
        until = np.where(np.isfinite(ended), ended, now.timestamp() * 1000)
        return float(np.nansum(np.maximum(until - started, 0.0))) / 1000


def _running_cost(board: Board, now: datetime) -> float:
    total = 0.0
    with board.lock:
        for code, name in enumerate(board.definitions):
            runs = (board.definition == code) & ~board.is_final
            seconds = (
                np.nansum(np.maximum(now.timestamp() * 1000 - board.floats("started")[runs], 0.0)) / 1000
            )
            total += float(seconds) * rate(board.job.parts[name])
    return total


def _share(used: float, limit: float | None) -> float | None:
    return None if not limit else min(1.0, used / limit)
