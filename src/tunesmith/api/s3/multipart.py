"""Operations of multipart uploads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tunesmith.api.s3.answer import Answer
from tunesmith.api.s3.conditions import check_source, check_write
from tunesmith.api.s3.content import LARGEST_PUT, PREFIX, Content
from tunesmith.api.s3.documents import Element, Node, malformed, read
from tunesmith.api.s3.errors import Code, S3Error, invalid_argument
from tunesmith.api.s3.headers import checksum_headers, checksum_type, read_properties
from tunesmith.api.s3.objects import MOST_PARTS
from tunesmith.api.s3.ranges import Range, source_range
from tunesmith.api.s3.request import S3Request, source_of
from tunesmith.api.s3.words import OWNER, boolean, checksum_nodes, encoding, encoding_nodes, etag, moment
from tunesmith.storage.checksums import ALGORITHMS
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.records import ObjectInfo
from tunesmith.storage.staging import Staged
from tunesmith.storage.uploads import Part, Upload

_LONGEST_PAGE = 1000
_BLOCK = 2**20
_ONLY_COMPOSITE = {"SHA1", "SHA256"}
_ONLY_WHOLE = {"CRC64NVME"}


def create_upload(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """CreateMultipartUpload."""
    algorithm = request.headers.get("x-amz-checksum-algorithm", "").upper() or None
    if algorithm is not None and algorithm not in ALGORITHMS:
        raise invalid_argument(
            name="x-amz-checksum-algorithm", value=algorithm, allowed="one of " + ", ".join(ALGORITHMS)
        )
    composite = _is_composite(algorithm, request.headers.get("x-amz-checksum-type"))
    properties = read_properties(request.headers)
    upload = store.begin_upload(request.bucket, request.key, properties, algorithm, composite=composite)
    headers = (
        {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": checksum_type(composite=composite)}
        if algorithm
        else {}
    )
    nodes: list[Node] = [("Bucket", request.bucket), ("Key", request.key), ("UploadId", upload.id)]
    return Answer.document("InitiateMultipartUploadResult", nodes, headers)


def _is_composite(algorithm: str | None, said: str | None) -> bool:
    if said not in {None, "COMPOSITE", "FULL_OBJECT"}:
        raise invalid_argument(
            name="x-amz-checksum-type", value=said or "", allowed="COMPOSITE or FULL_OBJECT"
        )
    composite = said == "COMPOSITE" or (said is None and algorithm not in _ONLY_WHOLE)
    if algorithm in (_ONLY_WHOLE if composite else _ONLY_COMPOSITE):
        msg = f"The {checksum_type(composite=composite)} checksum type cannot be used with {algorithm}."
        raise S3Error(Code.INVALID_REQUEST, msg)
    return composite


def upload_part(store: ObjectStore, request: S3Request, content: Content, staged: Staged) -> Answer:
    """UploadPart."""
    part = store.put_part(
        request.bucket, request.key, request.query["uploadId"], part_number(request), staged
    )
    checksum = staged.checksum(content.algorithm) if content.algorithm else part.checksum
    headers = {"etag": etag(part.etag), **checksum_headers(checksum)}
    headers.pop("x-amz-checksum-type", None)  # objects have one, parts do not
    return Answer(headers=headers)


def upload_part_copy(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """UploadPartCopy."""
    number, upload_id = part_number(request), request.query["uploadId"]
    upload = store.upload(request.bucket, request.key, upload_id)
    info, file = store.open(*source_of(request))
    with file, store.stage(digests(upload)) as staged:
        check_source(request.headers)(info)
        wanted = source_range(request.headers.get("x-amz-copy-source-range"), info.size)
        if wanted.length > LARGEST_PUT:
            msg = f"The range has {wanted.length} bytes; a part has at most {LARGEST_PUT}."
            raise S3Error(Code.INVALID_REQUEST, msg)
        staged.write_all(_blocks(file, wanted))
        part = store.put_part(request.bucket, request.key, upload_id, number, staged)
    return Answer.document(
        "CopyPartResult",
        [("ETag", etag(part.etag)), ("LastModified", moment(part.modified_at)), *_part_checksum(part)],
    )


def complete_upload(store: ObjectStore, request: S3Request, body: Path | None) -> Answer:
    """CompleteMultipartUpload."""
    upload_id = request.query["uploadId"]
    root = read(body.read_bytes() if body else b"", "CompleteMultipartUpload")
    expected = [
        request.headers[PREFIX + name.lower()]
        for name in ALGORITHMS
        if PREFIX + name.lower() in request.headers
    ]
    info = store.complete_upload(
        request.bucket,
        request.key,
        upload_id,
        [_wanted(element) for element in root.all("Part")],
        checksum=expected[0] if expected else None,
        check=check_write(request.headers),
    )
    nodes: list[Node] = [
        ("Location", f"/{request.bucket}/{request.key}"),
        ("Bucket", request.bucket),
        ("Key", request.key),
        ("ETag", etag(info.etag)),
    ]
    return Answer.document("CompleteMultipartUploadResult", [*nodes, *checksum_nodes(info.checksum)])


def abort_upload(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """AbortMultipartUpload."""
    store.abort_upload(request.bucket, request.key, request.query["uploadId"])
    return Answer(204)


def list_parts(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """ListParts."""
    upload = store.upload(request.bucket, request.key, request.query["uploadId"])
    marker = request.number("part-number-marker", 0)
    limit = request.number("max-parts", _LONGEST_PAGE)
    rest = [p for p in store.parts(request.bucket, request.key, upload.id) if int(p.key) > marker]
    page = rest[: min(limit, _LONGEST_PAGE)]
    is_truncated = 0 < len(page) < len(rest)
    return Answer.document(
        "ListPartsResult",
        [
            ("Bucket", request.bucket),
            ("Key", encoding(request)(request.key)),
            ("UploadId", upload.id),
            ("PartNumberMarker", str(marker)),
            *([("NextPartNumberMarker", str(int(page[-1].key)))] if page else []),
            ("MaxParts", str(limit)),
            ("IsTruncated", boolean(is_truncated)),
            *_algorithm(upload),
            *(("Part", _describe(part)) for part in page),
            ("Initiator", OWNER),
            ("Owner", OWNER),
            ("StorageClass", "STANDARD"),
        ],
    )


def list_uploads(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """ListMultipartUploads."""
    spell = encoding(request)
    prefix, marker = request.query.get("prefix", ""), request.query.get("key-marker", "")
    limit = request.number("max-uploads", _LONGEST_PAGE)
    rest = _behind([u for u in store.uploads(request.bucket) if u.key.startswith(prefix)], request)
    page = rest[: min(limit, _LONGEST_PAGE)]
    is_truncated = 0 < len(page) < len(rest)
    following: list[Node] = (
        [("NextKeyMarker", spell(page[-1].key)), ("NextUploadIdMarker", page[-1].id)] if is_truncated else []
    )
    return Answer.document(
        "ListMultipartUploadsResult",
        [
            ("Bucket", request.bucket),
            ("Prefix", spell(prefix)),
            ("KeyMarker", spell(marker)),
            ("UploadIdMarker", request.query.get("upload-id-marker", "")),
            *following,
            ("MaxUploads", str(limit)),
            *encoding_nodes(request),
            ("IsTruncated", boolean(is_truncated)),
            *(
                (
                    "Upload",
                    [
                        ("Key", spell(upload.key)),
                        ("UploadId", upload.id),
                        ("Initiated", moment(upload.started_at)),
                        *_algorithm(upload),
                        ("Initiator", OWNER),
                        ("Owner", OWNER),
                        ("StorageClass", "STANDARD"),
                    ],
                )
                for upload in page
            ),
        ],
    )


def part_number(request: S3Request) -> int:
    """Give the number of the part that a request is about; raises S3Error."""
    number = request.number("partNumber", 0, 1, MOST_PARTS)
    if not number:
        raise invalid_argument(name="partNumber", value="", allowed=f"a whole number from 1 to {MOST_PARTS}")
    return number


def digests(upload: Upload) -> list[str]:
    """Say what an upload needs to know of its parts."""
    return [upload.algorithm] if upload.algorithm else []


def _behind(uploads: Sequence[Upload], request: S3Request) -> Sequence[Upload]:
    """Leave out the uploads of the pages before: up to the marker's key, or to the marker's upload of that key."""
    key, upload_id = request.query.get("key-marker", ""), request.query.get("upload-id-marker", "")
    known = [at for at, upload in enumerate(uploads) if (upload.key, upload.id) == (key, upload_id)]
    if known:
        return uploads[known[0] + 1 :]
    return [upload for upload in uploads if upload.key > key]


def _wanted(element: Element) -> Part:
    number, tag = (element.get("PartNumber") or "").strip(), element.get("ETag")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= MOST_PARTS) or tag is None:
        msg = f"a part needs an ETag and a PartNumber from 1 to {MOST_PARTS}"
        raise malformed(msg)
    checksums = [
        child.text for child in element.children if child.name.removeprefix("Checksum") in ALGORITHMS
    ]
    return Part(int(number), tag.strip().strip('"'), checksums[0] if checksums else None)


def _blocks(file: BinaryIO, wanted: Range) -> Iterator[bytes]:
    file.seek(wanted.start)
    left = wanted.length
    while block := file.read(min(_BLOCK, left)):
        left -= len(block)
        yield block


def _describe(part: ObjectInfo) -> list[Node]:
    return [
        ("PartNumber", str(int(part.key))),
        ("LastModified", moment(part.modified_at)),
        ("ETag", etag(part.etag)),
        ("Size", str(part.size)),
        *_part_checksum(part),
    ]


def _part_checksum(part: ObjectInfo) -> list[Node]:
    return checksum_nodes(part.checksum)[:1]  # objects have a type of checksum, parts do not


def _algorithm(upload: Upload) -> list[Node]:
    if upload.algorithm is None:
        return []
    kind = checksum_type(composite=upload.composite)
    return [("ChecksumAlgorithm", upload.algorithm), ("ChecksumType", kind)]
