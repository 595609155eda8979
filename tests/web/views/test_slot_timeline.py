from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tunesmith.core.trial import TrialState
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.views import slot_timeline as module
from tunesmith.web.views.board import Board
from tunesmith.web.views.objective_history import Kind
from tunesmith.web.views.slot_timeline import slot_timeline


def test_bars_lie_in_lanes_and_open_ones_have_no_end(add_searched_job: Callable[..., None]) -> None:
    store = Store()
    add_searched_job(store, "job", 10)
    trial = store.trial("job", 1)
    runs = replace(trial, number=11, name="job-11", state=TrialState.RUNNING, rank=None, ended_at=None)
    store.record("job", Change(trials=(runs,), at=trial.created_at))
    board = Board(store, "job")
    board.refresh()
    found = slot_timeline(store, board)
    assert found.total == 11
    assert found.lanes == 1 + max(bar.lane for bar in found.bars)
    of = {bar.number: bar for bar in found.bars}
    assert of[11].end is None
    assert of[11].kind is Kind.OPEN
    assert of[8].kind is Kind.FAILED
    assert of[5].end is not None
    assert of[5].end - of[5].start == 50_000


def test_only_the_latest_are_drawn(
    add_searched_job: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    add_searched_job(store, "job", 30)
    monkeypatch.setattr(module, "MOST", 10)
    board = Board(store, "job")
    board.refresh()
    found = slot_timeline(store, board)
    assert {bar.number for bar in found.bars} == set(range(21, 31))
    assert found.total == 30
