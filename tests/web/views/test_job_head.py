from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tunesmith.control.service import Service
from tunesmith.core.price import Price
from tunesmith.core.training_job import Function
from tunesmith.core.tuning_job import Limits, TuningStatus
from tunesmith.store.store import Store
from tunesmith.web.views.board import Board
from tunesmith.web.views.job_head import JobHead, job_head

Add = Callable[..., None]


def head_of(store: Store, name: str = "job") -> JobHead:
    board = Board(store, name)
    board.refresh()
    now = board.job.created_at + timedelta(minutes=10)
    return job_head(board, store.summary(name), now)


def test_it_tells_what_is_used_up_of_what_is_allowed(add_job: Add) -> None:
    store = Store()
    limits = Limits(trials=10, seconds=1200, budget=2.0, parallel=2)
    add_job(
        store,
        "job",
        (0.5, None, 0.25),
        limits=limits,
        price=Price(cpu_hour=6.0, currency="EUR"),
        max_seconds=60,
    )
    head = head_of(store)
    assert {meter.label: (meter.text, meter.share) for meter in head.meters} == {
        "Training jobs": ("3 of 10", 0.3),
        "Time, at most 20 min": ("10 min", 0.5),
        "Training time": ("3 min", None),
        "Money": ("0.00 EUR of 2.00 EUR", 0.0),  # the controller sums up what has ended
    }
    assert head.counts == (("Completed", 2, "good"), ("Failed", 1, "bad"))
    assert (head.is_open, head.can_change, head.can_resume) == (True, True, False)


def test_what_can_be_done_depends_on_where_it_is(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5,))
    service = Service(store)
    service.pause_tuning_job("job")
    head = head_of(store)
    assert (head.status, head.tone, head.is_paused, head.can_resume) == ("Paused", "warn", True, True)
    service.resume_tuning_job("job")
    service.stop_tuning_job("job")
    head = head_of(store)
    assert (head.status, head.can_change, head.can_resume) == ("Stopping", False, False)
    add_job(store, "done", (0.5,), ended=TuningStatus.COMPLETED)
    head = head_of(store, "done")
    assert (head.is_open, head.can_resume) == (False, True)


def test_a_function_cannot_go_on_from_here(add_job: Add) -> None:
    store = Store()
    add_job(store, "job", (0.5,), ended=TuningStatus.COMPLETED)
    board = Board(store, "job")
    board.refresh()
    object.__setattr__(board.record.job, "work", Function(print))
    assert not job_head(board, store.summary("job"), board.job.created_at).can_resume
