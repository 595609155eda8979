from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.api.s3.chunked import ChunkedDecoder
from tunesmith.api.s3.errors import S3Error
from tunesmith.api.signature_canonical import signing_key
from tunesmith.api.signature_chunks import ChunkVerifier
from tunesmith.api.signature_errors import SignatureError

# The example of AWS's documentation: 65 KiB of the letter a, in chunks of 64 KiB.
SIGNATURES = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]
SCOPE = "20130524/us-east-1/s3/aws4_request"
SIGNED = b"".join(
    b"%x;chunk-signature=%s\r\n%s\r\n" % (length, signature.encode(), b"a" * length)
    for length, signature in zip((65536, 1024, 0), SIGNATURES, strict=True)
)


def verifier() -> ChunkVerifier:
    key = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SCOPE)
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    return ChunkVerifier(key, "20130524T000000Z", SCOPE, seed)


def decode(
    body: bytes, *, step: int = 1000, signed: bool = False, has_trailer: bool = False
) -> tuple[bytes, dict[str, str]]:
    content: list[bytes] = []
    decoder = ChunkedDecoder(content.append, verifier() if signed else None, has_trailer=has_trailer)
    for start in range(0, len(body), step):
        decoder.feed(body[start : start + step])
    decoder.finish()
    return b"".join(content), decoder.trailers


@given(st.lists(st.binary(min_size=1, max_size=40)), st.booleans(), st.integers(1, 60))
def test_body_comes_back_however_it_is_cut(chunks: list[bytes], has_trailer: bool, step: int) -> None:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    trailer = b"x-amz-checksum-crc32: AAAAAA==\r\n" if has_trailer else b""
    content, trailers = decode(body + b"0\r\n" + trailer + b"\r\n", step=step, has_trailer=has_trailer)
    assert content == b"".join(chunks)
    assert trailers == ({"x-amz-checksum-crc32": "AAAAAA=="} if has_trailer else {})


@given(st.binary(max_size=60), st.integers(1, 60))
def test_no_bytes_break_it(body: bytes, step: int) -> None:
    with contextlib.suppress(S3Error):
        content, _ = decode(body, step=step)
        assert len(content) < len(body)


@pytest.mark.parametrize("step", [1, 100, 100_000])
def test_signed_chunks_pass(step: int) -> None:
    content, _ = decode(SIGNED, step=step, signed=True)
    assert content == b"a" * 66560


@pytest.mark.parametrize(
    "body",
    [
        SIGNED.replace(b"\r\naaa", b"\r\naba", 1),
        SIGNED.replace(b"ad80", b"ad81"),
        SIGNED.replace(b"b6c6", b"b6c7"),
        SIGNED.replace(b";chunk-signature=" + SIGNATURES[0].encode(), b""),
        b"0;chunk-signature=" + SIGNATURES[2].encode() + b"\r\n\r\n",
    ],
    ids=["content", "signature", "last", "unsigned", "shortened"],
)
def test_other_chunks_than_the_signed_ones_are_refused(body: bytes) -> None:
    with pytest.raises(SignatureError):
        decode(body, signed=True)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"3\r\nabc\r\n", "IncompleteBody"),
        (b"3\r\nab", "IncompleteBody"),
        (b"0\r\n", "IncompleteBody"),
        (b"x\r\n", "InvalidChunkSizeError"),
        (b"-3\r\nabc\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (b"2\r\nabc\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (b"0\r\n\r\nmore", "InvalidChunkSizeError"),
        (b"1" * 5000, "InvalidChunkSizeError"),
        (b"0\r\nname:value\r\n\r\n", "MalformedTrailerError"),
    ],
)
def test_malformed_bodies_are_refused(body: bytes, code: str) -> None:
    with pytest.raises(S3Error) as caught:
        decode(body)
    assert caught.value.code == code


def test_malformed_trailers_are_refused() -> None:
    for body in (b"0\r\nname\r\n\r\n", b"0\r\n" + b"n:v\r\n" * 20 + b"\r\n"):
        with pytest.raises(S3Error, match="trailer"):
            decode(body, has_trailer=True)
