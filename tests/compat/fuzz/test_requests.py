"""No request, however wrong, makes the server fail or hang."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tunesmith.api import paging
from tunesmith.api.call import Call

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Path: TypeAlias = "tuple[str | int, ...]"

LOGS = {"DescribeLogGroups", "DescribeLogStreams", "GetLogEvents"}
QUICK_AND_LONG = {
    name: pytest.mark.parametrize(
        "examples", [quick, pytest.param(long, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
    )
    for name, quick, long in [
        ("members", 120, 7000),
        ("boto3", 40, 1500),
        ("bodies", 60, 2500),
        ("query", 40, 1500),
        ("s3", 120, 5000),
        ("unsigned", 60, 2500),
    ]
}


def run(examples: int, strategy: SearchStrategy[Any], probe: Callable[[Any], None]) -> None:
    """Try a probe on so many examples; they are not shrunk, as that would ask the server for minutes."""
    quiet = settings(max_examples=examples, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    quiet(given(strategy)(lambda example: probe(example)))()  # noqa: PLW0108 - it has the name of the argument


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "\0",
            "../..",
            "a" * 5000,
            "\ud7ff\U0010ffff",
            "1e999",
            "-0",
            "nan",
            "true",
            "(a+)+$",
            "[",
            "s3://",
        ]
    ),
    st.from_regex(r"s3://[a-z]{0,3}/?[^\n]{0,9}|file:///[^\n]{0,9}|[0-9eE+.-]{1,9}", fullmatch=True),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**40, 10**400, 1e308, 5e-324, 253402300800, -62135596801]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES: SearchStrategy[Any] = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=8,
    ),
)


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """All places in a request."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*at, key))


def changed(value: Any, at: Path, new: Any, how: str) -> Any:
    """A request with another value at a place; or with one more, or without it."""
    if not at:
        return new
    value = copy.deepcopy(value)
    inner = value
    for key in at[:-1]:
        if not isinstance(inner, dict | list) or (isinstance(inner, list) and len(inner) <= int(key)):
            return value
        inner = inner.get(key, {}) if isinstance(inner, dict) else inner[int(key)]
    if isinstance(inner, list) and isinstance(at[-1], int) and at[-1] < len(inner):
        inner[at[-1] :] = [] if how == "drop" else [new, *inner[at[-1] + 1 :]]
    elif isinstance(inner, dict):
        if how == "drop":
            inner.pop(at[-1], None)
        else:
            inner[str(new)[:99] if how == "rename" else at[-1]] = new
    return value


@st.composite
def requests(draw: st.DrawFn, bases: dict[str, Any]) -> tuple[str, Any]:
    """An operation, and a request for it with some changes."""
    operation = draw(st.sampled_from(sorted(bases)))
    request = bases[operation]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.sampled_from(list(places(request)))) if draw(st.integers(0, 30)) else ()
        how = draw(st.sampled_from(["replace", "replace", "drop", "rename", "again"]))
        new = draw(VALUES) if how != "again" else [request] * 3
        request = changed(request, at, new, how)
    return operation, request


def target_of(operation: str) -> tuple[str, str]:
    return (
        ("logs", f"Logs_20140328.{operation}")
        if operation in LOGS
        else ("sagemaker", f"SageMaker.{operation}")
    )


@QUICK_AND_LONG["members"]
def test_members(fuzzer: Any, bases: dict[str, Any], examples: int) -> None:
    def probe(example: tuple[str, Any]) -> None:
        operation, request = example
        fuzzer.json(*target_of(operation), json.dumps(request).encode())

    run(examples, requests(bases), probe)


@QUICK_AND_LONG["boto3"]
@pytest.mark.parametrize("checked", [True, False], ids=["checked", "unchecked"])
def test_boto3(target: Any, bases: dict[str, Any], examples: int, checked: bool) -> None:
    clients = {
        service: target.client(service, parameter_validation=checked, read_timeout=20)
        for service in ("sagemaker", "logs")
    }

    def probe(example: tuple[str, Any]) -> None:
        operation, request = example
        client = clients[target_of(operation)[0]]
        if not isinstance(request, dict):
            return
        try:
            client._make_api_call(operation, request)  # what its methods call, with any names
        except (ReadTimeoutError, EndpointConnectionError, ConnectionClosedError):
            raise
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise
        except (
            BotoCoreError,
            TypeError,
            ValueError,
            AttributeError,
            LookupError,
            OverflowError,
            RuntimeError,
        ):
            pass  # boto3 cannot make a request of it; a RuntimeError is a time beyond its calendar

    run(examples, requests(bases), probe)


