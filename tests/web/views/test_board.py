"""The columns that pictures are made from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tunesmith.core.trial import TrialState
from tunesmith.store.errors import NotFound
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.views.board import STATES, Board, Boards

Add = Callable[..., None]


@pytest.fixture
def board(add_searched_job: Add) -> Board:
    store = Store()
    add_searched_job(store, "job", 600)
    board = Board(store, "JOB")
    board.refresh()
    return board


def test_columns_are_what_the_store_has(board: Board) -> None:
    trials = board._store.trials("job")
    assert board.number.tolist() == [trial.number for trial in trials]
    assert [STATES[code] for code in board.state] == [trial.state for trial in trials]
    assert [board.config(row) for row in range(board.count)] == [trial.config for trial in trials]
    for trial, value, loss in zip(trials, board.floats("value"), board.floats("loss"), strict=True):
        assert trial.value == value or (trial.value is None and math.isnan(value))
        assert trial.state is TrialState.FAILED or loss == value
    assert board.rows_of([0, 3, 600, 601]).tolist() == [2, 599]


def test_a_refresh_marks_what_has_changed(board: Board) -> None:
    before = board.serial
    board.refresh()
    assert board.serial == before
    trials = board._store.trials("job")
    new = replace(
        trials[0], number=601, name="job-new", state=TrialState.RUNNING, rank=None, ended_at=None, value=None
    )
    board._store.record("job", Change(trials=(new,), at=new.created_at))
    board.refresh()
    assert board.number[board.since(before)].tolist() == [601]
    serial = board.serial
    board.refresh()
    assert board.serial == serial
    board._store.record("job", Change(trials=(replace(new, value=0.5),), at=new.created_at))
    board.refresh()
    assert board.number[board.since(serial)].tolist() == [601]
    assert board.floats("value")[-1] == 0.5
    assert math.isnan(board.floats("loss")[-1])


def test_boards_notice_another_job_of_the_same_name(add_searched_job: Add) -> None:
    store = Store()
    add_searched_job(store, "job", 3)
    boards = Boards(store)
    first = boards.open("job")
    assert boards.open("JOB") is first
    store.delete_tuning_job("job")
    with pytest.raises(NotFound):
        boards.open("job")
    add_searched_job(store, "job", 2, created=first.job.created_at + timedelta(days=1))
    second = boards.open("job")
    second.refresh()
    assert second is not first
    assert second.count == 2
