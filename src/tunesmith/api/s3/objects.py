"""Operations on objects."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from tunesmith.api.s3.answer import Answer, Slice
from tunesmith.api.s3.conditions import check_read, check_source, check_write
from tunesmith.api.s3.content import Content
from tunesmith.api.s3.documents import Element, Node, malformed, read
from tunesmith.api.s3.errors import Code, S3Error, invalid_argument
from tunesmith.api.s3.headers import checksum_headers, object_headers, read_properties
from tunesmith.api.s3.ranges import Range, part_range, read_range
from tunesmith.api.s3.request import S3Request, source_of
from tunesmith.api.s3.words import checksum_nodes, etag, moment
from tunesmith.storage.errors import StorageError
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.records import ObjectInfo
from tunesmith.storage.staging import Staged

MOST_PARTS = 10_000
"""Parts of one object."""
_MOST_DELETED = 1000  # in one request


def put_object(store: ObjectStore, request: S3Request, content: Content, staged: Staged) -> Answer:
    """PutObject."""
    properties = read_properties(request.headers)
    checksum = staged.checksum(content.algorithm) if content.algorithm else None
    check = check_write(request.headers)
    info = store.put_staged(request.bucket, request.key, staged, properties, checksum, check)
    return Answer(headers={"etag": etag(info.etag), **checksum_headers(checksum)})


def get_object(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """GetObject."""
    _check_version(request)
    info, file = store.open(request.bucket, request.key)
    try:
        return _read(info, file, request)
    except BaseException:
        file.close()
        raise


def head_object(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """HeadObject."""
    _check_version(request)
    info = store.head(request.bucket, request.key)
    part = _part(info, request)
    return Answer(206 if part else 200, _headers(info, part, request))


def delete_object(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """DeleteObject; it is no error if there is none."""
    _check_version(request)
    check = check_write({name: value for name, value in request.headers.items() if name == "if-match"})
    store.delete(request.bucket, request.key, check)
    return Answer(204)


def delete_objects(store: ObjectStore, request: S3Request, body: Path | None) -> Answer:
    """DeleteObjects: many at once, each of which may fail for itself."""
    root = read(body.read_bytes() if body else b"", "Delete")
    wanted = list(root.all("Object"))
    if not 1 <= len(wanted) <= _MOST_DELETED:
        msg = f"it names {len(wanted)} objects; 1 to {_MOST_DELETED} are allowed"
        raise malformed(msg)
    is_quiet = root.get("Quiet") == "true"
    results = [_delete(store, request.bucket, element) for element in wanted]
    return Answer.document(
        "DeleteResult", [result for result in results if result[0] == "Error" or not is_quiet]
    )


def copy_object(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """CopyObject."""
    source, target = source_of(request), (request.bucket, request.key)
    directive = request.headers.get("x-amz-metadata-directive", "COPY")
    if directive not in {"COPY", "REPLACE"}:
        raise invalid_argument(name="x-amz-metadata-directive", value=directive, allowed="COPY or REPLACE")
    properties = read_properties(request.headers)
    if source == target and directive == "COPY":
        msg = "This copy request is illegal because it is trying to copy an object to itself without changing it."
        raise S3Error(Code.INVALID_REQUEST, msg)
    info = store.copy(
        source,
        target,
        properties if directive == "REPLACE" else None,
        check_source=check_source(request.headers),
        check=check_write(request.headers),
    )
    nodes: list[Node] = [("ETag", etag(info.etag)), ("LastModified", moment(info.modified_at))]
    return Answer.document("CopyObjectResult", [*nodes, *checksum_nodes(info.checksum)])


def _read(info: ObjectInfo, file: BinaryIO, request: S3Request) -> Answer:
    part = _part(info, request)
    headers = _headers(info, part, request)
    if part:
        return Answer(206, headers, Slice(file, part.start, part.length))
    return Answer(200, headers, Slice(file, 0, info.size))


def _part(info: ObjectInfo, request: S3Request) -> Range | None:
    """Give what the request wants of an object that its conditions hold for, None for everything."""
    check_read(info, request.headers)
    number = request.number("partNumber", 0, 1, MOST_PARTS)
    text = request.headers.get("range")
    if number and text:
        raise S3Error(
            Code.INVALID_REQUEST, "Cannot specify both Range header and partNumber query parameter."
        )
    if number:
        return part_range(info, number)
    return read_range(text, info.size)


def _headers(info: ObjectInfo, part: Range | None, request: S3Request) -> dict[str, str]:
    is_checked = request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    return {
        **object_headers(info, request.query),
        **(checksum_headers(info.checksum) if is_checked and part is None else {}),
        **(
            {"x-amz-mp-parts-count": str(len(info.parts))}
            if info.parts and "partNumber" in request.query
            else {}
        ),
        **(part.headers if part else {}),
        "content-length": str(part.length if part else info.size),
    }


def _delete(store: ObjectStore, bucket: str, element: Element) -> Node:
    key, version = element.get("Key") or "", element.get("VersionId") or "null"
    try:
        if version != "null":
            raise _no_version(version)
        store.delete(bucket, key, check_write(_condition(element)))
    except (S3Error, StorageError) as error:
        refusal = error if isinstance(error, S3Error) else S3Error.of(error)
        if refusal.code == "NoSuchBucket":
            raise
        return "Error", [("Key", key), ("Code", refusal.code), ("Message", refusal.message)]
    return "Deleted", [("Key", key)]


def _condition(element: Element) -> dict[str, str]:
    wanted = element.get("ETag")
    return {} if wanted is None else {"if-match": wanted}


def _check_version(request: S3Request) -> None:
    version = request.query.get("versionId", "null")
    if version != "null":
        raise _no_version(version)


def _no_version(version: str) -> S3Error:
    return S3Error(Code.NO_SUCH_VERSION, f"There is no version {version!r}: nothing here has versions.")
