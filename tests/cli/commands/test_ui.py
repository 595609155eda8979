"""`tunesmith ui`: a link that the server that runs redeems, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from tunesmith.api.keys import Keys
from tunesmith.cli.commands import ui
from tunesmith.web.links import PAGE_LABEL, Links


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(ui.command, words, env={"TUNESMITH_DATA": str(data)})


def test_the_link_signs_in_once(data: Path) -> None:
    started = datetime.now(UTC) - timedelta(minutes=1)
    keys = Keys(data / "keys.json")
    said = run(data)
    assert said.exit_code == 0
    address = urlsplit(said.stdout.strip())
    assert (address.netloc, address.path) == ("127.0.0.1:8642", "/ui/sign-in")
    (token,) = parse_qs(address.query)["link"]
    links = Links(keys, Clock(started))
    (key,) = keys.list()
    assert key.label == PAGE_LABEL
    assert links.redeem(token) == key.id
    assert links.redeem(token) is None


class Clock:
    """A server's clock: the time of its start, and then the real one."""

    def __init__(self, started: datetime) -> None:
        self._next = started

    def __call__(self) -> datetime:
        now, self._next = self._next, datetime.now(UTC)
        return now


def test_the_key_is_made_once(data: Path) -> None:
    for _ in range(2):
        run(data)
    assert [key.label for key in Keys(data / "keys.json").list()] == [PAGE_LABEL]


def test_it_is_for_the_server_that_is_named(data: Path) -> None:
    assert run(data, "--host", "gpu.example", "--port", "9000").stdout.startswith(
        "http://gpu.example:9000/ui/"
    )
    assert run(data, "--host", "::1").stdout.startswith("http://[::1]:8642/ui/")


def test_a_broken_key_file_is_told_of(data: Path) -> None:
    data.mkdir()
    (data / "keys.json").write_text("{")
    said = run(data)
    assert said.exit_code != 0
    assert "keys.json" in said.stderr
