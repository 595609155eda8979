"""Settings: what is read, and that a mistake is called by its name."""

from pathlib import Path

import pytest

from tunesmith.api.settings import ImageRule, Quotas, Settings
from tunesmith.server.settings_file import SettingsError, read


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path / "absent.yaml") == Settings()


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_an_empty_file_means_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    assert read(path) == Settings()


def test_everything(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("""
account: "123456789012"
region: eu-central-1
isolation: bubblewrap
quotas: {training_jobs: 5, tuning_seconds: 600}
images:
  - {pattern: mine, mode: command, command: [python, /train.py]}
  - {pattern: theirs, mode: script, python: /usr/bin/python3}
""")
    assert read(path) == Settings(
        account="123456789012",
        region="eu-central-1",
        isolation="bubblewrap",
        quotas=Quotas(training_jobs=5, tuning_seconds=600),
        images=(
            ImageRule("mine", "command", command=("python", "/train.py")),
            ImageRule("theirs", "script", python="/usr/bin/python3"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("acount: x", "'acount' is no key of the settings, which are account, region"),
        ("1: x", "1 is no key of the settings"),
        ("quotas: {training: 1}", "'training' is no key of quotas, which are concurrent_tuning_jobs"),
        ("images: [{pattern: x, mode: script, pythn: y}]", "'pythn' is no key of images"),
        ("account: 123456789012", r"account"),
        ("account: '12'", "account: '12' must be 12 digits"),
        ("isolation: docker", r"isolation"),
        ("quotas: {training_jobs: many}", r"quotas.training_jobs"),
        ("quotas: 5", r"quotas"),
        ("images: {pattern: x, mode: script}", "images"),
        ("images: [{mode: script}]", r"pattern"),
        ("images: [{pattern: '(', mode: script}]", "no regular expression"),
        ("images: [{pattern: x, mode: command}]", "a command belongs to mode command"),
        ("images: [{pattern: x, mode: script, command: [y]}]", "a command belongs to mode command"),
        ("images: [{pattern: x, mode: odd}]", "mode"),
        ("- a", "object"),
        ("a: [", "line 1, column"),
        ("\0", "unacceptable character"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message) as mistake:
        read(path)
    assert str(mistake.value).startswith(f"{path}: ")


def test_what_is_no_text_and_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SettingsError, match="utf-8"):
        read(path)
    with pytest.raises(SettingsError, match="directory"):
        read(tmp_path)
