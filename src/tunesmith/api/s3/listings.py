"""Operations that list objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tunesmith.api.s3.answer import Answer
from tunesmith.api.s3.documents import Node
from tunesmith.api.s3.request import S3Request
from tunesmith.api.s3.words import (
    OWNER,
    boolean,
    encoding,
    encoding_nodes,
    etag,
    moment,
    read_token,
    write_token,
)
from tunesmith.storage.listing import Listing
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.records import ObjectInfo

_LONGEST_PAGE = 1000


def list_objects(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """ListObjects, the older way."""
    spell = encoding(request)
    marker = request.query.get("marker", "")
    found, common = _list(store, request, marker, has_owner=True)
    nodes: list[Node] = [("Marker", spell(marker))]
    if found.next is not None:
        nodes.append(("NextMarker", spell(found.next)))
    return Answer.document("ListBucketResult", [*common, *nodes])


def list_objects_v2(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """ListObjectsV2."""
    spell = encoding(request)
    token, start = request.query.get("continuation-token"), request.query.get("start-after", "")
    after = read_token(token) if token else start
    found, common = _list(store, request, after, has_owner=request.query.get("fetch-owner") == "true")
    nodes: list[Node] = [("KeyCount", str(len(found.objects) + len(found.prefixes)))]
    if start:
        nodes.append(("StartAfter", spell(start)))
    if token:
        nodes.append(("ContinuationToken", token))
    if found.next is not None:
        nodes.append(("NextContinuationToken", write_token(found.next)))
    return Answer.document("ListBucketResult", [*common, *nodes])


def _list(
    store: ObjectStore, request: S3Request, after: str, *, has_owner: bool
) -> tuple[Listing, list[Node]]:
    """Give a page, and what both ways of listing say of it."""
    spell = encoding(request)
    limit = request.number("max-keys", _LONGEST_PAGE)
    prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter", "")
    found = store.list(request.bucket, prefix, delimiter, after, min(limit, _LONGEST_PAGE))
    owner: list[Node] = [("Owner", OWNER)] if has_owner else []
    return found, [
        ("Name", request.bucket),
        ("Prefix", spell(prefix)),
        *([("Delimiter", spell(delimiter))] if delimiter else []),
        ("MaxKeys", str(limit)),
        *encoding_nodes(request),
        ("IsTruncated", boolean(found.next is not None)),
        *(("Contents", [*_describe(info, spell), *owner]) for info in found.objects),
        *(("CommonPrefixes", [("Prefix", spell(common))]) for common in found.prefixes),
    ]


def _describe(info: ObjectInfo, spell: Callable[[str], str]) -> list[Node]:
    algorithm: list[Node] = [("ChecksumAlgorithm", info.checksum.algorithm)] if info.checksum else []
    return [
        ("Key", spell(info.key)),
        ("LastModified", moment(info.modified_at)),
        ("ETag", etag(info.etag)),
        *algorithm,
        ("Size", str(info.size)),
        ("StorageClass", "STANDARD"),
    ]
