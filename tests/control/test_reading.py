from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.log_metrics import LogMetrics
from tunesmith.control.reading import Reading, counting
from tunesmith.core.training_job import Ending
from tunesmith.store.records import Attempt

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READER = LogMetrics(())


def attempt(reports: int | None, forgotten: int = 0) -> Attempt:
    return Attempt(started_at=NOW, ended_at=NOW, ending=Ending.PAUSED, reports=reports, forgotten=forgotten)


def reading(*epochs: float | None) -> Reading:
    made = Reading(READER)
    for number, epoch in enumerate(epochs, 1):
        made.add(float(number), epoch)
    return made


@pytest.mark.parametrize(
    ("epochs", "again", "left"),
    [
        ((1, 2, 3), 4, 3),
        ((1, 2, 3), 3, 2),
        ((1, 2, 3), 1, 0),
        ((0, 1, 2), 2, 2),  # whether one counts from 0 or from 1
        ((1, 1, 2, 2), 2, 2),  # several reports of an epoch
        ((None, None, None), 1, 3),
        ((), 5, 0),
    ],
)
def test_epochs_that_are_trained_again_are_forgotten(
    epochs: tuple[float | None, ...], again: float, left: int
) -> None:
    made = reading(*epochs)
    assert made.forget_from(again) == len(epochs) - left
    assert made.reports == [float(n) for n in range(1, left + 1)]
    assert made.epochs == list(epochs[:left])
    assert made.made == made.most == len(epochs)


def test_the_next_attempt_begins_with_what_counts() -> None:
    after = reading(1, 2, 3).again(READER, forgotten=1)
    assert (after.reports, after.epochs, after.made, after.most) == ([1.0, 2.0], [1, 2], 0, 3)


@pytest.mark.parametrize(
    ("made", "earlier", "counted", "latest", "most"),
    [
        ("", [], "", 0, 0),
        ("abc", [], "abc", 3, 3),
        ("abcd", [attempt(3)], "abcd", 1, 4),
        ("abccd", [attempt(3, forgotten=1)], "abcd", 2, 4),
        ("abcabcde", [attempt(3, forgotten=3)], "abcde", 5, 5),
        ("abcab", [attempt(3, forgotten=3)], "ab", 2, 3),
        ("abcbc", [attempt(3), attempt(0, forgotten=2)], "abc", 2, 3),  # lost before its first report
        ("abcab", [attempt(None, forgotten=3)], "ab", 2, 3),  # as Tunesmith wrote it once
        ("abcd", [attempt(None)], "abcd", 4, 4),
    ],
)
def test_what_counts_is_found_again_in_all_that_was_reported(
    made: str, earlier: list[Attempt], counted: str, latest: int, most: int
) -> None:
    assert counting(made, earlier) == (list(counted), latest, most)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=5))
def test_another_controller_finds_what_this_one_knew(runs: list[tuple[int, int]]) -> None:
    """Each run reports some epochs, after it has gone back by some."""
    now, points, earlier = Reading(READER), list[float](), list[Attempt]()
    for back, reports in runs:
        begin = max(1, len(now.reports) + 1 - back)
        for number in range(begin, begin + reports):
            if number == begin and earlier:
                last = earlier.pop()
                earlier.append(attempt(last.reports, last.forgotten + now.forget_from(number)))
            now.add(float(len(points)), number)
            points.append(float(len(points)))
        counted, made, most = counting(points, earlier)
        assert (counted, made, most) == (now.reports, now.made, now.most)
        earlier.append(attempt(now.made))
        now = now.again(READER)
