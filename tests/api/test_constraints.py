from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from tunesmith.api.constraints import Stopwatch, compile_pattern, rules, shown
from tunesmith.api.errors import ValidationError
from tunesmith.api.model import service_model


def inputs(service: str) -> Iterator[Shape]:
    """All shapes that requests of a service have."""
    model, seen = service_model(service), set()
    left: list[Shape | None] = [model.operation_model(name).input_shape for name in model.operation_names]
    while left:
        shape = left.pop()
        if shape is None or shape.name in seen:
            continue
        seen.add(shape.name)
        yield shape
        match shape:
            case StructureShape():
                left += shape.members.values()
            case ListShape():
                left.append(shape.member)
            case MapShape():
                left += [shape.key, shape.value]


def broken(shape: str, value: object) -> list[str]:
    found = rules(service_model("sagemaker").shape_for(shape))
    return [rule.text for rule in found if not rule.holds(value, Stopwatch())]


@pytest.mark.parametrize("service", ["sagemaker", "logs"])
def test_every_constraint_of_the_models_can_be_checked(service: str) -> None:
    samples = {"string": "a", "list": [], "map": {}}
    checked = [
        rule.holds(samples.get(shape.type_name, 1), Stopwatch())
        for shape in inputs(service)
        for rule in rules(shape)
    ]
    assert len(checked) > 100


@pytest.mark.parametrize("service", ["sagemaker", "logs"])
def test_alphanumerics_of_java_stand_in_sets_only(service: str) -> None:
    patterns = [str(shape.metadata.get("pattern", "")) for shape in inputs(service)]
    assert all(r"\p{Alnum}" not in pattern.replace(r"[\p{Alnum}\-]", "") for pattern in patterns)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "größe 日本 ٣", True),
        (r"[\p{L}]+", "a1", False),
        (r"arn:[\p{Alnum}\-]+", "arn:aws-1", True),
        (r"arn:[\p{Alnum}\-]+", "arn:é", False),
        (r"\d+", "٣", False),
        (r"\w+", "é", False),
        (r"a", "ab", False),
        (r"a", "a\n", False),
        (r".*", "a\nb", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a😀\t", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "\0", False),
    ],
)
def test_patterns_mean_what_they_mean_in_java(pattern: str, text: str, matches: bool) -> None:
    assert (compile_pattern(pattern).fullmatch(text) is not None) is matches


def test_a_pattern_that_never_ends_is_given_up() -> None:
    shape = Shape("Slow", {"type": "string", "pattern": "(a|aa)+(a|aa)+(a|aa)+b"})
    (rule,) = rules(shape)
    with pytest.raises(ValidationError, match="too long to match"):
        rule.holds("a" * 5000, Stopwatch(0.05))


def test_texts_are_counted_in_characters() -> None:
    assert broken("TagValue", "é" * 256) == []
    assert broken("TagValue", "é" * 257) == ["Member must have length less than or equal to 256"]


@pytest.mark.parametrize("name", ["ml.m5.large", "ml.from-next-year.7xlarge", "local", "local_gpu"])
def test_instance_types_are_not_a_closed_list(name: str) -> None:
    assert broken("TrainingInstanceType", name) == []


@pytest.mark.parametrize("name", ["m5.large", "ml.", "local_", "ml.M5", "xml.m5"])
def test_other_words_are_no_instance_types(name: str) -> None:
    (text,) = broken("TrainingInstanceType", name)
    assert text.startswith("Member must satisfy regular expression pattern: ml")


def test_values_are_shown_as_java_shows_them() -> None:
    assert shown({"a": [1, True, None, "x"], "b": {}}) == "{a=[1, true, null, x], b={}}"


def test_long_values_are_cut() -> None:
    assert shown("a" * 512) == "a" * 512
    assert shown("a" * 513) == "a" * 512 + "..."
    nested: object = "a"
    for _ in range(900):
        nested = [nested]
    assert shown(nested) == "[" * 512 + "..."
