"""`tunesmith keys`: made, listed without secrets, revoked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tunesmith.api.keys import Keys
from tunesmith.cli.commands import keys


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(keys.command, words, env={"TUNESMITH_DATA": str(data)})


def test_a_key_is_shown_when_it_is_made(data: Path) -> None:
    result = run(data, "create", "laptop")

    (key,) = Keys(data / "keys.json").list()
    assert result.stdout == f"access key id      {key.id}\nsecret access key  {key.secret}\n"
    assert key.label == "laptop"


def test_the_list_has_no_secrets(data: Path) -> None:
    first, second = (json.loads(run(data, "create", label, "--json").stdout) for label in ("a", "b\x1b[1m"))

    text, facts = run(data, "list").stdout, json.loads(run(data, "list", "--json").stdout)

    assert [line.split()[0] for line in text.splitlines()] == ["ACCESS", first["id"], second["id"]]
    assert [(fact["id"], fact["label"]) for fact in facts] == [(first["id"], "a"), (second["id"], "b\x1b[1m")]
    assert "\x1b" not in text
    assert first["secret"] not in text + str(facts)


def test_no_keys(data: Path) -> None:
    assert json.loads(run(data, "list", "--json").stdout) == []
    result = run(data, "list")

    assert (result.stdout, result.exit_code) == ("", 0)
    assert f"there are no access keys in {data}" in result.stderr
    assert not data.exists()


def test_a_revoked_key_is_gone(data: Path) -> None:
    key = Keys(data / "keys.json").create("laptop")

    result = run(data, "revoke", key.id)

    assert (result.stdout, result.stderr) == ("", f"Revoked {key.id} (laptop).\n")
    assert Keys(data / "keys.json").list() == ()
    again = run(data, "revoke", key.id)
    assert again.exit_code == 1
    assert f"there is no access key '{key.id}' in {data / 'keys.json'}" in again.stderr


def test_a_revoked_key_as_json(data: Path) -> None:
    key = Keys(data / "keys.json").create("laptop")

    assert json.loads(run(data, "revoke", key.id, "--json").stdout)["id"] == key.id


def test_a_broken_file_is_a_message(data: Path) -> None:
    data.mkdir()
    (data / "keys.json").write_text("?")

    result = run(data, "list")

    assert result.exit_code == 1
    assert "does not hold access keys" in result.stderr
