from __future__ import annotations

import copy
import itertools
import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.api.constraints import Stopwatch, rules
from tunesmith.api.errors import ApiError, SerializationError, ValidationError
from tunesmith.api.model import service_model
from tunesmith.api.shapes import read_request, shape_answer

OPERATIONS = ["CreateHyperParameterTuningJob", "CreateTrainingJob", "ListTrainingJobs", "Search", "AddTags"]
TEXTS = [
    "a" * 12,
    "1",
    "s3://bucket/key",
    "ml.m5.large",
    "/opt/ml",
    "https://a.example.com/a",
    "arn:aws:iam::000000000000:role/r",
    "arn:aws:lambda:eu-west-1:000000000000:function:f",
    "arn:aws:sagemaker:us-east-1:000000000000:training-plan/p",
    "arn:aws:sagemaker:us-east-1:000000000000:mlflow-app/p",
    "arn:aws:sagemaker:us-east-1:000000000000:hub-content/h/Model/m",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package/m",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/m",
    "arn:aws:kms:us-east-1:000000000000:key/1",
    "arn:aws:sagemaker:us-east-1:000000000000:hub-content/h/DataSet/d",
    "fs-0123456789",
    "4K",
]

_quick = settings(derandomize=True, deadline=None, max_examples=50)


def operation(name: str) -> OperationModel:
    return service_model("sagemaker").operation_model(name)


def read(name: str, request: object) -> dict[str, Any]:
    return read_request(operation(name), json.dumps(request).encode())


