from __future__ import annotations

import pytest

from tunesmith.control.work_in_words import what_runs
from tunesmith.core.training_job import Command, Function, Script, Work
from tunesmith.store.rows import LostFunction


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (Script("/code", "train.py"), "script train.py in /code"),
        (Command(("train", "--name", "two words")), "command train --name 'two words'"),
        (Function(len), "function len"),
        (Function(LostFunction("loss")), "function loss"),
    ],
)
def test_what_runs(work: Work, words: str) -> None:
    assert what_runs(work) == words
