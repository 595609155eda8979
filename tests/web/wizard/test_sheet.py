from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.wizard.draft import BuiltInWork, CommandWork, Draft, ParameterRow, Row, ScriptWork
from tunesmith.web.wizard.sheet import (
    LAST,
    Sheet,
    choices_from,
    choices_text,
    started_from,
    step_of,
    turned_to,
    value_at,
    with_row,
    with_value,
    without_row,
)

DRAFT = Draft(
    work=ScriptWork(source="/code", entry="train.py"),
    metric="loss",
    metrics=(Row(name="loss", value="loss=(.*)"), Row(name="acc", value="acc=(.*)")),
    parameters=(ParameterRow(name="lr", low="1", high="2"), ParameterRow(name="depth")),
    trials="9",
    parallel="3",
)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("trials",), "12"),
        (("work", "entry"), "other.py"),
        (("parameters", 1, "low"), "0.5"),
        (("parameters", 0, "choices"), ("a", "b")),
    ],
)
def test_a_field_is_filled_in(where: tuple[str | int, ...], value: object) -> None:
    changed = with_value(DRAFT, where, value)
    assert value_at(changed, where) == value
    assert with_value(changed, where, value_at(DRAFT, where)) == DRAFT


def test_there_is_no_other_field() -> None:
    with pytest.raises(ValueError, match="no field 'lows'"):
        with_value(DRAFT, ("parameters", 0, "lows"), "1")


def test_the_objective_is_renamed_in_its_definition_too() -> None:
    assert [row.name for row in with_value(DRAFT, ("metric",), "error").metrics] == ["error", "acc"]
    nameless = Draft(metrics=(Row(),))
    assert with_value(nameless, ("metric",), "error").metrics == (Row(),)


def test_the_built_in_algorithm_measures_its_objective() -> None:
    draft = Draft(work=BuiltInWork(), metric="validation:auc", fixed=(Row(name="num_round", value="9"),))
    changed = with_value(draft, ("metric",), "validation:error")
    assert [(row.name, row.value) for row in changed.fixed] == [("num_round", "9"), ("eval_metric", "error")]
    assert with_value(draft, ("metric",), "validation").fixed == draft.fixed


def test_rows_come_and_go() -> None:
    more = with_row(DRAFT, "parameters", ParameterRow(name="new"))
    assert [row.name for row in more.parameters] == ["lr", "depth", "new"]
    assert [row.name for row in without_row(more, "parameters", 1).parameters] == ["lr", "new"]


def test_another_kind_of_work_keeps_what_was_filled_in_for_this_one() -> None:
    sheet = Sheet(kind="script", draft=DRAFT)
    turned = turned_to(sheet, "xgboost", Draft(work=BuiltInWork(), trials="70"))
    assert (turned.draft.work, turned.draft.parameters, turned.draft.trials) == (BuiltInWork(), (), "70")
    assert turned.draft.parallel == "3"
    back = turned_to(turned, "script", Draft())
    assert back.draft == DRAFT


def test_faults_are_shown_once_a_field_was_left_or_its_step() -> None:
    sheet = Sheet(touched=frozenset({("trials",)}), tried=frozenset({1}))
    shown = [sheet.shows(where) for where in (("trials",), ("parallel",), ("parameters", 0, "low"), ())]
    assert shown == [True, False, True, False]


def test_every_field_is_at_a_step() -> None:
    fields = [("channels", 0, "name"), ("fixed",), ("goal",), ("budget",), ("name",), ()]
    assert [step_of(field) for field in fields] == [0, 1, 2, 3, LAST, LAST]


@pytest.mark.parametrize(
    ("work", "kind"), [(BuiltInWork(), "xgboost"), (CommandWork(), "command"), (ScriptWork(), "script")]
)
def test_a_clone_is_looked_at_as_a_whole(work: object, kind: str) -> None:
    sheet = started_from(with_value(DRAFT, ("work",), work), "old")
    assert (sheet.kind, sheet.step, sheet.origin) == (kind, LAST, "old")
    assert all(sheet.shows((name,)) for name in ("work", "parameters", "metric", "trials", "name"))


def test_choices_are_parted_by_commas() -> None:
    assert choices_from(' adam, "a, b" ,sgd,, ') == ("adam", "a, b", "sgd")
    assert choices_text(("adam", "sgd")) == "adam, sgd"


@given(st.lists(st.text("ab,\"' 1\\", min_size=1).map(str.strip).filter(bool)).map(tuple))
def test_choices_are_read_as_they_are_written(choices: tuple[str, ...]) -> None:
    assert choices_from(choices_text(choices)) == choices