def requests(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Requests that keep to the model; strategies made of its hundreds of shapes would take minutes."""
    shape = operation(name).input_shape
    assert shape is not None
    return st.integers(0, 2**32).map(lambda seed: structure(shape, random.Random(seed), 0))


def structure(shape: StructureShape, rng: random.Random, depth: int) -> dict[str, Any]:
    share = 0.4 if depth < 6 else 0.0
    names = [name for name in shape.members if name in shape.required_members or rng.random() < share]
    return {name: valid(shape.members[name], rng, depth + 1) for name in names}


def valid(shape: Shape, rng: random.Random, depth: int = 0) -> Any:
    match shape:
        case StructureShape():
            return structure(shape, rng, depth)
        case ListShape():
            least = shape.metadata.get("min", 0)
            most = min(shape.metadata.get("max", 2), least + 1)
            return [valid(shape.member, rng, depth + 1) for _ in range(rng.randint(least, most))]
        case MapShape():
            keys = [valid(shape.key, rng) for _ in range(rng.randint(0, 2))]
            return {key: valid(shape.value, rng, depth + 1) for key in keys}
    return scalar(shape, rng)


def scalar(shape: Shape, rng: random.Random) -> Any:
    low, high = shape.metadata.get("min", -1000), shape.metadata.get("max", 100_000)
    match shape.type_name:
        case "string":
            return rng.choice(texts(shape))
        case "boolean":
            return rng.random() < 0.5
        case "timestamp":
            return rng.randrange(2**32)
        case "integer" | "long":
            return rng.randint(low, high)
    return rng.uniform(low, high)


@cache
def texts(shape: Shape) -> list[str]:
    if "enum" in shape.metadata and not shape.name.endswith("InstanceType"):
        return list(shape.metadata["enum"])
    return [text for text in TEXTS if all(rule.holds(text, Stopwatch()) for rule in rules(shape))]


def plain(value: Any) -> Any:
    """A request as it was sent, from one that was read."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case datetime():
            assert value.tzinfo is not None
            return int(value.timestamp())
    return value


def lower(name: str) -> str:
    return name[0].lower() + name[1:]


def faults(
    shape: StructureShape, value: dict[str, Any], path: str = ""
) -> Iterator[tuple[Any, str, Any, str]]:
    """Ways to break single constraints: where (structure and member), a new value, and what is to be said."""
    for name, member in shape.members.items():
        at = f"{path}.{lower(name)}" if path else lower(name)
        if name in shape.required_members:
            yield (
                value,
                name,
                None,
                f"Value null at '{at}' failed to satisfy constraint: Member must not be null",
            )
        if name not in value:
            continue
        for bad, text in bad_values(member, value[name]):
            yield value, name, bad, f"at '{at}' failed to satisfy constraint: {text}"
        match member:
            case StructureShape():
                yield from faults(member, value[name], at)
            case ListShape() if isinstance(member.member, StructureShape):
                for number, item in enumerate(value[name], start=1):
                    yield from faults(member.member, item, f"{at}.{number}.member")


def bad_values(shape: Shape, value: Any) -> Iterator[tuple[Any, str]]:
    limits = shape.metadata
    if "enum" in limits and not shape.name.endswith("InstanceType"):
        yield "Bogus", f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    if limits.get("pattern") not in {None, ".*", r"[\S\s]*"}:
        yield "\n", f"Member must satisfy regular expression pattern: {limits['pattern']}"
    match shape.type_name:
        case "string" | "list":
            one = "a" if shape.type_name == "string" else (value or [None])[0]
            if one is not None and limits.get("max", 1000) < 1000:
                many = one * (limits["max"] + 1) if one == "a" else [one] * (limits["max"] + 1)
                yield many, f"Member must have length less than or equal to {limits['max']}"
            if limits.get("min", 0) > 0:
                yield type(value)(), f"Member must have length greater than or equal to {limits['min']}"
        case "integer" | "float" | "double" | "long":
            if "max" in limits:
                yield limits["max"] + 1, f"Member must have value less than or equal to {limits['max']}"
            if "min" in limits:
                yield limits["min"] - 1, f"Member must have value greater than or equal to {limits['min']}"


@pytest.mark.parametrize("name", OPERATIONS)
def test_valid_requests_come_through_unchanged(name: str) -> None:
    @_quick
    @given(requests(name))
    def check(request: dict[str, Any]) -> None:
        assert plain(read(name, request)) == request

    check()


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_broken_constraint_is_reported(name: str) -> None:
    shape = operation(name).input_shape
    assert shape is not None

    @_quick
    @given(requests(name), st.data())
    def check(request: dict[str, Any], data: st.DataObject) -> None:
        several = list(itertools.islice(faults(shape, request), 300))
        if not several:
            return
        place, member, bad, said = data.draw(st.sampled_from(several))
        place[member] = bad
        with pytest.raises(ValidationError) as caught:
            read(name, request)
        assert said in caught.value.message
        assert "validation error" in caught.value.message

    check()


@_quick
@given(requests("CreateTrainingJob"), st.data())
def test_all_broken_constraints_are_reported_together(request: dict[str, Any], data: st.DataObject) -> None:
    shape = operation("CreateTrainingJob").input_shape
    assert shape is not None
    flat = [fault for fault in faults(shape, request) if not isinstance(fault[0].get(fault[1]), (dict, list))]
    chosen = data.draw(
        st.lists(st.sampled_from(flat), min_size=2, max_size=8, unique_by=lambda f: (id(f[0]), f[1]))
    )
    for place, member, bad, _ in chosen:
        place[member] = bad
    with pytest.raises(ValidationError) as caught:
        read("CreateTrainingJob", request)
    assert int(caught.value.message.split()[0]) >= len(chosen)
    for *_, said in chosen:
        assert said in caught.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Tags", "Key", "Value", "ResourceArn", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(derandomize=True, deadline=None)
@given(json_values)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        request = read("AddTags", value)
    except ApiError:
        return
    assert {"ResourceArn", "Tags"} == set(request)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=20))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises((SerializationError, ValidationError)):
        read_request(operation("AddTags"), body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"\xff",
        b'{"MaxResults": NaN}',
        b'{"MaxResults": Infinity}',
        b'{"MaxResults": 1e999}',
        b'{"NameContains": "\\ud800"}',
        b'{"x":' * 100_000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_structure_is_a_serialization_error(body: bytes) -> None:
    with pytest.raises(SerializationError):
        read_request(operation("ListTrainingJobs"), body)


def test_the_wording_is_that_of_aws() -> None:
    limits = {"MaxNumberOfTrainingJobs": 0, "MaxParallelTrainingJobs": 0}
    config = {"Strategy": "Bogus", "ResourceLimits": limits}
    job = {"HyperParameterTuningJobName": "a_b", "HyperParameterTuningJobConfig": config}
    with pytest.raises(ValidationError) as caught:
        read("CreateHyperParameterTuningJob", job)
    assert caught.value.message == (
        "4 validation errors detected: "
        "Value 'a_b' at 'hyperParameterTuningJobName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}; "
        "Value 'Bogus' at 'hyperParameterTuningJobConfig.strategy' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Bayesian, Random, Hyperband, Grid]; "
        "Value '0' at 'hyperParameterTuningJobConfig.resourceLimits.maxNumberOfTrainingJobs' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1; "
        "Value '0' at 'hyperParameterTuningJobConfig.resourceLimits.maxParallelTrainingJobs' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1"
    )


def test_one_error_is_one() -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error detected: Value null at 'tags' failed"):
        read("AddTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:000000000000:training-job/a"})


