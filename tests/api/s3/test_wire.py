"""What no well-behaved client sends, and what boto3 sends only over TLS."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

import pytest

S3Client: TypeAlias = Any  # its types are of no use to tests that pass what no type allows

TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MEGABYTE = 2**20


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""


def ask(
    server: Any, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())
    finally:
        connection.close()


def chunked(content: bytes, trailer: str = "", size: int = 65536) -> bytes:
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + b"0\r\n" + trailer.encode() + b"\r\n"


def chunked_headers(content: bytes, **more: str) -> dict[str, str]:
    return {
        "x-amz-content-sha256": TRAILER,
        "content-encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": str(len(content)),
        **more,
    }


def crc(content: bytes) -> str:
    return b64encode(crc32(content).to_bytes(4, "big")).decode()


def test_content_with_its_checksum_behind_it(server: Any, s3: S3Client, bucket: str) -> None:
    content = b"0123456789" * 300_000
    body = chunked(content, f"x-amz-checksum-crc32:{crc(content)}\r\n")
    reply = ask(server, "PUT", f"/{bucket}/n", body, chunked_headers(content))
    assert (reply.status, reply.headers["x-amz-checksum-crc32"]) == (200, crc(content))
    found = s3.get_object(Bucket=bucket, Key="n")
    assert found["Body"].read() == content
    assert "ContentEncoding" not in found
    ask(
        server,
        "PUT",
        f"/{bucket}/n",
        body,
        chunked_headers(content, **{"content-encoding": "gzip,aws-chunked"}),
    )
    assert s3.head_object(Bucket=bucket, Key="n")["ContentEncoding"] == "gzip"


@pytest.mark.parametrize(
    ("trailer", "length", "code"),
    [
        ("x-amz-checksum-crc32:AAAAAA==\r\n", "7", "BadDigest"),
        ("x-amz-checksum-crc32:AAAA\r\n", "7", "InvalidRequest"),
        ("", "7", "MalformedTrailerError"),
        (f"x-amz-checksum-crc32:{crc(b'content')}\r\n", "6", "IncompleteBody"),
        (f"x-amz-checksum-crc32:{crc(b'content')}\r\n", "8", "IncompleteBody"),
        (f"x-amz-checksum-crc32:{crc(b'content')}\r\n", "-1", "InvalidArgument"),
    ],
)
def test_content_that_is_not_what_was_announced(
    server: Any, s3: S3Client, bucket: str, trailer: str, length: str, code: str
) -> None:
    headers = chunked_headers(b"content", **{"x-amz-decoded-content-length": length})
    reply = ask(server, "PUT", f"/{bucket}/n", chunked(b"content", trailer), headers)
    assert (reply.status, reply.code) == (400, code)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_content_that_is_not_what_was_signed(server: Any, s3: S3Client, bucket: str) -> None:
    right = {"x-amz-content-sha256": hashlib.sha256(b"content").hexdigest()}
    reply = ask(server, "PUT", f"/{bucket}/n", b"CONTENT", right)
    assert (reply.status, reply.code) == (400, "XAmzContentSHA256Mismatch")
    reply = ask(server, "POST", f"/{bucket}?delete", b"<Delete/>", right)
    assert (reply.status, reply.code) == (400, "XAmzContentSHA256Mismatch")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert ask(server, "PUT", f"/{bucket}/n", b"content", right).status == 200
    strange = {"x-amz-content-sha256": "STREAMING-SOMETHING"}
    assert ask(server, "PUT", f"/{bucket}/n", b"content", strange).code == "InvalidArgument"


def test_several_checksums_are_refused(server: Any, bucket: str) -> None:
    headers = {"x-amz-checksum-crc32": crc(b""), "x-amz-checksum-sha1": "2jmj7l5rSw0yVb/vlWAYkK/YBwk="}
    assert ask(server, "PUT", f"/{bucket}/n", b"", headers).code == "InvalidRequest"


def test_what_would_not_be_done_as_asked_is_refused(server: Any, bucket: str) -> None:
    for name in ("x-amz-server-side-encryption-customer-key", "x-amz-write-offset-bytes"):
        assert ask(server, "PUT", f"/{bucket}/n", b"", {name: "1"}).code == "InvalidRequest"


def test_host_may_name_the_bucket(server: Any, s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n/m", Body=b"content")
    for host in (
        f"{bucket}.localhost:{server.port}",
        f"{bucket}.s3.example.org",
        f"{bucket.upper()}.LOCALHOST:1",
    ):
        assert ask(server, "GET", "/n/m", headers={"host": host}).body == b"content"
        assert b"<Key>n/m</Key>" in ask(server, "GET", "/", headers={"host": host}).body
    for host in ("localhost", "s3.example.org:80", "[::1]:80", "other.org"):
        assert ask(server, "GET", f"/{bucket}/n/m", headers={"host": host}).body == b"content"


def test_errors_are_documents_with_the_id_of_the_request(server: Any) -> None:
    reply = ask(server, "GET", "/missing-bucket/a%3Cb")
    assert (reply.status, reply.code) == (404, "NoSuchBucket")
    assert f"<RequestId>{reply.headers['x-amz-request-id']}</RequestId>".encode() in reply.body
    assert b"<Resource>/missing-bucket/a&lt;b</Resource>" in reply.body
    assert reply.headers["content-type"] == "application/xml"


def test_errors_can_be_read_whatever_the_key(server: Any) -> None:
    """Parsers of XML refuse a NUL, even as a reference."""
    reply = ask(server, "GET", "/missing-bucket/a%00%08b")
    assert b"<Resource>/missing-bucket/a%00%08b</Resource>" in reply.body


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/%ff/n", None, 400, "InvalidURI"),
        ("GET", "/BUCKET?prefix=%ff", None, 400, "InvalidURI"),
        ("GET", "/BUCKET/%ed%a0%80", None, 400, "InvalidURI"),
        ("GET", "/Upper_Case/n", None, 404, "NoSuchBucket"),
        ("GET", "/..%2F../n", None, 404, "NoSuchBucket"),
        ("PUT", "/Upper_Case", None, 400, "InvalidBucketName"),
        ("PUT", "/..", None, 400, "InvalidBucketName"),
        ("PUT", "/fine-name", b"not XML", 400, "MalformedXML"),
        ("PUT", "/fine-name", b"<Other/>", 400, "MalformedXML"),
        ("PUT", "/BUCKET/n?uploadId=x&partNumber=1", b"x", 404, "NoSuchUpload"),
        ("PUT", "/BUCKET/n?uploadId=%00&partNumber=1", b"x", 404, "NoSuchUpload"),
        ("PUT", "/BUCKET/n?uploadId=x&partNumber=0", b"x", 400, "InvalidArgument"),
        ("PUT", "/BUCKET/n?uploadId=x&partNumber=%D9%A1", b"x", 400, "InvalidArgument"),
        ("PUT", "/BUCKET/n?uploadId=x", b"x", 400, "InvalidArgument"),
        ("PUT", "/BUCKET/n?acl", b"x", 405, "MethodNotAllowed"),
        ("POST", "/BUCKET/n?uploadId=x", b"<CompleteMultipartUpload/>", 404, "NoSuchUpload"),
        ("POST", "/BUCKET/n", b"x", 405, "MethodNotAllowed"),
        ("POST", "/BUCKET?delete", None, 400, "MalformedXML"),
        ("POST", "/BUCKET?delete", b"<Delete><Object></Object>", 400, "MalformedXML"),
        (
            "POST",
            "/BUCKET?delete",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><Delete>&b;</Delete>",
            400,
            "MalformedXML",
        ),
        ("POST", "/BUCKET?delete", b"<?xml version='1.0' encoding='x'?><Delete/>", 400, "MalformedXML"),
        ("POST", "/BUCKET?delete", b"<a>" * 100_000, 400, "MalformedXML"),
        ("DELETE", "/", None, 405, "MethodNotAllowed"),
        ("PATCH", "/BUCKET/n", b"x", 405, "MethodNotAllowed"),
        ("GET", "/BUCKET?max-keys=-1", None, 400, "InvalidArgument"),
        ("GET", "/BUCKET?max-keys=1e3", None, 400, "InvalidArgument"),
        ("GET", "/BUCKET?encoding-type=html", None, 400, "InvalidArgument"),
        ("GET", "/BUCKET?list-type=2&continuation-token=A", None, 400, "InvalidArgument"),
    ],
)
def test_malformed_requests(
    server: Any, bucket: str, method: str, path: str, body: bytes | None, status: int, code: str
) -> None:
    reply = ask(server, method, path.replace("BUCKET", bucket), body)
    assert (reply.status, reply.code) == (status, code)
    assert ask(server, "GET", f"/{bucket}").status == 200


def test_bulk_deletion_names_keys_that_cannot_be(server: Any, bucket: str) -> None:
    body = b"<Delete><Object><Key></Key></Object><Object><Key>%s</Key></Object></Delete>" % (b"x" * 1025)
    reply = ask(server, "POST", f"/{bucket}?delete", body)
    assert reply.status == 200
    assert reply.body.count(b"<Code>KeyTooLongError</Code>") == 2


def test_keys_that_xml_cannot_hold_are_listed(server: Any, bucket: str) -> None:
    ask(server, "PUT", f"/{bucket}/%01%0D%00", b"")
    assert b"<Key>&#1;&#13;&#0;</Key>" in ask(server, "GET", f"/{bucket}").body
    assert b"<Key>%01%0D%00</Key>" in ask(server, "GET", f"/{bucket}?encoding-type=url").body


def talk(server: Any, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_length_must_be_given(server: Any, bucket: str) -> None:
    head = f"PUT /{bucket}/n HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
    assert talk(server, head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n").startswith(
        b"HTTP/1.1 411"
    )
    assert talk(server, head + b"\r\n").startswith(b"HTTP/1.1 411")


def test_larger_content_than_allowed_is_refused_at_once(server: Any, bucket: str) -> None:
    head = f"PUT /{bucket}/n HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n".encode()
    reply = talk(server, head + b"Content-Length: 5368709121\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 400")
    assert b"<Code>EntityTooLarge</Code>" in reply
    large = ask(server, "POST", f"/{bucket}?delete", b"x" * (8 * MEGABYTE + 1))
    assert large.code == "EntityTooLarge"


def test_refusal_before_the_body_leaves_no_body_behind(server: Any) -> None:
    put = b"PUT /missing-bucket/n HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    reply = talk(server, put + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 404")
    assert b"connection: close" in reply.lower()


def test_content_that_ends_early_makes_no_object(server: Any, s3: S3Client, bucket: str) -> None:
    head = f"PUT /{bucket}/n HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc".encode()
    talk(server, head)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_client_that_leaves_a_download_does_no_harm(server: Any, s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"x" * 20 * MEGABYTE)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"GET /{bucket}/n HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.recv(10) == b"HTTP/1.1 2"
    assert s3.head_object(Bucket=bucket, Key="n")["ContentLength"] == 20 * MEGABYTE


def test_signed_chunks_are_checked(server: Any, s3: S3Client, bucket: str) -> None:
    from tunesmith.api.signature_chunks import SIGNED_CHUNKS, ChunkVerifier  # noqa: PLC0415 - only here
    from tunesmith.api.signing import Identity  # noqa: PLC0415 - as above

    body = b"7;chunk-signature=%s\r\ncontent\r\n0;chunk-signature=%s\r\n\r\n" % (b"0" * 64, b"0" * 64)
    chunks = ChunkVerifier(b"key", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", "0" * 64)
    server.hook["signed"] = Identity(
        access_key="A", service="s3", region="us-east-1", payload=SIGNED_CHUNKS, chunks=chunks
    )
    try:
        reply = ask(server, "PUT", f"/{bucket}/n", body, {"x-amz-decoded-content-length": "7"})
    finally:
        del server.hook["signed"]
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
