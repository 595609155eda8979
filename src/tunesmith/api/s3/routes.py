"""Which operation a request asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tunesmith.api.s3 import buckets, listings, multipart, objects
from tunesmith.api.s3.answer import Answer
from tunesmith.api.s3.content import Content
from tunesmith.api.s3.errors import Code, S3Error
from tunesmith.api.s3.request import S3Request
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.staging import Staged

LARGEST_DOCUMENT = 8 * 2**20
"""Bytes of a document that comes with a request; the longest has 10,000 parts or 1,000 keys."""

Asking: TypeAlias = Callable[[ObjectStore, S3Request, Path | None], Answer]
"""An operation that takes no content; maybe a document, which is in that file."""
Taking: TypeAlias = Callable[[ObjectStore, S3Request, Content, Staged], Answer]
"""An operation that takes the content of an object or part."""


@dataclass(frozen=True)
class Ask:
    """An operation without content, and whether it takes a document."""

    run: Asking
    document: bool = False
    has_checksum: bool = True  # what a checksum in the headers is one of: the document, or something else


@dataclass(frozen=True)
class Take:
    """An operation with content."""

    run: Taking


Operation: TypeAlias = Ask | Take

_SERVICE: Mapping[tuple[str, str], Operation] = {("GET", ""): Ask(buckets.list_buckets)}
_BUCKET: Mapping[tuple[str, str], Operation] = {
    ("GET", ""): Ask(listings.list_objects),
    ("GET", "list-type"): Ask(listings.list_objects_v2),
    ("GET", "location"): Ask(buckets.get_bucket_location),
    ("GET", "uploads"): Ask(multipart.list_uploads),
    ("GET", "versioning"): Ask(buckets.get_bucket_versioning),
    ("HEAD", ""): Ask(buckets.head_bucket),
    ("PUT", ""): Ask(buckets.create_bucket, document=True),
    ("DELETE", ""): Ask(buckets.delete_bucket),
    ("POST", "delete"): Ask(objects.delete_objects, document=True),
}
_OBJECT: Mapping[tuple[str, str], Operation] = {
    ("GET", ""): Ask(objects.get_object),
    ("GET", "uploadId"): Ask(multipart.list_parts),
    ("HEAD", ""): Ask(objects.head_object),
    ("PUT", ""): Take(objects.put_object),
    ("PUT", "copy"): Ask(objects.copy_object),
    ("PUT", "uploadId"): Take(multipart.upload_part),
    ("PUT", "uploadId copy"): Ask(multipart.upload_part_copy),
    ("DELETE", ""): Ask(objects.delete_object),
    ("DELETE", "uploadId"): Ask(multipart.abort_upload),
    ("POST", "uploads"): Ask(multipart.create_upload),
    ("POST", "uploadId"): Ask(multipart.complete_upload, document=True, has_checksum=False),
}
_OFFERED = ("delete", "list-type", "location", "uploadId", "uploads", "versioning")
# A request with one of these is about something else than the object or bucket itself.
_NOT_OFFERED = frozenset(
    [
        "accelerate",
        "acl",
        "analytics",
        "append",
        "attributes",
        "cors",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "logging",
        "metadataConfiguration",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "versions",
        "website",
    ]
)


def find(request: S3Request) -> Operation:
    """Find the operation that a request asks for; raises S3Error if it is not offered."""
    table = _OBJECT if request.key else _BUCKET if request.bucket else _SERVICE
    aspects = [name for name in _OFFERED if name in request.query]
    if "x-amz-copy-source" in request.headers and request.key and request.method == "PUT":
        aspects.append("copy")
    operation = table.get((request.method, " ".join(aspects)))
    strange = sorted(_NOT_OFFERED & set(request.query))
    if strange or operation is None:
        aspect = "".join(f" ?{name}" for name in [*strange, *aspects])
        what = "an object" if request.key else "a bucket" if request.bucket else "the service"
        raise S3Error(Code.METHOD_NOT_ALLOWED, f"{request.method}{aspect} of {what} is not offered here.")
    return operation
