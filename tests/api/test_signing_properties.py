"""Whatever botocore signs is accepted, no part of it can be changed, and noise breaks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.signing import Identity, SignatureError, SignedRequest, Verifier

KEY, SECRET = "TSAKEXAMPLE234567ABC", "s" * 40


def sign(service: str, request: AWSRequest) -> SignedRequest:
    """Sign a request as botocore does; give it as a server gets it."""
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(Credentials(KEY, SECRET), service, "eu-west-1").add_auth(request)
    url, signed = urlsplit(str(request.url)), request.headers.items()
    headers = [(name.encode(), str(value).encode()) for name, value in signed]
    headers.append((b"Host", url.netloc.encode()))
    return SignedRequest(str(request.method), url.path.encode(), url.query.encode(), headers, request.data)


def verify(request: SignedRequest) -> Identity:
    return Verifier({KEY: SECRET}.get, lambda: datetime.now(UTC)).verify(request)


def refuse(request: SignedRequest) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        verify(request)
    return caught.value


_words = st.text(max_size=8)
_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_names = st.from_regex("[a-z][a-z0-9-]{0,8}", fullmatch=True).map("x-{}".format)


@st.composite
def any_requests(draw: st.DrawFn) -> SignedRequest:
    service = draw(st.sampled_from(["s3", "sagemaker"]))
    path = quote(
        "/" + "/".join(draw(st.lists(st.one_of(_words, st.sampled_from(["..", ".", ""]))))), safe="/~"
    )
    pairs = draw(st.lists(st.tuples(_words, _words)))
    query = urlencode(pairs, quote_via=quote, safe="~")
    headers = draw(st.dictionaries(_names, _values, max_size=3))
    url = f"http://127.0.0.1:8642{path}" + (f"?{query}" if query else "")
    return sign(
        service, AWSRequest(method="PUT", url=url, headers=headers, data=draw(st.binary(max_size=20)))
    )


def single_changes(request: SignedRequest) -> Iterator[SignedRequest]:
    """The request with one thing changed of all that is signed, in every place."""
    yield replace(request, method="POST")
    yield replace(request, raw_path=request.raw_path + b"x")
    yield replace(request, raw_query=request.raw_query + b"&a")
    authorization = dict(request.headers)[b"Authorization"].decode()
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    for i, (name, value) in enumerate(request.headers):
        if name.decode().lower() in {*signed, "authorization"}:
            before, after = request.headers[:i], request.headers[i + 1 :]
            yield replace(request, headers=[*before, (name, value + b"0"), *after])
            yield replace(request, headers=[*before, (name, value), (name, b"0"), *after])
            yield replace(request, headers=[*before, *after])


@given(any_requests())
def test_what_botocore_signs_is_accepted_and_nothing_of_it_can_be_changed(request: SignedRequest) -> None:
    identity = verify(request)

    for changed in single_changes(request):
        refuse(changed)
    if identity.service != "s3":
        refuse(replace(request, body=(request.body or b"") + b"0"))


@given(st.lists(st.tuples(_words, _words), max_size=4))
def test_a_plus_sign_in_a_query_is_a_space(pairs: list[tuple[str, str]]) -> None:
    signed = sign("s3", AWSRequest(method="GET", url=f"http://h/?{urlencode(pairs, quote_via=quote)}"))

    assert verify(replace(signed, raw_query=urlencode(pairs).encode())).service == "s3"


@given(
    st.binary(max_size=40),
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from([b"authorization", b"x-amz-date", b"date", b"x-amz-target", b"x-amz-content-sha256"]),
        st.binary(max_size=40),
    ),
)
def test_noise_is_refused_and_breaks_nothing(path: bytes, query: bytes, headers: dict[bytes, bytes]) -> None:
    prefixed = {n: b"AWS4-HMAC-SHA256 " + v if n == b"authorization" else v for n, v in headers.items()}

    assert refuse(
        SignedRequest("GET", path, b"X-Amz-Algorithm=AWS4-HMAC-SHA256&" + query, [*prefixed.items()])
    ).status in {400, 403}
