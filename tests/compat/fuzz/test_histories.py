"""Whatever is done in whatever order, the server holds just what it has accepted."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

FINAL = {"Completed", "Failed", "Stopped"}
TUNING, TRAINING = "tuning", "training"
_NAMES = {TUNING: "HyperParameterTuningJobName", TRAINING: "TrainingJobName"}
_WORDS = {TUNING: "hyper_parameter_tuning_job", TRAINING: "training_job"}
_ABSENT = {
    ("describe", TUNING): "ResourceNotFound",
    ("stop", TUNING): "ResourceNotFound",
    ("delete", TUNING): "ResourceNotFound",
    ("describe", TRAINING): "ValidationException",
    ("stop", TRAINING): "ValidationException",
    ("delete", TRAINING): "ResourceNotFound",
}
KINDS = st.sampled_from([TUNING, TRAINING])
NUMBERS = st.integers(1, 3)
_run = itertools.count(1)


def code_of(call: Callable[..., dict[str, Any]], **members: Any) -> str:
    """Call an operation; give the code of the refusal, empty if it is accepted."""
    try:
        call(**members)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        return str(error.response["Error"]["Code"])
    return ""


class Jobs(RuleBasedStateMachine):
    """Tuning jobs and training jobs, beside a model of them."""

    client: Any
    bases: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"r{next(_run)}x"
        self.tags: dict[tuple[str, str], dict[str, str]] = {}  # of the jobs there are, by kind and name
        self.stopped: set[tuple[str, str]] = set()
        self.ended: dict[tuple[str, str], str] = {}

    def name(self, kind: str, number: int) -> str:
        return f"{self.prefix}-{kind}-{number}"

    def call(self, verb: str, kind: str, name: str) -> str:
        return code_of(getattr(self.client, f"{verb}_{_WORDS[kind]}"), **{_NAMES[kind]: name})

    def request(self, kind: str, name: str) -> dict[str, Any]:
        operation = "CreateHyperParameterTuningJob" if kind == TUNING else "CreateTrainingJob"
        members = {**self.bases[operation], _NAMES[kind]: name, "Tags": [{"Key": "made", "Value": name}]}
        work = members["TrainingJobDefinition"] if kind == TUNING else members
        plain = {member: value for member, value in work.items() if member != "InputDataConfig"}
        return {**members, "TrainingJobDefinition": plain} if kind == TUNING else {**plain, **_head(members)}

    def status(self, kind: str, name: str) -> str:
        described = getattr(self.client, f"describe_{_WORDS[kind]}")(**{_NAMES[kind]: name})
        assert described[_NAMES[kind]] == name
        return str(described["HyperParameterTuningJobStatus" if kind == TUNING else "TrainingJobStatus"])

    def arn(self, kind: str, name: str) -> str:
        word = "hyper-parameter-tuning-job" if kind == TUNING else "training-job"
        return f"arn:aws:sagemaker:us-east-1:000000000000:{word}/{name}"

    @rule(kind=KINDS, number=NUMBERS, upper=st.booleans())
    def create(self, kind: str, number: int, upper: bool) -> None:
        name = self.name(kind, number)
        create = getattr(self.client, f"create_{_WORDS[kind]}")
        is_taken = (kind, name) in self.tags
        code = code_of(create, **self.request(kind, name.upper() if upper and is_taken else name))
        assert code == ("ResourceInUse" if is_taken else "")
        self.tags.setdefault((kind, name), {"made": name})

    @rule(kind=KINDS, number=NUMBERS, flaw=st.sampled_from(["RoleArn", "ResourceConfig", "OutputDataConfig"]))
    def create_wrongly(self, kind: str, number: int, flaw: str) -> None:
        request = self.request(kind, f"{self.name(kind, number)}-not")
        work = request["TrainingJobDefinition"] if kind == TUNING else request
        work[flaw] = {
            "RoleArn": "nobody-who-is-a-role",
            "ResourceConfig": {},
            "OutputDataConfig": {"S3OutputPath": "ftp://x"},
        }[flaw]
        create = getattr(self.client, f"create_{_WORDS[kind]}")
        assert code_of(create, **request) == "ValidationException"

    @rule(kind=KINDS, number=NUMBERS)
    def describe(self, kind: str, number: int) -> None:
        name = self.name(kind, number)
        if (kind, name) not in self.tags:
            assert self.call("describe", kind, name) == _ABSENT["describe", kind]
            return
        status = self.status(kind, name)
        assert status == self.ended.get((kind, name), status), "an end is an end"
        if (kind, name) in self.stopped:
            assert status in {"Stopping", *FINAL}
        if status in FINAL:
            self.ended[kind, name] = status

    @rule(kind=KINDS, number=NUMBERS)
    def stop(self, kind: str, number: int) -> None:
        name = self.name(kind, number)
        code = self.call("stop", kind, name)
        if (kind, name) not in self.tags:
            assert code == _ABSENT["stop", kind]
        elif code:
            assert code == "ValidationException"
            assert self.status(kind, name) in {"Stopping", *FINAL}
        else:
            assert (kind, name) not in self.stopped
            assert (kind, name) not in self.ended
            self.stopped.add((kind, name))

    @rule(kind=KINDS, number=NUMBERS)
    def delete(self, kind: str, number: int) -> None:
        name = self.name(kind, number)
        code = self.call("delete", kind, name)
        if (kind, name) not in self.tags:
            assert code == _ABSENT["delete", kind]
        elif code:
            assert code == ("ValidationException" if kind == TUNING else "ResourceInUse")
            assert (kind, name) not in self.ended
        else:
            del self.tags[kind, name]
            self.stopped.discard((kind, name))
            self.ended.pop((kind, name), None)

    @precondition(lambda self: self.stopped)
    @rule(data=st.data())
    def wait_for_what_is_stopped(self, data: st.DataObject) -> None:
        kind, name = data.draw(st.sampled_from(sorted(self.stopped)))
        deadline = time.monotonic() + 60
        while (status := self.status(kind, name)) not in FINAL:
            assert time.monotonic() < deadline, (name, status)
            time.sleep(0.05)
        self.ended[kind, name] = status

    @rule(
        kind=KINDS,
        number=NUMBERS,
        new=st.dictionaries(st.sampled_from("abcd"), st.text("xyzäß 1", max_size=3)),
    )
    def add_tags(self, kind: str, number: int, new: dict[str, str]) -> None:
        name, tags = self.name(kind, number), [{"Key": key, "Value": value} for key, value in new.items()]
        code = code_of(self.client.add_tags, ResourceArn=self.arn(kind, name), Tags=tags)
        assert code == ("" if (kind, name) in self.tags else "ValidationException")
        if not code:
            self.tags[kind, name].update(new)

    @rule(kind=KINDS, number=NUMBERS, keys=st.lists(st.sampled_from("abcd"), min_size=1))
    def delete_tags(self, kind: str, number: int, keys: list[str]) -> None:
        name = self.name(kind, number)
        code = code_of(self.client.delete_tags, ResourceArn=self.arn(kind, name), TagKeys=keys)
        assert code == ("" if (kind, name) in self.tags else "ValidationException")
        for key in keys:
            self.tags.get((kind, name), {}).pop(key, None)

    @rule(kind=KINDS, size=st.integers(1, 4), order=st.sampled_from(["Ascending", "Descending"]))
    def list(self, kind: str, size: int, order: str) -> None:
        part = f"{self.prefix}-{kind}"
        pages = self.client.get_paginator(f"list_{_WORDS[kind]}s").paginate(
            NameContains=part, SortBy="Name", SortOrder=order, PaginationConfig={"PageSize": size}
        )
        member = "HyperParameterTuningJobSummaries" if kind == TUNING else "TrainingJobSummaries"
        found = [job[_NAMES[kind]] for page in pages for job in page[member]]
        assert found == sorted(self.names(kind), reverse=order == "Descending")

    @rule(kind=KINDS)
    def search(self, kind: str) -> None:
        filters = [{"Name": _NAMES[kind], "Operator": "Contains", "Value": f"{self.prefix}-{kind}"}]
        resource = "HyperParameterTuningJob" if kind == TUNING else "TrainingJob"
        found = self.client.search(Resource=resource, SearchExpression={"Filters": filters}, MaxResults=100)[
            "Results"
        ]
        assert {job[resource][_NAMES[kind]] for job in found} == self.names(kind)

    def names(self, kind: str) -> set[str]:
        return {name for of, name in self.tags if of == kind}

    def teardown(self) -> None:
        for (kind, name), tags in self.tags.items():
            listed = self.client.list_tags(ResourceArn=self.arn(kind, name))["Tags"]
            assert {tag["Key"]: tag["Value"] for tag in listed} == tags
        for kind in (TUNING, TRAINING):
            self.list(kind, 2, "Ascending")
            self.search(kind)


def _head(members: dict[str, Any]) -> dict[str, Any]:
    return {member: members[member] for member in ("TrainingJobName", "Tags")}


_KEYS = st.sampled_from(
    ["a", "A", "a/b", "a/", "/", "//", "a//b", "../x", "../../etc/passwd", "..", ".", "a/./b", "%2e%2e/x", "%", "+ +",
     "ä", "a\u0308", "\0", "\x01\x7f", "\u2028", "&<>\"'", "?a=b", "#", "~", "a~b", "\U0001f600", "x" * 1024, "é" * 512]
) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)  # fmt: skip
_KEYS_OF_XML = _KEYS.filter(lambda key: re.search("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", key) is None)
_CONTENTS = st.binary(max_size=40)


class Objects(RuleBasedStateMachine):
    """One bucket, beside a dict."""

    client: Any

    def __init__(self) -> None:
        super().__init__()
        self.bucket = f"history-{next(_run)}"
        self.client.create_bucket(Bucket=self.bucket)
        self.model: dict[str, bytes] = {}

    @rule(key=_KEYS, content=_CONTENTS)
    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)
        self.model[key] = content

    @rule(key=_KEYS_OF_XML, content=_CONTENTS)  # clients cannot read the answers for others, here as in AWS
    def put_in_parts(self, key: str, content: bytes) -> None:
        where = {"Bucket": self.bucket, "Key": key}
        upload = self.client.create_multipart_upload(**where)["UploadId"]
        part = self.client.upload_part(**where, UploadId=upload, PartNumber=7, Body=content)
        parts = [{"PartNumber": 7, "ETag": part["ETag"]}]
        self.client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
        self.model[key] = content

    @rule(key=_KEYS)
    def get(self, key: str) -> None:
        if key not in self.model:
            assert code_of(self.client.get_object, Bucket=self.bucket, Key=key) == "NoSuchKey"
            assert code_of(self.client.head_object, Bucket=self.bucket, Key=key) == "404"
            return
        assert self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read() == self.model[key]

    @rule(key=_KEYS)
    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)
        self.model.pop(key, None)

    @rule(source=_KEYS, key=_KEYS)
    def copy(self, source: str, key: str) -> None:
        given = {"Bucket": self.bucket, "Key": source}
        code = code_of(self.client.copy_object, Bucket=self.bucket, Key=key, CopySource=given)
        if source == key:
            assert code == "InvalidRequest"
        elif source in self.model:
            assert not code
            self.model[key] = self.model[source]
        else:
            assert code == "NoSuchKey"

    @precondition(lambda self: self.model)
    @rule(prefix=st.sampled_from(["", "a", "a/", "x", ".", "/"]), size=st.integers(1, 5), after=_KEYS)
    def list(self, prefix: str, size: int, after: str) -> None:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, StartAfter=after, PaginationConfig={"PageSize": size}
        )
        found = [item["Key"] for page in pages for item in page.get("Contents", ())]
        wanted = (key for key in self.model if key.startswith(prefix) and key.encode() > after.encode())
        assert found == sorted(wanted, key=str.encode)

    @rule()
    def delete_bucket(self) -> None:
        code = code_of(self.client.delete_bucket, Bucket=self.bucket)
        assert code == ("BucketNotEmpty" if self.model else "")
        if not code:
            assert code_of(self.client.list_objects_v2, Bucket=self.bucket) == "NoSuchBucket"
            self.client.create_bucket(Bucket=self.bucket)

    def teardown(self) -> None:
        listed = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        assert {item["Key"] for item in listed} == self.model.keys()
        for key, content in self.model.items():
            assert self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read() == content


def _runs(quick: int, long: int) -> pytest.MarkDecorator:
    marks = [pytest.mark.long, pytest.mark.timeout(1800)]
    return pytest.mark.parametrize("runs", [quick, pytest.param(long, marks=marks)])


@_runs(3, 40)
def test_jobs(target: Any, bases: dict[str, Any], runs: int) -> None:
    Jobs.client, Jobs.bases = target.client("sagemaker", read_timeout=20), bases
    run_state_machine_as_test(Jobs, settings=_settings(runs, 40))


@_runs(4, 100)
def test_objects(target: Any, runs: int) -> None:
    Objects.client = target.client("s3", read_timeout=20)
    run_state_machine_as_test(Objects, settings=_settings(runs, 50))


def _settings(runs: int, steps: int) -> settings:
    """Do not shrink: it would ask the server for minutes."""
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
