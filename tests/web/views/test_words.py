from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.web.views import words


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (86_400 * 3 + 3600 * 4 + 59, "3 d 4 h"),
    ],
)
def test_durations(seconds: float, expected: str) -> None:
    assert words.duration(seconds) == expected


def test_numbers() -> None:
    assert [words.number(each) for each in (0.123456789, -1.5, 1e-9, None)] == [
        "0.123457",
        "\N{MINUS SIGN}1.5",
        "1e\N{MINUS SIGN}09",
        "\N{EN DASH}",
    ]
    assert [words.setting(each) for each in (True, 3, 0.5, "adam")] == ["true", "3", "0.5", "adam"]
    assert [words.count(each, "job") for each in (0, 1, 12_000)] == ["0 jobs", "1 job", "12,000 jobs"]


def test_moments() -> None:
    at = datetime(2026, 3, 1, 12, 5, 59, tzinfo=UTC)
    assert words.moment(at) == "2026-03-01 12:05 UTC"
    assert words.moment(None) == "\N{EN DASH}"
    assert words.millis(at) == 1_772_366_759_000


def test_every_state_has_words_and_a_tone() -> None:
    said = [words.state(each) for each in (*TuningStatus, *TrialState)]
    assert "In progress" in said
    assert all(each[0].isupper() and each[1:] == each[1:].lower() for each in said)
    assert words.tone(TuningStatus.FAILED) == "bad"
    assert words.tone(TrialState.STOPPED) == "calm"