BODIES = st.one_of(
    st.binary(max_size=60),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.integers(1, 100_000).map(lambda depth: b"[" * depth),
    st.integers(1, 2000).map(lambda depth: b'{"SubExpressions":[' * depth + b"]}" * depth),
    st.integers(1, 200_000).map(lambda length: b'{"MaxResults":' + b"9" * length + b"}"),
    st.sampled_from(
        [b'{"a":"\\ud800"}', b'{"a":1e999}', b'{"a":NaN}', b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"{}\n{}"]
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Accept", "Amz-Sdk-Invocation-Id", "X-Amz-Target", "Content-Encoding", "Range"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip),
    max_size=3,
)


@QUICK_AND_LONG["bodies"]
def test_bodies_headers_and_methods(fuzzer: Any, bases: dict[str, Any], examples: int) -> None:
    def probe(example: tuple[str, str, str, dict[str, str], bytes]) -> None:
        operation, method, path, headers, body = example
        service, target = target_of(operation)
        fuzzer.send(service, method, path, {"X-Amz-Target": target, **headers}, body)

    methods = st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "PATCH", "ODD"])
    paths = st.sampled_from(["/", "/", "/", "/x", "/?a=b", "/%00", "//", "/?%ff=%fe&&=", "/../x"])
    run(examples, st.tuples(st.sampled_from(sorted(bases)), methods, paths, HEADERS, BODIES), probe)


@QUICK_AND_LONG["query"]
def test_forms(fuzzer: Any, examples: int) -> None:
    def probe(example: tuple[str, str, bytes]) -> None:
        service, method, body = example
        fuzzer.send(service, method, "/", {"Content-Type": "application/x-www-form-urlencoded"}, body)

    actions = ["GetRole", "SimulatePrincipalPolicy", "GetCallerIdentity", "AssumeRole", ""]
    names = st.sampled_from(["RoleName", "ActionNames.member.1", "ResourceArns.member.1", "Version"]) | TEXTS
    forms = st.tuples(st.sampled_from(actions) | TEXTS, st.dictionaries(names, TEXTS, max_size=4)).map(
        lambda form: urlencode({"Action": form[0], **form[1]}).encode()
    )
    methods = st.sampled_from(["POST", "POST", "GET", "PUT"])
    run(examples, st.tuples(st.sampled_from(["iam", "sts"]), methods, forms | BODIES), probe)


KEYS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["../../x", "/etc/passwd", "a/../b", ".", "..", "\0", "x" * 1100, "a//b/", "%2e%2e/x"]),
)
ASPECTS = st.dictionaries(
    st.sampled_from(
        [
            "list-type",
            "uploads",
            "uploadId",
            "partNumber",
            "location",
            "versioning",
            "delete",
            "prefix",
            "delimiter",
            "max-keys",
            "marker",
            "start-after",
            "continuation-token",
            "encoding-type",
            "versionId",
            "key-marker",
            "upload-id-marker",
            "max-uploads",
            "max-parts",
            "acl",
            "response-content-type",
            "part-number-marker",
            "fetch-owner",
        ]
    ),
    TEXTS.map(lambda text: text[:300]) | st.sampled_from(["2", "1", "0", "10001", "/", "url"]),
    max_size=4,
)
S3_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Range",
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "x-amz-copy-source",
            "x-amz-copy-source-range",
            "Content-MD5",
            "x-amz-checksum-crc32",
            "x-amz-checksum-sha256",
            "x-amz-sdk-checksum-algorithm",
            "x-amz-metadata-directive",
            "x-amz-meta-a",
            "x-amz-tagging",
            "x-amz-decoded-content-length",
            "x-amz-trailer",
            "Content-Encoding",
            "x-amz-checksum-type",
            "x-amz-mp-object-size",
            "x-amz-storage-class",
            "x-amz-acl",
            "Expires",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=30).map(
        str.strip
    )
    | st.sampled_from(
        [
            "bytes=0-1",
            "bytes=-0",
            "bytes=9-",
            "*",
            "/fuzzed/a",
            "fuzzed/a?versionId=x",
            "COPY",
            "REPLACE",
            "AAAAAA==",
        ]
    ),
    max_size=3,
)
XML = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"",
            b"<Delete><Object><Key>a</Key></Object></Delete>",
            b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
            b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
            b"<CompleteMultipartUpload><Part><PartNumber>9e9</PartNumber></Part></CompleteMultipartUpload>",
            b'<!DOCTYPE a [<!ENTITY b "c">]><Delete>&b;</Delete>',
            b"<a>" * 20_000,
            b"<a>" * 20_000 + b"</a>" * 20_000,
            b'<?xml version="1.0" encoding="klingon"?><Delete/>',
            "<Delete><Object><Key>\ufffd</Key></Object></Delete>".encode("utf-16"),
        ]
    ),
)


