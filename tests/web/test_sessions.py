from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tunesmith.api.keys import Keys
from tunesmith.web.sessions import IDLE, LONGEST, Sessions

SECOND = timedelta(seconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


def test_a_session_is_found_by_its_token_until_it_ends(keys: Keys, clock: Clock) -> None:
    sessions = Sessions(keys, clock)
    token = sessions.start(keys.create("laptop").id)
    found = sessions.find(token)
    assert found is not None
    assert found.label == "laptop"
    assert sessions.find(token[:-1]) is None
    assert sessions.find(None) is None
    sessions.end(token)
    assert sessions.find(token) is None


def test_a_session_that_is_not_used_ends(keys: Keys, clock: Clock) -> None:
    sessions = Sessions(keys, clock)
    token = sessions.start(keys.create("laptop").id)
    clock.now += IDLE
    assert sessions.find(token)
    clock.now += IDLE + SECOND
    assert sessions.find(token) is None


def test_a_session_ends_however_much_it_is_used(keys: Keys, clock: Clock) -> None:
    sessions = Sessions(keys, clock)
    token, end = sessions.start(keys.create("laptop").id), clock.now + LONGEST
    while clock.now + IDLE <= end:
        clock.now += IDLE
        assert sessions.find(token)
    clock.now = end + SECOND
    assert sessions.find(token) is None


def test_revoking_the_access_key_ends_its_sessions(keys: Keys, clock: Clock) -> None:
    sessions = Sessions(keys, clock)
    key, other = keys.create("laptop"), keys.create("desk")
    token, stays = sessions.start(key.id), sessions.start(other.id)
    keys.revoke(key.id)
    assert sessions.find(token) is None
    assert sessions.find(stays)
