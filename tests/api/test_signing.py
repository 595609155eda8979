"""Signatures of real clients are accepted; whatever is changed, too old or unsigned is refused in the service's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials

from tunesmith.api.signing import (
    UNSIGNED_PAYLOAD,
    Identity,
    SignatureError,
    SignedRequest,
    Verifier,
    service_of,
)

KEY = "TSAKEXAMPLE234567ABC"
SECRET, TOKEN = "s" * 40, "t" * 40
SERVICES = ("sagemaker", "logs", "s3", "iam", "sts")
TARGETS = {"sagemaker": "SageMaker.ListTags", "logs": "Logs_20140328.GetLogEvents"}
Change = Callable[[SignedRequest], SignedRequest]


def wire(request: AWSPreparedRequest) -> SignedRequest:
    """A request as a server gets it."""
    url = urlsplit(request.url)
    given: Any = request.headers.items()
    headers = [
        (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in given
    ]
    body: Any = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body if isinstance(body, bytes) else body.encode()
    headers.append((b"Host", url.netloc.encode()))
    return SignedRequest(request.method, url.path.encode(), url.query.encode(), headers, body)


def sign(
    service: str, request: AWSRequest, key: str = KEY, secret: str = SECRET, token: str | None = None
) -> SignedRequest:
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(Credentials(key, secret, token), service, "eu-west-1").add_auth(request)
    return wire(request.prepare())


def typical(service: str, **credentials: Any) -> SignedRequest:
    """A request of the kind that clients send to a service."""
    headers = {"Content-Type": "text/plain"}
    if service in TARGETS:
        headers["X-Amz-Target"] = TARGETS[service]
    method, path = ("PUT", "b/key%20x?partNumber=1&uploadId=u") if service == "s3" else ("POST", "")
    url = f"http://127.0.0.1:8642/{path}"
    return sign(service, AWSRequest(method=method, url=url, headers=headers, data=b'{"A": 1}'), **credentials)


def verify(request: SignedRequest, after: timedelta = timedelta()) -> Identity:
    return Verifier({KEY: SECRET}.get, lambda: datetime.now(UTC) + after).verify(request)


def refuse(request: SignedRequest, after: timedelta = timedelta()) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        verify(request, after)
    return caught.value


def with_header(name: str, value: str | None) -> Change:
    """A change of a header, or its removal."""

    def change(request: SignedRequest) -> SignedRequest:
        headers = [pair for pair in request.headers if pair[0].lower() != name.encode()]
        return replace(
            request, headers=headers if value is None else [*headers, (name.encode(), value.encode())]
        )

    return change


def in_authorization(old: str, new: str) -> Change:
    def change(request: SignedRequest) -> SignedRequest:
        before = dict(request.headers)[b"Authorization"].decode()
        assert old in before
        return with_header("authorization", before.replace(old, new))(request)

    return change


class Sent(Exception):  # noqa: N818 - it is no error
    """Carries the request that a client was about to send."""


def captured(client: Any, call: Callable[[], Any]) -> SignedRequest:
    """The request that boto3 would send for a call."""

    def stop(request: AWSPreparedRequest, **_: Any) -> None:
        raise Sent(request)

    client.meta.events.register("before-send", stop)
    with pytest.raises(Sent) as caught:
        call()
    return wire(caught.value.args[0])


def boto(service: str, **options: Any) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload] # any of them
        endpoint_url="http://127.0.0.1:8642",
        region_name="eu-west-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        **options,
    )


CALLS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "sagemaker": ("sagemaker", lambda client: client.list_tags(ResourceArn="arn:aws:sagemaker:x")),
    "logs": ("logs", lambda client: client.get_log_events(logStreamName="s", logGroupName="/g")),
    "iam": ("iam", lambda client: client.get_role(RoleName="r")),
    "sts": ("sts", lambda client: client.get_caller_identity()),
    "put": ("s3", lambda client: client.put_object(Bucket="bucket", Key="a b/ü+%/..//~(c)", Body=b"data")),
    "list": ("s3", lambda client: client.list_objects_v2(Bucket="bucket", Prefix="a b+c/&=ü", Delimiter="/")),
    "copy": ("s3", lambda client: client.copy_object(Bucket="b12", Key="k", CopySource="bucket/a b/ü")),
    "metadata": ("s3", lambda client: client.put_object(Bucket="b12", Key="k", Metadata={"x": "a  b "})),
}


@pytest.mark.parametrize(("service", "call"), CALLS.values(), ids=CALLS)
def test_what_boto3_sends_is_accepted(service: str, call: Callable[[Any], Any]) -> None:
    client = boto(service)
    request = captured(client, lambda: call(client))

    identity = verify(request)

    assert (identity.access_key, identity.service, identity.region) == (KEY, service, "eu-west-1")
    assert not identity.is_presigned
    assert service_of(request.headers, request.raw_query) == service


@pytest.mark.parametrize("service", SERVICES)
def test_a_session_token_is_tolerated(service: str) -> None:
    assert verify(typical(service, token=TOKEN)).access_key == KEY
    assert refuse(with_header("x-amz-security-token", "other")(typical(service, token=TOKEN))).status >= 400


def test_the_payload_of_s3_is_what_the_client_says() -> None:
    request = replace(typical("s3"), body=None)
    said = dict(request.headers)[b"X-Amz-Content-SHA256"].decode()

    assert verify(request).payload == said
    assert "SignatureDoesNotMatch" in str(
        refuse(with_header("x-amz-content-sha256", UNSIGNED_PAYLOAD)(request))
    )


class Thorough(SigV4Auth):
    """Signs what botocore leaves out and other clients do not."""

    def headers_to_sign(self, request: AWSRequest) -> Any:
        headers = super().headers_to_sign(request)
        headers["user-agent"] = request.headers["User-Agent"]
        return headers


def test_any_header_may_be_signed() -> None:
    request = AWSRequest(method="POST", url="http://h/", headers={"User-Agent": "curl/8  x"}, data=b"{}")
    Thorough(Credentials(KEY, SECRET), "sagemaker", "eu-west-1").add_auth(request)
    signed = wire(request.prepare())

    assert "host;user-agent;x-amz-date" in str(signed.headers)
    assert verify(signed).service == "sagemaker"
    assert refuse(with_header("user-agent", "curl/9")(signed)).code == "InvalidSignatureException"


MISMATCH = {
    **dict.fromkeys(("sagemaker", "logs"), ("InvalidSignatureException", 400)),
    **dict.fromkeys(("iam", "sts", "s3"), ("SignatureDoesNotMatch", 403)),
}
MALFORMED = {
    **dict.fromkeys(("sagemaker", "logs"), ("IncompleteSignatureException", 400)),
    **dict.fromkeys(("iam", "sts"), ("IncompleteSignature", 400)),
    "s3": ("AuthorizationHeaderMalformed", 400),
}
UNKNOWN = {
    **dict.fromkeys(("sagemaker", "logs"), ("UnrecognizedClientException", 400)),
    **dict.fromkeys(("iam", "sts"), ("InvalidClientTokenId", 403)),
    "s3": ("InvalidAccessKeyId", 403),
}
UNSUPPORTED = {**MALFORMED, "s3": ("InvalidRequest", 400)}
UNSIGNED = {**MISMATCH, "s3": ("AccessDenied", 403)}
WRONG_SCOPE = {**MISMATCH, "s3": ("AuthorizationHeaderMalformed", 400)}

CHANGES: Mapping[str, tuple[Change, Mapping[str, tuple[str, int]]]] = {
    "another method": (lambda request: replace(request, method="DELETE"), MISMATCH),
    "another query": (lambda request: replace(request, raw_query=request.raw_query + b"&x=1"), MISMATCH),
    "another path": (lambda request: replace(request, raw_path=request.raw_path + b"x"), MISMATCH),
    "another host": (with_header("host", "elsewhere:8642"), MISMATCH),
    "another content type": (with_header("content-type", "text/html"), MISMATCH),
    "a header left out": (with_header("content-type", None), MISMATCH),
    "another signature": (in_authorization("Signature=", "Signature=0"), MISMATCH),
    "a signature in no ASCII": (in_authorization("Signature=", "Signature=é"), MISMATCH),
    "another region": (in_authorization("eu-west-1", "us-east-1"), MISMATCH),
    "an operation that is not signed": (with_header("x-amz-tagging", "a=b"), UNSIGNED),
    "a host that is not signed": (in_authorization(";host;", ";"), UNSIGNED),
    "another day": (in_authorization(f"{KEY}/2", f"{KEY}/1"), WRONG_SCOPE),
    "another key": (in_authorization("TSAK", "AKIA"), UNKNOWN),
    "no signature": (in_authorization("Signature=", "Sig="), MALFORMED),
    "an empty signature": (in_authorization("SignedHeaders=", "SignedHeaders=,Signature="), MALFORMED),
    "two credentials": (
        in_authorization("Signature=", "Credential=a/20250101/r/s/aws4_request, Signature="),
        MALFORMED,
    ),
    "half a credential": (in_authorization("/aws4_request", ""), MALFORMED),
    "no region": (in_authorization("/eu-west-1/", "/eu:west/"), MALFORMED),
    "no date": (with_header("x-amz-date", None), MALFORMED),
    "a broken date": (with_header("x-amz-date", "20250231T000000Z"), MALFORMED),
    "two signatures": (
        lambda request: replace(request, raw_query=b"X-Amz-Signature=0"),
        MALFORMED,
    ),
    "another algorithm": (in_authorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), UNSUPPORTED),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_refused(
    service: str, change: Change, expected: Mapping[str, tuple[str, int]]
) -> None:
    request = typical(service)
    assert verify(request).service == service  # before the change

    error = refuse(change(request))

    assert (error.code, error.status) == expected[service]


@pytest.mark.parametrize("service", ["sagemaker", "logs", "iam", "sts"])
def test_another_body_is_refused(service: str) -> None:
    assert refuse(replace(typical(service), body=b'{"A": 2}')).code == MISMATCH[service][0]


@pytest.mark.parametrize("service", TARGETS)
def test_another_operation_is_refused(service: str) -> None:
    error = refuse(with_header("x-amz-target", TARGETS[service] + "x")(typical(service)))

    assert error.code == "InvalidSignatureException"


def test_an_operation_of_another_service_is_refused() -> None:
    """Else one who may sign for S3 alone, say by a proxy, could stop jobs."""
    headers = {"X-Amz-Target": TARGETS["sagemaker"]}
    request = sign("s3", AWSRequest(method="POST", url="http://h/", headers=headers, data=b"{}"))

    assert "scoped to correct service: 'sagemaker', not 's3'" in refuse(request).message


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_secret_is_refused(service: str) -> None:
    error = refuse(typical(service, secret="x" * 40))

    assert (error.code, error.status) == MISMATCH[service]
    assert "does not match the signature you provided" in error.message


SKEWED = {**MISMATCH, "s3": ("RequestTimeTooSkewed", 403)}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("minutes", "says"), [(16, "Signature expired: "), (-16, "Signature not yet current: ")]
)
def test_a_wrong_clock_is_refused(service: str, minutes: int, says: str) -> None:
    request = typical(service)

    error = refuse(request, timedelta(minutes=minutes))

    assert (error.code, error.status) == SKEWED[service]
    assert error.message.startswith(says)
    assert "15 min.)" in error.message
    assert verify(request, timedelta(minutes=minutes * 14 / 16)).service == service


MISSING = [
    ({"x-amz-target": TARGETS["sagemaker"]}, "", "MissingAuthenticationTokenException", 400),
    ({"x-amz-target": TARGETS["logs"]}, "", "MissingAuthenticationTokenException", 400),
    ({}, "", "AccessDenied", 403),
    ({"authorization": f"AWS {KEY}:c2lnbmF0dXJl"}, "", "InvalidRequest", 400),
    (
        {"authorization": "Bearer x", "x-amz-target": TARGETS["sagemaker"]},
        "",
        "IncompleteSignatureException",
        400,
    ),
    ({}, f"AWSAccessKeyId={KEY}&Signature=x&Expires=9999999999", "InvalidRequest", 400),
]


@pytest.mark.parametrize(("headers", "query", "code", "status"), MISSING)
def test_a_request_without_our_kind_of_signature(
    headers: dict[str, str], query: str, code: str, status: int
) -> None:
    wired = [(b"host", b"h"), *((name.encode(), value.encode()) for name, value in headers.items())]

    error = refuse(SignedRequest("GET", b"/b/k", query.encode(), wired, b""))

    assert (error.code, error.status) == (code, status)


def test_the_service_is_unknown_if_nothing_says_it() -> None:
    assert service_of([(b"host", b"h")], b"a=b") is None
    assert service_of([(b"X-Amz-Target", b"DynamoDB_20120810.ListTables")], b"") is None
    assert service_of([(b"X-Amz-Target", b"SageMaker.ListTags")], b"") == "sagemaker"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Credential=", "Credential ="),
        ("Credential=", "X=, Credential=k/2/r/iam/x, Credential="),
        ("SignedHeaders=", "SignedHeaders=a Credential=k/20250101/r/iam/aws4_request;"),
    ],
)
def test_a_header_cannot_name_one_service_to_the_dispatcher_and_another_to_the_verifier(
    old: str, new: str
) -> None:
    request = in_authorization(old, new)(typical("s3"))

    assert refuse(request).status >= 400


def test_an_unknown_word_for_the_payload_is_refused() -> None:
    request = with_header("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")(typical("s3"))

    error = refuse(request)

    assert error.code == "InvalidArgument"
    assert "it must be a SHA-256 in hexadecimal" in error.message


def test_a_date_header_will_do() -> None:
    request = AWSRequest(method="GET", url="http://h/", headers={"Date": "now"}, data=b"")
    signed = sign("sagemaker", request)

    assert b"X-Amz-Date" not in dict(signed.headers)
    assert verify(signed).service == "sagemaker"
    assert refuse(with_header("date", "yesterday")(signed)).code == "IncompleteSignatureException"
