"""The examples that AWS has published: its test suite for Signature Version 4, and those of the S3 reference."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from tunesmith.api.signing import ChunkVerifier, Identity, SignatureError, SignedRequest, Verifier

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's own example


def verify(request: SignedRequest, secret: str, now: datetime) -> Identity:
    return Verifier({"AKIDEXAMPLE": secret, "AKIAIOSFODNN7EXAMPLE": secret}.get, lambda: now).verify(request)


SUITE = {  # method, path, query, further headers, body, names of signed headers, signature
    "get-vanilla": (
        "GET",
        "/",
        "",
        {},
        "",
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "post-vanilla": (
        "POST",
        "/",
        "",
        {},
        "",
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "get-vanilla-query-order-key-case": (
        "GET",
        "/",
        "Param2=value2&Param1=value1",
        {},
        "",
        "host;x-amz-date",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-vanilla-empty-query-key": (
        "GET",
        "/",
        "Param1=value1",
        {},
        "",
        "host;x-amz-date",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    "post-x-www-form-urlencoded": (
        "POST",
        "/",
        "",
        {"content-type": "application/x-www-form-urlencoded"},
        "Param1=value1",
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signed", "signature"), SUITE.values(), ids=SUITE
)
def test_the_suite_of_aws(
    method: str, path: str, query: str, headers: dict[str, str], body: str, signed: str, signature: str
) -> None:
    given = {
        "Host": "example.amazonaws.com",
        "X-Amz-Date": "20150830T123600Z",
        **headers,
        "Authorization": (
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            f"SignedHeaders={signed}, Signature={signature}"
        ),
    }
    wire = [(name.encode(), value.encode()) for name, value in given.items()]
    request = SignedRequest(method, path.encode(), query.encode(), wire, body.encode())
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's own example

    identity = verify(request, secret, datetime(2015, 8, 30, 12, 36, tzinfo=UTC))

    assert (identity.access_key, identity.service, identity.region) == (
        "AKIDEXAMPLE",
        "service",
        "us-east-1",
    )


def s3_request(path: str, headers: dict[str, str], signature: str, method: str = "GET") -> SignedRequest:
    given = {"x-amz-date": "20130524T000000Z", **headers}
    signed = ";".join(sorted(name.lower() for name in given))
    given["Authorization"] = (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        f"SignedHeaders={signed},Signature={signature}"
    )
    target, _, query = path.partition("?")
    wire = [(name.encode(), value.encode()) for name, value in given.items()]
    return SignedRequest(method, target.encode(), query.encode(), wire)


HOST = "examplebucket.s3.amazonaws.com"
S3_EXAMPLES = {
    "a range": (
        "/test.txt",
        {"Host": HOST, "Range": "bytes=0-9", "x-amz-content-sha256": EMPTY},
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    "a parameter without a value": (
        "/?lifecycle",
        {"Host": HOST, "x-amz-content-sha256": EMPTY},
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "a list": (
        "/?max-keys=2&prefix=J",
        {"Host": HOST, "x-amz-content-sha256": EMPTY},
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
}


@pytest.mark.parametrize(("path", "headers", "signature"), S3_EXAMPLES.values(), ids=S3_EXAMPLES)
def test_the_examples_of_s3(path: str, headers: dict[str, str], signature: str) -> None:
    identity = verify(s3_request(path, headers, signature), S3_SECRET, datetime(2013, 5, 24, tzinfo=UTC))

    assert identity.payload == EMPTY
    assert identity.chunks is None


def test_the_presigned_example_of_s3() -> None:
    query = urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
            "X-Amz-Date": "20130524T000000Z",
            "X-Amz-Expires": "86400",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        }
    )
    request = SignedRequest("GET", b"/test.txt", query.encode(), [(b"host", HOST.encode())])

    assert verify(request, S3_SECRET, datetime(2013, 5, 24, 20, tzinfo=UTC)).is_presigned


CHUNKS = (b"a" * 65536, b"a" * 1024, b"")
CHUNKED = {  # the word for the payload, further headers, the seed and the signatures of the chunks
    "chunks": (
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        {"Content-Length": "66824"},
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        (
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ),
    ),
    "chunks and a trailer": (
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        {"x-amz-trailer": "x-amz-checksum-crc32c"},
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        (
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ),
    ),
}
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


def chunks_of(name: str) -> ChunkVerifier:
    payload, headers, seed, _ = CHUNKED[name]
    given = {
        "Host": "s3.amazonaws.com",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": payload,
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        **headers,
    }
    request = s3_request("/examplebucket/chunkObject.txt", given, seed, method="PUT")
    identity = verify(request, S3_SECRET, datetime(2013, 5, 24, tzinfo=UTC))
    assert identity.payload == payload
    assert identity.chunks is not None
    return identity.chunks


@pytest.mark.parametrize("name", CHUNKED)
def test_the_signed_chunks_of_s3(name: str) -> None:
    verifier = chunks_of(name)

    for signature, chunk in zip(CHUNKED[name][-1], CHUNKS, strict=True):
        verifier.check(signature, sha256(chunk).hexdigest())
    if "trailer" in name:
        verifier.trailer(TRAILER_SIGNATURE, [(b"X-Amz-Checksum-Crc32c", b" sOO8/Q==")])


FIRST, SECOND, LAST = zip(CHUNKED["chunks"][-1], CHUNKS, strict=True)
CHANGED = {  # the chunks that are accepted, and the one that is not
    "content": ([], (FIRST[0], CHUNKS[0][:-1] + b"b")),
    "order": ([], SECOND),
    "left out": ([FIRST], LAST),
    "repeated": ([FIRST], FIRST),
    "not ASCII": ([], ("\xe9" * 64, CHUNKS[0])),
}


@pytest.mark.parametrize(("good", "bad"), CHANGED.values(), ids=CHANGED)
def test_changed_chunks_are_refused(good: list[tuple[str, bytes]], bad: tuple[str, bytes]) -> None:
    verifier = chunks_of("chunks")
    for signature, chunk in good:
        verifier.check(signature, sha256(chunk).hexdigest())

    with pytest.raises(SignatureError, match="SignatureDoesNotMatch"):
        verifier.check(bad[0], sha256(bad[1]).hexdigest())


def test_a_changed_trailer_is_refused() -> None:
    verifier = chunks_of("chunks and a trailer")
    for signature, chunk in zip(CHUNKED["chunks and a trailer"][-1], CHUNKS, strict=True):
        verifier.check(signature, sha256(chunk).hexdigest())

    with pytest.raises(SignatureError, match="SignatureDoesNotMatch"):
        verifier.trailer(TRAILER_SIGNATURE, [(b"x-amz-checksum-crc32c", b"sOO8/A==")])
