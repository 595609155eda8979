from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.training.process_text import check_arguments, check_variables


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("", "x", "must not be empty"),
        ("a=b", "x", "'='"),
        ("a", "x\0y", "NUL"),
        ("a", "\ud800", "surrogates"),
        ("a", "x" * 131_072, "131073 bytes"),
    ],
)
def test_a_variable_that_no_process_takes_is_refused_by_name(name: str, text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r"hyperparameters: .*" + fault):
        check_variables("hyperparameters", {"good": "1", name: text})


def test_an_argument_that_no_process_takes_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="arguments: argument 1 must not hold a NUL"):
        check_arguments("arguments", ["ok", "\0"])


@settings(max_examples=20)
@given(st.text(st.characters(exclude_characters="=\0"), min_size=1), st.text())
def test_what_passes_the_check_passes_to_a_process(name: str, text: str) -> None:
    try:
        check_variables("x", {name: text})
        check_arguments("x", [text])
    except ValueError:
        return
    subprocess.run(["/bin/true", text], env={name: text}, check=True)


def test_the_longest_argument_is_one_that_linux_takes() -> None:
    longest = "x" * 131_071
    check_arguments("x", [longest])
    if sys.platform == "linux":
        subprocess.run(["/bin/true", longest], check=True)
        with pytest.raises(OSError, match="too long"):
            subprocess.run(["/bin/true", longest + "x"], check=True)
