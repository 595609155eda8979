"""Who may not use the server is refused by every service, in the words of that service."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

LARGEST_BODY = 8 * 2**20


@dataclass(frozen=True)
class Service:
    """A request that a service answers, and how it refuses."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "POST"
    path: str = "/"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SERVICES = {
    "sagemaker": Service("sagemaker", {"X-Amz-Target": "SageMaker.ListTrainingJobs"}, b"{}"),
    "logs": Service("logs", {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}, b"{}"),
    "iam": Service("iam", FORM, b"Action=GetRole&RoleName=role"),
    "sts": Service("sts", FORM, b"Action=GetCallerIdentity"),
    "s3": Service("s3", {}, b"content", "PUT", "/tunesmith-default/refusals"),
}
JSON, QUERY, S3 = ("sagemaker", "logs"), ("iam", "sts"), ("s3",)

Headers: TypeAlias = "dict[str, str]"


def signed(server: Any, service: Service, key: str | None = None, secret: str | None = None) -> Headers:
    """The headers of a request that is signed, with the server's own key unless another is given."""
    request = AWSRequest(
        method=service.method, url=server.url + service.path, headers=dict(service.headers), data=service.body
    )
    credentials = Credentials(
        key or server.variables["AWS_ACCESS_KEY_ID"], secret or server.variables["AWS_SECRET_ACCESS_KEY"]
    )
    (S3SigV4Auth if service.name == "s3" else SigV4Auth)(credentials, service.name, "us-east-1").add_auth(
        request
    )
    return dict(request.headers.items())


