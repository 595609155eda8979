"""Presigned URLs of boto3: good until they expire, for the one thing that they are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from tunesmith.api.signing import (
    UNSIGNED_PAYLOAD,
    Identity,
    SignatureError,
    SignedRequest,
    Verifier,
    service_of,
)

KEY, SECRET = "TSAKEXAMPLE234567ABC", "s" * 40
Change = Callable[[SignedRequest], SignedRequest]


def boto(service: str, **options: Any) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload] # any of them
        endpoint_url="http://127.0.0.1:8642",
        region_name="eu-west-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        **options,
    )


def verify(request: SignedRequest, after: timedelta = timedelta()) -> Identity:
    return Verifier({KEY: SECRET}.get, lambda: datetime.now(UTC) + after).verify(request)


def refuse(request: SignedRequest, after: timedelta = timedelta()) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        verify(request, after)
    return caught.value


def presigned(method: str = "get_object", version: str = "s3v4", **options: Any) -> SignedRequest:
    client = boto("s3", config=Config(signature_version=version))
    url = urlsplit(client.generate_presigned_url(method, {"Bucket": "bucket", "Key": "a b/ü+"}, **options))
    verb = "PUT" if method == "put_object" else "GET"
    return SignedRequest(verb, url.path.encode(), url.query.encode(), [(b"host", url.netloc.encode())])


@pytest.mark.parametrize("method", ["get_object", "put_object"])
def test_a_presigned_url_is_good_until_it_expires(method: str) -> None:
    request = presigned(method, ExpiresIn=7200)

    identity = verify(request, timedelta(seconds=7190))

    assert (identity.payload, identity.is_presigned) == (UNSIGNED_PAYLOAD, True)
    assert service_of(request.headers, request.raw_query) == "s3"
    for after in (timedelta(seconds=7210), timedelta(minutes=-16)):
        error = refuse(request, after)
        assert (error.code, error.status) == ("AccessDenied", 403)


def test_a_presigned_url_of_another_service() -> None:
    url = urlsplit(boto("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET"))
    request = SignedRequest("GET", b"/", url.query.encode(), [(b"host", url.netloc.encode())], b"")

    assert verify(request).service == "sts"
    assert refuse(replace(request, body=b"Action=AssumeRole")).code == "SignatureDoesNotMatch"


def test_boto3s_default_presigned_url_is_refused_with_what_to_do() -> None:
    error = refuse(presigned(version="s3"))

    assert (error.code, error.status) == ("InvalidRequest", 400)
    assert "Config(signature_version='s3v4')" in error.message


URL_CHANGES: Mapping[str, tuple[Change, str]] = {
    "another method": (lambda request: replace(request, method="PUT"), "SignatureDoesNotMatch"),
    "another key": (lambda request: replace(request, raw_path=b"/bucket/other"), "SignatureDoesNotMatch"),
    "a longer life": (
        lambda request: replace(request, raw_query=request.raw_query.replace(b"s=60", b"s=600")),
        "SignatureDoesNotMatch",
    ),
    "an empty life": (
        lambda request: replace(request, raw_query=request.raw_query.replace(b"s=60", b"s=0")),
        "AuthorizationQueryParametersError",
    ),
    "too long a life": (
        lambda request: replace(request, raw_query=request.raw_query.replace(b"s=60", b"s=604801")),
        "AuthorizationQueryParametersError",
    ),
    "a second signature": (
        lambda request: replace(request, raw_query=request.raw_query + b"&X-Amz-Signature=0"),
        "AuthorizationQueryParametersError",
    ),
    "no algorithm": (
        lambda request: replace(request, raw_query=request.raw_query.replace(b"X-Amz-Algorithm", b"X")),
        "AuthorizationQueryParametersError",
    ),
    "a header that S3 obeys": (
        lambda request: replace(
            request, headers=[*request.headers, (b"x-amz-copy-source", b"bucket/secret")]
        ),
        "AccessDenied",
    ),
}


@pytest.mark.parametrize(("change", "code"), URL_CHANGES.values(), ids=URL_CHANGES)
def test_a_changed_url_is_refused(change: Change, code: str) -> None:
    request = presigned(ExpiresIn=60)
    assert verify(request).service == "s3"

    assert refuse(change(request)).code == code
