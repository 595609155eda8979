from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tunesmith.api.keys import AccessKey, Keys
from tunesmith.web.links import LIFETIME, Links, sign_in_link

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def key(keys: Keys) -> AccessKey:
    return keys.create("ui")


def token_of(key: AccessKey, at: datetime) -> str:
    address = urlsplit(sign_in_link("http://127.0.0.1:8642", key, at))
    assert address.path == "/ui/sign-in"
    return parse_qs(address.query)["link"][0]


def links_at(keys: Keys, *times: datetime) -> Links:
    """Links of a server that starts at the first of these times and then looks at the clock at the others."""
    return Links(keys, iter(times).__next__)


def test_a_link_works_once(keys: Keys, key: AccessKey) -> None:
    links, token = links_at(keys, NOW, NOW, NOW), token_of(key, NOW)
    assert links.redeem(token) == key.id
    assert links.redeem(token) is None


@pytest.mark.parametrize(
    ("started", "made", "used"),
    [
        (NOW, NOW, NOW + LIFETIME + SECOND),  # too old
        (NOW, NOW - SECOND, NOW),  # from before the server: it may have been used at the one before
        (NOW, NOW + SECOND, NOW),  # from the future
    ],
)
def test_a_link_of_another_time_does_not_work(
    keys: Keys, key: AccessKey, started: datetime, made: datetime, used: datetime
) -> None:
    assert links_at(keys, started, used).redeem(token_of(key, made)) is None


def test_a_link_works_until_its_last_moment(keys: Keys, key: AccessKey) -> None:
    assert links_at(keys, NOW, NOW + LIFETIME).redeem(token_of(key, NOW)) == key.id


def test_a_link_of_a_key_that_is_gone_does_not_work(keys: Keys, key: AccessKey) -> None:
    token = token_of(key, NOW)
    keys.revoke(key.id)
    assert links_at(keys, NOW, NOW).redeem(token) is None


def test_every_letter_of_a_link_counts(keys: Keys, key: AccessKey) -> None:
    token = token_of(key, NOW)
    for place, letter in enumerate(token):
        other = token[:place] + ("0" if letter != "0" else "1") + token[place + 1 :]
        assert links_at(keys, NOW, NOW).redeem(other) is None, place


@given(text=some.text(max_size=60) | some.text(some.sampled_from("a.1٣\udcff"), max_size=40))
def test_nonsense_is_no_link(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    keys = Keys(tmp_path_factory.getbasetemp() / "no-keys.json")
    assert Links(keys, lambda: NOW).redeem(text) is None