def answer(
    server: Any, service: Service, headers: Headers, body: bytes | None = None
) -> tuple[int, str, bytes]:
    """Send a request; give the status, the type of the content, and the content."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(service.method, service.path, service.body if body is None else body, headers)
        response = connection.getresponse()
        assert response.headers.get("x-amzn-requestid") or response.headers.get("x-amz-request-id")
        return response.status, response.headers.get("content-type", ""), response.read()
    finally:
        connection.close()


def code_in(service: str, content_type: str, body: bytes) -> str:
    """The code of a refusal, in the format of a service."""
    if service in JSON:
        assert content_type == "application/x-amz-json-1.1"
        refusal = json.loads(body)
        assert refusal["message"]
        return str(refusal["__type"])
    assert content_type in {"application/xml", "text/xml"}
    root = ET.fromstring(body)  # noqa: S314 - ours
    assert root.tag == ("Error" if service == "s3" else "ErrorResponse")
    error = root if service == "s3" else root.find("Error")
    assert error is not None
    assert error.findtext("Message")
    return error.findtext("Code") or ""


def refusal(server: Any, service: Service, headers: Headers, body: bytes | None = None) -> tuple[int, str]:
    status, content_type, content = answer(server, service, headers, body)
    return status, code_in(service.name, content_type, content)


Refusals: TypeAlias = "dict[str, tuple[int, str]]"


def each(json_: tuple[int, str], query: tuple[int, str], s3: tuple[int, str]) -> Refusals:
    """The refusals of all services by the protocols they speak."""
    return {**dict.fromkeys(JSON, json_), **dict.fromkeys(QUERY, query), **dict.fromkeys(S3, s3)}


def wrong_signature(server: Any, service: Service) -> tuple[int, str]:
    headers = signed(server, service, secret="wrong")  # noqa: S106 - so that it is refused
    return refusal(server, service, headers)


def unknown_key(server: Any, service: Service) -> tuple[int, str]:
    return refusal(server, service, signed(server, service, "TSAKNOBODYNOBODYNOBO"))


def revoked_key(server: Any, service: Service) -> tuple[int, str]:
    keys = [sys.executable, "-m", "tunesmith", "keys"]
    options = ["--data", str(server.data), "--json"]
    made = json.loads(
        subprocess.run([*keys, "create", "soon gone", *options], check=True, capture_output=True).stdout
    )
    headers = signed(server, service, made["id"], made["secret"])
    assert answer(server, service, headers)[0] == 200
    subprocess.run([*keys, "revoke", made["id"], *options], check=True, capture_output=True)
    return refusal(server, service, headers)


def at_another_time(minutes: int) -> Callable[[Any, Service], tuple[int, str]]:
    def ask(server: Any, service: Service) -> tuple[int, str]:
        with pytest.MonkeyPatch.context() as patch:
            moment = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
            patch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment)
            headers = signed(server, service)
        return refusal(server, service, headers)

    return ask


def another_body(server: Any, service: Service) -> tuple[int, str]:
    return refusal(server, service, signed(server, service), body=service.body[:-1] + b"!")


def another_operation(server: Any, service: Service) -> tuple[int, str]:
    headers = signed(server, service)
    headers["X-Amz-Target"] = "SageMaker.DeleteTrainingJob"
    return refusal(server, service, headers)


def no_signature(server: Any, service: Service) -> tuple[int, str]:
    return refusal(server, service, dict(service.headers))


def another_way(server: Any, service: Service) -> tuple[int, str]:
    headers = signed(server, service)
    headers["Authorization"] = headers["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    return refusal(server, service, headers)


def half_a_signature(server: Any, service: Service) -> tuple[int, str]:
    headers = signed(server, service)
    headers["Authorization"] = headers["Authorization"].partition(", SignedHeaders")[0]
    return refusal(server, service, headers)


CASES: dict[str, tuple[Callable[[Any, Service], tuple[int, str]], Refusals]] = {
    "wrong signature": (
        wrong_signature,
        each(
            (400, "InvalidSignatureException"), (403, "SignatureDoesNotMatch"), (403, "SignatureDoesNotMatch")
        ),
    ),
    "unknown key": (
        unknown_key,
        each(
            (400, "UnrecognizedClientException"), (403, "InvalidClientTokenId"), (403, "InvalidAccessKeyId")
        ),
    ),
    "revoked key": (
        revoked_key,
        each(
            (400, "UnrecognizedClientException"), (403, "InvalidClientTokenId"), (403, "InvalidAccessKeyId")
        ),
    ),
    "expired": (
        at_another_time(-16),
        each(
            (400, "InvalidSignatureException"), (403, "SignatureDoesNotMatch"), (403, "RequestTimeTooSkewed")
        ),
    ),
    "from the future": (
        at_another_time(16),
        each(
            (400, "InvalidSignatureException"), (403, "SignatureDoesNotMatch"), (403, "RequestTimeTooSkewed")
        ),
    ),
    "another body": (
        another_body,
        each(
            (400, "InvalidSignatureException"),
            (403, "SignatureDoesNotMatch"),
            (400, "XAmzContentSHA256Mismatch"),
        ),
    ),
    "another operation": (
        another_operation,
        {
            "sagemaker": (400, "InvalidSignatureException"),
            "logs": (400, "InvalidSignatureException"),
            "iam": (403, "SignatureDoesNotMatch"),
            "sts": (403, "SignatureDoesNotMatch"),
            "s3": (400, "AuthorizationHeaderMalformed"),
        },
    ),
    "another algorithm": (
        another_way,
        each((400, "IncompleteSignatureException"), (400, "IncompleteSignature"), (400, "InvalidRequest")),
    ),
    "half a signature": (
        half_a_signature,
        each(
            (400, "IncompleteSignatureException"),
            (400, "IncompleteSignature"),
            (400, "AuthorizationHeaderMalformed"),
        ),
    ),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("case", CASES)
def test_a_request_is_refused(server: Any, case: str, service: str) -> None:
    ask, expected = CASES[case]
    assert ask(server, SERVICES[service]) == expected[service]


@pytest.mark.parametrize(
    ("service", "refused"),
    [
        ("sagemaker", (400, "MissingAuthenticationTokenException")),
        ("logs", (400, "MissingAuthenticationTokenException")),
        ("s3", (403, "AccessDenied")),
    ],
)
def test_without_a_signature(server: Any, service: str, refused: tuple[int, str]) -> None:
    assert no_signature(server, SERVICES[service]) == refused


def test_a_form_without_a_signature_could_be_for_anybody(server: Any) -> None:
    assert no_signature(server, Service("s3", FORM, b"Action=GetCallerIdentity")) == (403, "AccessDenied")


@pytest.mark.parametrize("service", SERVICES)
def test_the_requests_as_such_are_answered(server: Any, service: str) -> None:
    """Else the refusals above would say nothing."""
    assert answer(server, SERVICES[service], signed(server, SERVICES[service]))[0] == 200


def test_a_refused_object_is_not_there(server: Any, s3: Any) -> None:
    service = Service("s3", {}, b"content", "PUT", "/tunesmith-default/never")
    assert wrong_signature(server, service)[0] == 403
    assert another_body(server, service)[0] == 400
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="tunesmith-default", Key="never")


@pytest.mark.parametrize(("service", "operation"), [("ec2", "describe_regions"), ("dynamodb", "list_tables")])
def test_a_service_that_is_not_offered(server: Any, service: str, operation: str) -> None:
    with pytest.raises(
        ClientError, match=f"{service} is not offered here; there are sagemaker, s3"
    ) as refused:
        getattr(server.client(service), operation)()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("service", ["sagemaker", "logs", "iam", "sts"])
def test_a_body_that_is_too_large(server: Any, service: str) -> None:
    asked = SERVICES[service]
    large = Service(asked.name, asked.headers, asked.body.ljust(LARGEST_BODY + 1), asked.method, asked.path)
    assert refusal(server, large, signed(server, large)) == (413, "RequestEntityTooLargeException")
    just_fits = Service(asked.name, asked.headers, asked.body.ljust(LARGEST_BODY), asked.method, asked.path)
    assert answer(server, just_fits, signed(server, just_fits))[0] != 413


@pytest.mark.parametrize(
    "fields",
    [b"A: " + b"x" * 2**20, b"\r\n".join(b"h%d: x" % i for i in range(100_000))],
    ids=["size", "number"],
)
def test_headers_that_are_too_large(server: Any, fields: bytes) -> None:
    """Nobody reads them to their end, so nobody knows which service they are for."""
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        try:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n\r\n")
            with connection.makefile("rb") as reader:
                line = reader.readline()
        except ConnectionError:  # the server has hung up in the middle of it
            line = b"HTTP/1.1 400"
    assert line.startswith(b"HTTP/1.1 400")
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"
