from typing import Literal

import msgspec
import msgspec.inspect as mi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.jobfile import yaml_source
from tunesmith.jobfile.check import check, closest
from tunesmith.jobfile.schema import AtLeastOne, JobFile, Scalar, Seconds
from tunesmith.jobfile.words import describe


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (str, "a text"),
        (bool, "true or false"),
        (AtLeastOne, "a whole number >= 1"),
        (AtLeastOne | None, "a whole number >= 1"),
        (Seconds, "a number > 0"),
        (int | float, "a number"),
        (Scalar, "a text, a number or true or false"),
        (Literal["b", "a"], "one of a, b"),
        (list[str], "a list of texts"),
        (dict[str, Scalar], "a mapping from names to texts, numbers, or true and false"),
        (list[dict[str, Scalar]], "a list of mappings"),
    ],
)
def test_types_in_words(kind: object, words: str) -> None:
    assert describe(mi.type_info(kind)) == words


@pytest.mark.parametrize(
    ("word", "near"),
    [("acuracy", "accuracy"), ("ACC", "accuracy"), ("lo", "loss"), ("zebra", ""), ("q", "")],
)
def test_the_closest_word(word: str, near: str) -> None:
    assert closest(word, ["accuracy", "loss"]) == (f"; did you mean {near!r}?" if near else "")


VALID = {
    "objective": {"metric": "m", "goal": "Minimize"},
    "parameters": {"x": {"type": "integer", "low": 1, "high": 2}},
}
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.sampled_from(["", "a", "Random", "none"])
)
_names = st.sampled_from([*JobFile.__struct_fields__, "low", "high", "type", "x"])
_values = st.recursive(
    _scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(_names, v, max_size=4), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_names, _values, max_size=3))
def test_what_has_no_fault_can_be_converted(value: dict[str, object]) -> None:
    whole = VALID | value
    source = yaml_source.read(msgspec.yaml.encode(whole).decode())
    faults = check(source, JobFile)

    assert all(fault.message for fault in faults)
    if not faults:
        msgspec.convert(source.value, JobFile)


def test_what_can_be_converted_has_no_fault() -> None:
    source = yaml_source.read(msgspec.yaml.encode(VALID).decode())

    assert check(source, JobFile) == []
    assert msgspec.convert(source.value, JobFile).parameters.keys() == {"x"}
