"""Events, pace, and what the views make of them."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tunesmith.cli import standing
from tunesmith.cli.events import Finished, Started, Trouble, Watcher
from tunesmith.cli.live_view import LiveView
from tunesmith.cli.plain_view import PlainView
from tunesmith.cli.session import Session
from tunesmith.cli.standing import Pace
from tunesmith.cli.summary import summary
from tunesmith.cli.view import choose
from tunesmith.control.progress import Progress
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob, TuningStatus
from tunesmith.store.records import TrialRecord, TuningJobRecord

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
SPACE = Space([Continuous("lr", 0, 1)])


def job(limits: Limits = Limits(10, 2), space: Space = SPACE, strategy: str = "Random") -> TuningJobRecord:  # noqa: B008 - frozen
    made = TuningJob(
        name="job",
        work=Command(("cat",)),
        space=space,
        objective=Objective("accuracy", Goal.MAXIMIZE),
        limits=limits,
        strategy=strategy,
        seed=7,
        created_at=NOW,
    )
    return TuningJobRecord(job=made, modified_at=NOW)


def trial(
    number: int, state: TrialState, value: float | None = None, reason: str | None = None
) -> TrialRecord:
    return TrialRecord(
        number=number,
        name=f"job-{number}",
        config={"lr": 0.25},
        state=state,
        value=value,
        reason=reason,
        created_at=NOW,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=5) if state.is_final else None,
    )


def progress(
    *trials: TrialRecord,
    best: TrialRecord | None = None,
    record: TuningJobRecord | None = None,
    before: int = 0,
) -> Progress:
    """A state in which the trials that have ended did so just now, and `before` others earlier."""
    counts = {state: sum(t.state is state for t in trials) for state in TrialState}
    counts[TrialState.COMPLETED] += before
    return Progress(
        record=record or job(),
        best=best,
        open=tuple(t for t in trials if not t.state.is_final),
        counts=counts,
        finished=tuple(t for t in trials if t.state.is_final),
        warnings=("mind this",) if before else (),
    )


def watcher(known: set[int] | None = None) -> Watcher:
    return Watcher(lambda _: ["last line"], known or set())


def test_events_are_told_once_and_in_order() -> None:
    watch = watcher()
    running, done = trial(2, TrialState.RUNNING), trial(1, TrialState.COMPLETED, 0.5)

    assert [*watch.events(progress(running, done, best=done))] == [
        Started(done),
        Started(running),
        Finished(done, is_best=True),
    ]
    assert [*watch.events(progress(running, best=done))] == []


def test_trials_that_were_known_before_do_not_start_again() -> None:
    assert [*watcher({1}).events(progress(trial(1, TrialState.RUNNING)))] == []


def test_warnings_of_the_controller_are_troubles() -> None:
    assert [*watcher().events(progress(before=1))] == [Trouble("mind this")]


def test_the_output_is_shown_once_for_each_reason() -> None:
    failed = [trial(n, TrialState.FAILED, reason=reason) for n, reason in ((1, "a"), (2, "a"), (3, "b"))]
    troubles = [event for event in watcher().events(progress(*failed)) if isinstance(event, Trouble)]

    assert [trouble.output for trouble in troubles] == [("last line",), (), ("last line",)]
    assert troubles[0].message == "training job 1 failed: a"


def test_a_completed_trial_without_a_value_is_trouble() -> None:
    events = [*watcher().events(progress(trial(1, TrialState.COMPLETED, reason="no value")))]

    assert Trouble("training job 1 is of no use: no value", ("last line",)) in events


def test_the_time_left_follows_from_what_was_seen() -> None:
    pace = Pace(NOW)
    assert pace.left(progress(before=4), NOW) is None  # ended before the watching began
    done = progress(trial(5, TrialState.COMPLETED, 1.0), trial(6, TrialState.COMPLETED, 1.0), before=4)

    assert pace.left(done, NOW + timedelta(seconds=10)) == timedelta(seconds=20)  # 4 more at 5 s each


def test_the_time_left_is_never_more_than_the_limit() -> None:
    limited = progress(record=job(Limits(10, 1, 60)))

    assert Pace(NOW).left(limited, NOW + timedelta(seconds=50)) == timedelta(seconds=10)


@pytest.mark.parametrize(("trials", "total"), [(10, 6), (4, 4), (None, 6)])
def test_a_grid_ends_with_its_last_configuration(trials: int | None, total: int) -> None:
    space = Space([Categorical("a", (1, 2)), Categorical("b", (1, 2, 3))])

    assert standing.total(job(Limits(trials, 1, 60), space, "Grid").job) == total


def test_a_time_limit_alone_gives_no_total() -> None:
    only_seconds = job(Limits(None, 1, 60)).job

    assert standing.total(only_seconds) is None
    assert standing.fraction(only_seconds, {TrialState.COMPLETED: 3}) == "3"


def test_the_live_view_shows_best_running_and_counts() -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=100, height=12, color_system=None)
    view = LiveView(Session(Path("data")), console)
    best = trial(1, TrialState.COMPLETED, 0.75)
    running = [trial(n, TrialState.RUNNING, n / 100) for n in range(2, 20)]
    view.begin(job())
    view.show(
        progress(best, *running, trial(30, TrialState.FAILED), best=best), [Trouble("it [failed]", ("why",))]
    )
    view.say("hold on")
    view.end(None)
    shown = screen.getvalue()

    assert "Best accuracy so far: 0.75 (training job 1)  lr=0.25" in shown
    assert "2/10 finished, 1 failed" in shown
    assert "Warning: it [failed]" in shown
    assert "  | why" in shown
    assert "0.02" in shown
    assert "and 14 more" in shown  # 18 run, there is room for 4
    assert "hold on" in shown


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session in a folder `data`, where there is the tuning job."""
    monkeypatch.chdir(tmp_path)
    session = Session(Path("data"))
    with session.store:
        session.store.create_tuning_job(job().job)
        yield session


def test_the_result_is_left_for_the_terminal_to_wrap_so_that_commands_can_be_copied(session: Session) -> None:
    screen = StringIO()
    view = LiveView(session, Console(file=screen, width=20))
    view.end(progress(before=1))

    assert "tunesmith export job -o job.csv --data data" in screen.getvalue()


class Terminal(StringIO):
    """What takes the place of standard output at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("output", "terminal", "view"),
    [
        (Terminal(), "xterm", LiveView),
        (Terminal(), "dumb", PlainView),
        (StringIO(), "xterm", PlainView),
        (None, "xterm", PlainView),  # it was closed
    ],
)
def test_the_display_is_redrawn_only_where_that_works(
    monkeypatch: pytest.MonkeyPatch, output: StringIO | None, terminal: str, view: type
) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(sys, "stdout", output)
    assert type(choose(Session(Path("data")), as_json=False, quiet=False)) is view


def test_a_stopped_job_that_has_reached_its_limit_needs_a_larger_one(session: Session) -> None:
    stopped = replace(job(), status=TuningStatus.STOPPED)

    assert "resume job --data data" in summary(session, progress(record=stopped, before=9))
    assert "resume job --trials N --data data" in summary(session, progress(record=stopped, before=10))


def test_the_plain_view_says_why_a_trial_was_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = trial(1, TrialState.STOPPED, 0.5, "too slow")
    PlainView(Session(Path("data"))).show(progress(stopped), [Finished(stopped, is_best=False)])

    assert capsys.readouterr().out == (
        "training job 1 was stopped (too slow): accuracy 0.5 (0:00:05; 1/10 finished, 1 stopped)\n"
    )
