from __future__ import annotations

import argparse
import json
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.space import Value
from tunesmith.training.script_mode import arguments, command, decode, encode, is_package, is_shell, split

NUMBERS = st.integers() | st.floats(allow_nan=False) | st.booleans()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (19, "19"),
        (0.1, "0.1"),
        (1e-07, "1e-07"),
        (5.0, "5.0"),
        (True, "true"),
        (False, "false"),
        ("adam", "adam"),
        ('"adam"', '"adam"'),
        ("", ""),
    ],
)
def test_texts_of_values(value: Value, text: str) -> None:
    assert encode(value) == text


@given(NUMBERS)
def test_numbers_and_booleans_survive_their_text(value: float) -> None:
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


@given(st.text())
def test_strings_are_verbatim_and_never_fail_to_decode(text: str) -> None:
    assert encode(text) == text
    decode(text)


@given(st.text().filter(lambda text: not _is_json(text)))
def test_text_that_is_not_json_stays_itself(text: str) -> None:
    assert decode(text) == text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000])
def test_text_that_json_gives_up_on_stays_itself(text: str) -> None:
    assert decode(text) == text


def test_hyperparameters_are_parted_by_whom_they_are_for() -> None:
    parts = split(
        {
            "lr": "0.1",
            "_tuning_objective_metric": "accuracy",
            "sagemaker_program": '"train.py"',
            "sagemaker_region": "eu-west-1",
            "sagemaker_mpi_enabled": "true",
        }
    )
    assert parts.user == {"lr": 0.1}
    assert parts.platform == {
        "_tuning_objective_metric": "accuracy",
        "sagemaker_program": "train.py",
        "sagemaker_region": "eu-west-1",
    }
    assert parts.framework == {"sagemaker_mpi_enabled": True}


def test_arguments_are_sorted_with_one_dash_before_a_letter() -> None:
    assert arguments({"lr": 0.1, "b": 2, "act": "relu", "Z_x": 1}) == [
        "--Z_x", "1", "--act", "relu", "-b", "2", "--lr", "0.1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("true", "True"),
        ("False", "False"),
        ("null", ""),
        ('{"b": 2, "a": [1]}', "a=[1],b=2"),
        ("[1, 2]", "[1, 2]"),
        ('"quoted"', "quoted"),
        ("it's $HOME; rm", "it's $HOME; rm"),
    ],
)
def test_arguments_of_texts(text: str, argument: str) -> None:
    assert arguments({"x": decode(text)}) == ["-x", argument]


@given(st.dictionaries(st.from_regex(r"[a-z]{2,8}", fullmatch=True), st.floats(allow_nan=False), max_size=4))
def test_a_script_reads_back_the_numbers(config: dict[str, float]) -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in config:
        parser.add_argument(f"--{name}", type=float, dest=f"hp_{name}")
    # "=" because a script's own parser takes -inf for an option
    words = arguments({name: decode(encode(value)) for name, value in config.items()})
    joined = [f"{name}={value}" for name, value in zip(words[::2], words[1::2], strict=True)]
    assert vars(parser.parse_args(joined)) == {f"hp_{name}": value for name, value in config.items()}


def test_kinds_of_entry_points() -> None:
    assert command("train.py", ["train.py"], ["-a", "1"], "py") == ("py", "train.py", "-a", "1")
    assert command("a/b.py", ["a", "setup.py"], ["-a", "1"], "py") == ("py", "-m", "a.b", "-a", "1")
    assert command("module", ["setup.py"], [], "py") == ("py", "-m", "module")
    assert command("run.sh", ["setup.py"], [], "py")[:2] == ("/bin/sh", "-c")
    assert command("run", ["run"], [], "py") == ("/bin/sh", "-c", "./run")
    assert is_package("train.py", ["setup.py"])
    assert not is_package("run.sh", ["setup.py"])
    assert is_shell("run.sh", ["setup.py"])
    assert not is_shell("module", ["setup.py"])


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4))
def test_a_shell_command_carries_its_arguments_unharmed(words: list[str]) -> None:
    shell, option, line = command("run me.sh", [], words, "py")
    assert (shell, option) == ("/bin/sh", "-c")
    assert shlex.split(line) == ["./run me.sh", *words]


def test_a_shell_really_runs_it() -> None:
    words = ["--x", "a b'c\"d$HOME`id`\n*"]
    shell, option, line = command("run.sh", [], words, "py")
    shown = line.replace("./run.sh", "printf %s,", 1)
    assert subprocess.run([shell, option, shown], capture_output=True, text=True, check=True).stdout == (
        f"{words[0]},{words[1]},"
    )
