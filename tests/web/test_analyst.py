"""The process that analyses tuning jobs, and the lessons that it gives."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.analysis.finding import Kind
from tunesmith.analysis.report.write import Format
from tunesmith.control.insight import report
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.records import Change
from tunesmith.store.store import Store
from tunesmith.web.analyst import Analyst
from tunesmith.web.questions import AskBeliefs, Study
from tunesmith.web.views import lessons as module
from tunesmith.web.views.board import Board
from tunesmith.web.views.contour import contour
from tunesmith.web.views.lesson import Beliefs
from tunesmith.web.views.lessons import Lessons

Add = Callable[..., None]


@pytest.fixture(scope="module")
def store(add_searched_job: Add) -> Store:
    made = Store()
    add_searched_job(made, "job", 30)
    return made


@pytest.fixture(scope="module")
def lessons(store: Store, board: Board) -> Iterator[Lessons]:
    made = Lessons(store)
    yield made
    made.close()
    with pytest.raises((OSError, EOFError)):
        made.why(board, 1)
    assert made._analyst is not None
    made._analyst.communicate()


@pytest.fixture(scope="module")
def board(store: Store) -> Board:
    made = Board(store, "job")
    made.refresh()
    return made


def test_a_lesson_tells_what_matters_and_what_to_use(lessons: Lessons, board: Board) -> None:
    known = lessons.of(board)
    assert (known.ended, known.analysed, known.is_final) == (30, 30, False)
    taught = known.lesson.of(None)
    assert taught.shares is not None
    assert taught.shares.ranked[0].name == "rate"
    assert {line.name for line in taught.lines} <= {"rate", "depth", "kind"}
    assert known.lesson.sureness == taught.sureness
    assert taught.sureness is not None
    assert board.floats("value")[board.rows_of([taught.sureness.number])[0]] < 0.3
    assert Kind.FAILURES in {finding.kind for finding in known.lesson.findings}
    assert not lessons.is_stale(board)
    assert lessons.of(board) is known


def test_a_map_covers_the_space_with_its_training_jobs_on_it(lessons: Lessons, board: Board) -> None:
    found = contour(lessons, board, None, "rate", "kind")
    assert found is not None
    lefts, rights = {cell[0] for cell in found.cells}, {cell[1] for cell in found.cells}
    assert min(lefts) == pytest.approx(1e-4)
    assert max(rights) == pytest.approx(1.0)
    assert {cell[2] for cell in found.cells} == {0.0, 1.0}
    assert len(found.points) == 27
    best = min(found.cells, key=lambda cell: cell[4])
    assert 1e-3 < best[0] < 0.1


def test_why_a_training_job_was_suggested(lessons: Lessons, board: Board) -> None:
    found = lessons.why(board, 12)
    assert found is not None
    assert "12" in found.sentence
    assert lessons.why(board, 99) is None


def test_what_is_expected_of_each_configuration(lessons: Lessons, board: Board) -> None:
    found = lessons.beliefs(board, board.rows_of(range(1, 25)))
    assert list(found.of) == list(range(1, 25))  # those that failed, too: the model knows the space
    value = board.floats("value")
    inside = [each.low <= value[number - 1] <= each.high for number, each in found.of.items() if number % 8]
    assert sum(inside) >= 0.8 * len(inside)
    assert all(each.low <= each.value <= each.high for each in found.of.values())
    assert found.noise[None].value < 0.1


def test_of_several_algorithms_each_has_a_model_of_its_own(add_searched_job: Add) -> None:
    store = Store()
    add_searched_job(store, "job", 30)
    board = Board(store, "job")
    board.refresh()
    configs = {
        None: {7: store.trial("job", 7).config},
        "another": {},
    }
    found = Analyst().answer(AskBeliefs(Study(board.record, store.trials("job")), configs))
    assert isinstance(found, Beliefs)
    assert (list(found.of), list(found.noise)) == ([7], [None])
    few = Study(board.record, store.trials("job")[:3])
    assert Analyst().answer(AskBeliefs(few, configs)) == Beliefs({}, {})


def test_the_report_is_written_over_there(tmp_path: Path, add_searched_job: Add) -> None:
    with Store(f"sqlite:///{tmp_path / 'tunesmith.db'}") as store:
        add_searched_job(store, "job", 30)
        lessons, now = Lessons(store), datetime(2026, 3, 2, tzinfo=UTC)
        try:
            content, media = lessons.report("job", ".json", now)
            assert (media, json.loads(content)["name"]) == ("application/json", "job")
            assert (content, media) == report(store, "job", Format.JSON, now)
            with pytest.raises(RuntimeError, match="NotFound: no tuning job 'nobody'"):
                lessons.report("nobody", ".json", now)
        finally:
            lessons.close()
            assert lessons._analyst is not None
            lessons._analyst.communicate()


def test_another_analyst_takes_over_from_one_that_has_gone(lessons: Lessons, board: Board) -> None:
    lessons.why(board, 3)
    gone = lessons._analyst
    assert gone is not None
    gone.kill()
    gone.wait()
    assert lessons.why(board, 3) is not None
    assert lessons._analyst is not gone


def test_what_goes_wrong_is_told_and_does_no_harm(lessons: Lessons, board: Board) -> None:
    with pytest.raises(RuntimeError, match="ValueError: there is no parameter 'nothing'"):
        lessons.map(board, None, "rate", "nothing")
    assert lessons.why(board, 3) is not None


def test_a_lesson_is_learned_anew_when_enough_has_happened(
    add_searched_job: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    add_searched_job(store, "job", 20)
    board, lessons = Board(store, "job"), Lessons(store)
    board.refresh()
    asked = []
    monkeypatch.setattr(Lessons, "_ask", lambda _self, question: asked.append(question))
    lessons.of(board)
    for number in (21, 22):
        new = replace(store.trial("job", 1), number=number, name=f"job-{number}", rank=number)
        store.record("job", Change(trials=(new,), at=new.created_at))
        board.refresh()
        lessons.of(board)
    assert [len(question.study.trials) for question in asked] == [20, 22]
    store.record("job", Change(status=TuningStatus.COMPLETED, at=board.job.created_at))
    board.refresh()
    assert lessons.is_stale(board)


def test_of_very_many_training_jobs_some_are_analysed(
    add_searched_job: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    add_searched_job(store, "job", 200)
    board, lessons = Board(store, "job"), Lessons(store)
    board.refresh()
    asked = []
    monkeypatch.setattr(module, "MOST", 50)
    monkeypatch.setattr(Lessons, "_ask", lambda _self, question: asked.append(question))
    known = lessons.of(board)
    assert (known.ended, known.analysed) == (200, len(asked[0].study.trials))
    best = store.best_trial("job")
    assert best is not None
    assert {1, best.number, 200} <= {trial.number for trial in asked[0].study.trials}
    assert known.analysed <= 50


def test_the_analyst_ends_with_whoever_has_started_it() -> None:
    process = subprocess.run(module._COMMAND, input=b"", capture_output=True, timeout=60, check=True)
    assert process.stdout == process.stderr == b""
