"""Multipart uploads: parts that arrive in any order and become one object."""

from __future__ import annotations

import re
import shutil
import uuid
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec

from tunesmith.storage.catalog import Catalog
from tunesmith.storage.checksums import composite, multipart_etag
from tunesmith.storage.errors import InvalidPart, InvalidPartOrder, NoSuchUpload, PartTooSmall, TooLarge
from tunesmith.storage.journal import Journal
from tunesmith.storage.records import PLAIN, Checksum, ObjectInfo, Properties, anything
from tunesmith.storage.staging import Staged

LARGEST_OBJECT = 5 * 2**40
"""Bytes of the largest object."""
SMALLEST_PART = 5 * 2**20
"""Bytes that every part but the last has at least."""
_ID = re.compile(r"[0-9a-f]{32}")
_BLOCK = 2**20


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A multipart upload in progress."""

    id: str
    key: str
    started_at: datetime
    properties: Properties = PLAIN
    algorithm: str | None = None  # of the checksum
    composite: bool = True  # the object's checksum is made of those of its parts


@dataclass(frozen=True)
class Part:
    """A part that a client wants in its object."""

    number: int
    etag: str
    checksum: str | None = None  # in base64, to be compared with the stored part's


class Uploads:
    """The multipart uploads of a bucket, a folder each."""

    def __init__(self, folder: Path, staging: Path, journal: Journal) -> None:
        self._folder, self._staging, self._journal = folder, staging, journal

    def begin(self, key: str, properties: Properties, algorithm: str | None, *, composite: bool) -> Upload:
        """Start an upload."""
        upload = Upload(
            id=uuid.uuid4().hex,
            key=key,
            started_at=datetime.now(UTC),
            properties=properties,
            algorithm=algorithm,
            composite=composite,
        )
        draft = self._staging / f"{upload.id}.upload"
        with self._journal.turn():  # or another process might take the draft for litter
            Catalog.lay_out(draft)
            (draft / "upload.json").write_bytes(msgspec.json.encode(upload))
            draft.rename(self._folder / upload.id)
        return upload

    def get(self, key: str, upload_id: str) -> Upload:
        """The upload of that key and id; raises NoSuchUpload."""
        upload = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if upload is None or upload.key != key:
            raise NoSuchUpload(upload_id)
        return upload

    def all(self) -> list[Upload]:
        """Every upload, by key and age."""
        uploads = [self._read(path.name) for path in self._folder.iterdir()]
        return sorted((u for u in uploads if u), key=lambda u: (u.key, u.started_at, u.id))

    def put(self, upload: Upload, number: int, staged: Staged) -> ObjectInfo:
        """Take in a part, in place of an earlier one of that number."""
        part = ObjectInfo(
            key=_part_key(number),
            size=staged.size,
            etag=staged.etag,
            modified_at=datetime.now(UTC),
            checksum=staged.checksum(upload.algorithm) if upload.algorithm else None,
        )
        staged.finish()
        try:
            return self._parts(upload).put(part, staged.move, anything)
        except FileNotFoundError:
            raise NoSuchUpload(upload.id) from None

    def parts(self, upload: Upload) -> list[ObjectInfo]:
        """The parts that are there, by number, which is their key."""
        catalog = self._parts(upload)
        try:
            parts = [catalog.get(key) for key in sorted(catalog.keys())]
        except FileNotFoundError:
            raise NoSuchUpload(upload.id) from None
        return [part for part in parts if part]

    def content(self, upload: Upload, parts: Sequence[ObjectInfo]) -> Iterator[bytes]:
        """The contents of parts, one after the other."""
        catalog = self._parts(upload)
        for part in parts:
            opened = catalog.open(part.key)
            if opened is None:
                raise NoSuchUpload(upload.id)
            info, file = opened
            with file:
                if info != part:
                    msg = f"part {int(part.key)} was replaced meanwhile"
                    raise InvalidPart(msg)
                while block := file.read(_BLOCK):
                    yield block

    def remove(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        doomed = self._staging / f"{uuid.uuid4().hex}.removed"
        with self._journal.turn():
            try:
                (self._folder / upload.id).rename(doomed)
            except FileNotFoundError:
                raise NoSuchUpload(upload.id) from None
        shutil.rmtree(doomed, ignore_errors=True)

    def _read(self, upload_id: str) -> Upload | None:
        try:
            return msgspec.json.decode((self._folder / upload_id / "upload.json").read_bytes(), type=Upload)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _parts(self, upload: Upload) -> Catalog:
        return Catalog(self._folder / upload.id, self._staging, self._journal)


def choose(wanted: Sequence[Part], there: Sequence[ObjectInfo], smallest: int) -> list[ObjectInfo]:
    """Find the parts that an object shall be made of.

    Raises InvalidPartOrder, InvalidPart, PartTooSmall or TooLarge if it cannot be made of them.
    """
    numbers = [part.number for part in wanted]
    if not numbers or any(a >= b for a, b in pairwise(numbers)):
        msg = "parts: their numbers must ascend, and there must be one at least"
        raise InvalidPartOrder(msg)
    by_key = {part.key: part for part in there}
    chosen = [_matching(part, by_key.get(_part_key(part.number))) for part in wanted]
    for part in chosen[:-1]:
        if part.size < smallest:
            msg = f"part {int(part.key)} has {part.size} bytes; all but the last have at least {smallest}"
            raise PartTooSmall(msg)
    if sum(part.size for part in chosen) > LARGEST_OBJECT:
        msg = f"the object would have more than {LARGEST_OBJECT} bytes"
        raise TooLarge(msg)
    return chosen


def describe(upload: Upload, parts: Sequence[ObjectInfo], whole: Staged) -> ObjectInfo:
    """Say what becomes of an upload with these parts, whose contents are in `whole`."""
    return ObjectInfo(
        key=upload.key,
        size=whole.size,
        etag=multipart_etag([part.etag for part in parts]),
        modified_at=datetime.now(UTC),
        properties=upload.properties,
        checksum=_checksum(upload, parts, whole),
        parts=tuple(part.size for part in parts),
        upload=upload.id,
    )


def _checksum(upload: Upload, parts: Sequence[ObjectInfo], whole: Staged) -> Checksum | None:
    if upload.algorithm is None:
        return None
    if not upload.composite:
        return replace(whole.checksum(upload.algorithm), composite=False)
    return composite(upload.algorithm, [b64decode(part.checksum.value) for part in parts if part.checksum])


def _matching(wanted: Part, there: ObjectInfo | None) -> ObjectInfo:
    if there is None:
        msg = f"part {wanted.number} was not uploaded"
        raise InvalidPart(msg)
    checksum = there.checksum.value if there.checksum else None
    if there.etag != wanted.etag or (wanted.checksum is not None and wanted.checksum != checksum):
        msg = f"part {wanted.number} has the etag {there.etag!r}, not {wanted.etag!r}, or another checksum"
        raise InvalidPart(msg)
    return there


def _part_key(number: int) -> str:
    return f"{number:05d}"