@QUICK_AND_LONG["s3"]
def test_s3(fuzzer: Any, target: Any, examples: int) -> None:
    target.client("s3").create_bucket(Bucket="fuzzed")

    def probe(example: tuple[str, str, str, dict[str, str], dict[str, str], bytes]) -> None:
        method, bucket, key, aspects, headers, body = example
        path = f"/{quote(bucket)}" + (f"/{quote(key)}" if key else "")
        query = f"?{urlencode(aspects, quote_via=quote)}" if aspects else ""
        raw = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}
        fuzzer.send("s3", method, path + query, raw, body)

    buckets = st.sampled_from(["fuzzed", "fuzzed", "fuzzed", "absent", "Bad_Name", "..", "", "x" * 70]) | KEYS
    methods = st.sampled_from(["GET", "PUT", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "ODD"])
    run(examples, st.tuples(methods, buckets, KEYS, ASPECTS, S3_HEADERS, XML), probe)


LINES = [
    b"GET / HTTP/1.1", b"POST / HTTP/1.1", b"PUT /a/b?c HTTP/1.1", b"GET http://x/y HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"GET /%ff/%00?%zz HTTP/1.1", b"GET / HTTP/9.9", b"", b"GET", b"CONNECT x:1 HTTP/1.1", b"get / http/1.1",
]  # fmt: skip
FIELDS = [
    b"Host: x", b"Host: [", b"Host: \xff", b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 9" + b"9" * 30,
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: odd", b"Expect: 100-continue", b"Upgrade: websocket",
    b"Connection: close", b"Authorization: AWS4-HMAC-SHA256", b"Authorization: Basic eA==", b"Authorization:",
    b"Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
    b"Authorization: AWS4-HMAC-SHA256 Credential=a/99999999/us-east-1/\xe9/aws4_request, SignedHeaders=;, Signature=0",
    b"X-Amz-Date: 20260101T000000Z", b"X-Amz-Date: 99991231T235959Z", b"Date: Mon, 01 Jan 0001 00:00:00 +1200",
    b"X-Amz-Target: SageMaker.Search", b"X-Amz-Target: \xff", b"X-Amz-Content-Sha256: UNSIGNED-PAYLOAD",
    b"A: LONG", b"Bad Name: x", b" folded", b"no colon",
]  # fmt: skip


def talk(port: int, message: bytes) -> bytes:
    """Send bytes, and nothing more; give the first line of the answer, empty if the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        try:
            connection.sendall(message)
            with suppress(OSError):  # the server has answered and hung up already
                connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as reader:
                return reader.readline()
        except ConnectionError:
            return b""


@QUICK_AND_LONG["unsigned"]
def test_what_is_hardly_http(fuzzer: Any, examples: int) -> None:
    def probe(example: tuple[bytes, list[bytes], bytes]) -> None:
        line, fields, body = example
        message = b"\r\n".join([line, *fields, b"", body]).replace(b"LONG", b"x" * 70_000)
        first = talk(fuzzer.server.port, message)
        assert not first or 100 <= int(first.split()[1]) < 500, (example, first)

    fields = st.lists(st.sampled_from(FIELDS) | st.binary(max_size=20), max_size=5)
    lines = st.sampled_from(LINES) | st.binary(max_size=30)
    run(examples, st.tuples(lines, fields, st.binary(max_size=20)), probe)
    assert fuzzer.exchange("GET", "/health", {}).status == 200


@pytest.mark.parametrize("place", [[], [1], [None, None], [1, 2], ["x", "y"], [{}, []], [1e308, 10**30], ["\ud800", "x"], [1, 2, 3]])  # fmt: skip
@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("ListTrainingJobs", {}),
        ("ListTrainingJobs", {"SortBy": "Status"}),
        ("ListHyperParameterTuningJobs", {}),
        ("ListHyperParameterTuningJobs", {"SortBy": "CreationTime"}),
        ("Search", {"Resource": "TrainingJob"}),
        ("Search", {"Resource": "HyperParameterTuningJob", "SortBy": "CreationTime"}),
    ],
)
def test_tokens_that_somebody_made_up_well(
    fuzzer: Any, operation: str, members: dict[str, str], place: list[Any]
) -> None:
    """They have the digest that they should have, and lead nowhere."""
    made = Call(operation=operation, request=dict(members), region="us-east-1", account="0", invocation=None)
    request = {**members, "NextToken": paging.token(made, tuple(place))}
    assert fuzzer.json(*target_of(operation), json.dumps(request).encode()).status in {200, 400}