def test_texts_in_lists_and_maps_are_reported_for_the_whole() -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/a"
    with pytest.raises(ValidationError) as caught:
        read("DeleteTags", {"ResourceArn": arn, "TagKeys": ["a", "", None]})
    assert caught.value.message == (
        "1 validation error detected: Value '[a, , null]' at 'tagKeys' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 128, "
        r"Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
        r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*), Member must not be null]"
    )
    with pytest.raises(ValidationError) as caught:
        read("CreateTrainingJob", {"HyperParameters": {"k" * 257: "v", "key": "v" * 2501}})
    assert "Map keys must satisfy constraint: [Member must have length less than or equal to 256" in str(
        caught.value
    )
    assert "Map value must satisfy constraint: [Member must have length less than or equal to 2500" in str(
        caught.value
    )


def test_members_of_lists_are_numbered() -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/a"
    tags = [{"Key": "a", "Value": "b"}, {"Key": "a"}, None]
    with pytest.raises(ValidationError) as caught:
        read("AddTags", {"ResourceArn": arn, "Tags": tags})
    assert "2 validation errors detected: Value null at 'tags.2.member.value'" in caught.value.message
    assert "Value null at 'tags.3.member'" in caught.value.message


def test_very_many_errors_are_counted_but_not_all_told() -> None:
    jobs: list[Any] = [{"InputDataConfig": [{}] * 20}] * 10
    with pytest.raises(ValidationError) as caught:
        read("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": jobs})
    assert caught.value.message.startswith("442 validation errors detected: ")
    assert caught.value.message.endswith("; and 342 more")


def test_only_as_many_members_are_looked_at_as_there_may_be() -> None:
    arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/a"
    with pytest.raises(ValidationError) as caught:
        read("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "a"}] * 60})
    assert caught.value.message.startswith("51 validation errors detected: ")
    assert "'tags' failed to satisfy constraint: Member must have length less than or equal to 50" in str(
        caught.value
    )
    names = {str(number): "\n" for number in range(101)}
    with pytest.raises(ValidationError, match=r"at 'hyperParameters' .* length less than or equal to 100"):
        read("CreateTrainingJob", {"HyperParameters": names})


def test_unknown_members_and_null_are_left_out() -> None:
    request = {"NameContains": None, "MaxResults": 5, "Unknown": {"a": [1]}}
    assert read("ListTrainingJobs", request) == {"MaxResults": 5}


def test_an_empty_body_is_an_empty_request() -> None:
    assert read_request(operation("ListTrainingJobs"), b"") == {}


def test_search_expressions_may_be_nested_but_not_endlessly() -> None:
    def nested(levels: int) -> dict[str, Any]:
        expression: dict[str, Any] = {"Operator": "And"}
        for _ in range(levels):
            expression = {"SubExpressions": [expression]}
        return {"Resource": "TrainingJob", "SearchExpression": expression}

    assert read("Search", nested(20)) == nested(20)
    with pytest.raises(SerializationError, match="nested more than"):
        read("Search", nested(150))


DESCRIPTION: dict[str, Any] = {
    "HyperParameterTuningJobName": "a",
    "HyperParameterTuningJobArn": "arn",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        "TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.1},
    },
    "HyperParameterTuningJobStatus": "Completed",
    "CreationTime": datetime(2024, 1, 1, 0, 0, 0, 123456, UTC),
    "TrainingJobStatusCounters": {},
    "ObjectiveStatusCounters": {},
}


def describe(**more: Any) -> dict[str, Any] | None:
    return shape_answer(operation("DescribeHyperParameterTuningJob"), copy.deepcopy(DESCRIPTION) | more)


def test_answers_are_json_with_seconds_for_moments() -> None:
    answer = describe()
    assert answer == DESCRIPTION | {"CreationTime": 1704067200.123456}
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_answers_lose_what_the_model_does_not_know_and_what_is_not_there() -> None:
    criteria = {"TargetObjectiveMetricValue": math.nan}
    config = DESCRIPTION["HyperParameterTuningJobConfig"] | {"TuningJobCompletionCriteria": criteria}
    answer = describe(Ours=1, FailureReason=None, HyperParameterTuningJobConfig=config)
    assert answer is not None
    assert not {"Ours", "FailureReason"} & set(answer)
    assert answer["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"] == {}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"HyperParameterTuningJobArn": None}, "lacks HyperParameterTuningJobArn"),
        ({"FailureReason": 7}, r"FailureReason is 7, which is not a string"),
        (
            {"ConsumedResources": {"RuntimeInSeconds": True}},
            r"RuntimeInSeconds is True, which is not a integer",
        ),
        ({"LastModifiedTime": datetime(2024, 1, 1)}, "not a timestamp"),  # noqa: DTZ001
    ],
)
def test_an_answer_against_the_model_is_a_mistake_of_ours(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        describe(**wrong)


def test_an_operation_may_have_no_answer() -> None:
    assert shape_answer(operation("StopTrainingJob"), None) is None
    assert shape_answer(operation("DeleteTags"), None) == {}
