"""Access keys: secret, whole, and the same for every process at once."""

import json
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.api.keys import Keys, KeysError

NOW = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


def test_a_key_looks_like_those_of_aws_and_can_be_read_again(path: Path) -> None:
    key = Keys(path, clock=lambda: NOW).create("laptop of Zoë")

    assert re.fullmatch("TSAK[A-Z2-7]{16}", key.id)
    assert re.fullmatch("[A-Za-z0-9]{40}", key.secret)
    assert key.secret not in repr(key)
    assert Keys(path).list() == (key,)
    assert (key.label, key.created_at) == ("laptop of Zoë", NOW)
    assert Keys(path).secret(key.id) == key.secret
    assert Keys(path).secret(key.id.lower()) is None


def test_looking_creates_nothing(path: Path) -> None:
    keys = Keys(path)

    assert (keys.list(), keys.secret("TSAK")) == ((), None)
    with pytest.raises(KeysError, match="there is no access key 'TSAK' in "):
        keys.revoke("TSAK")
    assert not path.parent.exists()


def test_only_the_owner_may_read(path: Path) -> None:
    keys = Keys(path)
    keys.create("a")
    path.chmod(0o644)
    keys.create("b")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(file.name for file in path.parent.iterdir()) == ["keys.json", "keys.json.lock"]


def test_what_a_killed_writer_left_does_no_harm(path: Path) -> None:
    path.parent.mkdir()
    partial = path.with_name(".keys.json.partial")
    partial.write_text("{")
    partial.chmod(0o644)

    Keys(path).create("a")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not partial.exists()


def test_a_revoked_key_is_gone_at_once_for_those_who_knew_it(path: Path) -> None:
    server, shell = Keys(path), Keys(path)
    kept, revoked = shell.create("kept"), shell.create("revoked")
    assert server.secret(revoked.id) == revoked.secret

    assert shell.revoke(revoked.id) == revoked

    assert server.secret(revoked.id) is None
    assert server.secret(kept.id) == kept.secret
    path.unlink()
    assert server.secret(kept.id) is None


def test_the_newest_key_with_a_label_is_used_again(path: Path) -> None:
    keys = Keys(path)
    keys.create("other")
    made = keys.labelled("env")

    assert keys.labelled("env") == made
    newest = keys.create("env")
    assert keys.labelled("env") == newest
    assert len(keys.list()) == 3


def test_threads_lose_no_key(path: Path) -> None:
    keys = Keys(path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: keys.create(str(i)), range(24)))

    assert {key.id for key in keys.list()} == {key.id for key in made}


def test_processes_lose_no_key_and_share_a_label(path: Path) -> None:
    program = (
        "import sys, pathlib; from tunesmith.api.keys import Keys\n"
        "keys = Keys(pathlib.Path(sys.argv[1]))\n"
        "for i in range(5): keys.create('own'); keys.labelled('shared')"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(4)]

    assert [process.wait(60) for process in processes] == [0] * 4
    labels = [key.label for key in Keys(path).list()]
    assert sorted(labels) == ["own"] * 20 + ["shared"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"keys": 1}', '{"keys": [{"id": "x"}]}', '{"keys": ["x"]}', "\xff"]
)
def test_a_broken_file_is_named(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(KeysError, match=f"{re.escape(str(path))} does not hold access keys: "):
        Keys(path).list()
    with pytest.raises(KeysError):  # rather than losing what may be mended
        Keys(path).create("a")
    assert path.read_bytes() == content.encode("latin-1")


def test_the_file_is_plain_json(path: Path) -> None:
    key = Keys(path, clock=lambda: NOW).create("a")

    assert json.loads(path.read_text())["keys"] == [
        {"id": key.id, "secret": key.secret, "label": "a", "created_at": "2025-12-31T23:59:00+00:00"}
    ]
