from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.space import Continuous
from tunesmith.core.tuning_job import TuningJob
from tunesmith.web.wizard.cloning import draft_of
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    Row,
    ScriptWork,
)
from tunesmith.web.wizard.sheet import STEPS, Sheet, started_from
from tunesmith.web.wizard.sheet_text import read, written

TEXTS = st.text(max_size=8)
VALUES = st.one_of(st.integers(), st.floats(allow_nan=False), TEXTS, st.booleans())
ROWS = st.builds(Row, name=TEXTS, value=TEXTS)
DRAFTS = st.builds(
    Draft,
    name=TEXTS,
    work=st.one_of(
        st.builds(ScriptWork, source=TEXTS),
        st.builds(CommandWork, literal=st.booleans()),
        st.builds(BuiltInWork),
    ),
    metrics=st.lists(ROWS, max_size=2).map(tuple),
    parameters=st.lists(
        st.builds(ParameterRow, name=TEXTS, choices=st.lists(TEXTS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    channels=st.lists(st.builds(ChannelRow, plain=st.booleans()), max_size=1).map(tuple),
    environment=st.lists(ROWS, max_size=1).map(tuple),
    initial=st.lists(st.dictionaries(TEXTS, VALUES, max_size=2), max_size=1).map(tuple),
    pause=st.booleans(),
    parents=st.lists(TEXTS, max_size=2).map(tuple),
)
SHEETS = st.builds(
    Sheet,
    draft=DRAFTS,
    kind=TEXTS,
    step=st.integers(0, len(STEPS) - 1),
    label=st.integers(),
    log=TEXTS,
    touched=st.frozensets(st.tuples(TEXTS, st.integers(), TEXTS) | st.tuples(TEXTS), max_size=2),
    tried=st.frozensets(st.integers(0, 4)),
    shelf=st.dictionaries(TEXTS, DRAFTS, max_size=2),
)


@given(SHEETS)
def test_a_sheet_is_read_as_it_was_written(sheet: Sheet) -> None:
    assert read(written(sheet)) == sheet


def test_the_sheet_of_a_clone_is_read_as_it_was_written(make_job: Callable[..., TuningJob]) -> None:
    job = make_job("job", initial=({"x": 0.5},))
    assert isinstance(job.space.parameters[0], Continuous)
    sheet = started_from(draft_of(job), "job")
    assert read(written(sheet)) == sheet


def test_another_version_may_know_more_or_less() -> None:
    plain: dict[str, Any] = json.loads(written(Sheet(draft=Draft(metric="loss"), kind="script")))
    plain["draft"]["colour"] = plain["colour"] = "red"
    plain["step"] = 99
    del plain["draft"]["currency"], plain["log"]
    found = read(json.dumps(plain))
    assert (found.draft, found.kind, found.step) == (Draft(metric="loss"), "script", len(STEPS) - 1)


@pytest.mark.parametrize(
    "change",
    [
        {"draft": None},
        {"draft": {"work": {"kind": "magic"}}},
        {"touched": 1},
        {"shelf": []},
        {"step": None},
    ],
)
def test_what_is_no_sheet_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="this is no sheet"):
        read(json.dumps(json.loads(written(Sheet())) | change))
