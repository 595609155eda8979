"""The embedded S3's files on disk: buckets of objects, without a database."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from tunesmith.storage import staging
from tunesmith.storage.catalog import Catalog, can_be_copied, link
from tunesmith.storage.errors import (
    BucketExists,
    BucketNotEmpty,
    ChecksumMismatch,
    InvalidBucketName,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
)
from tunesmith.storage.journal import Journal
from tunesmith.storage.keys import check_bucket, file_name
from tunesmith.storage.listing import Listing, page
from tunesmith.storage.records import PLAIN, Bucket, Check, Checksum, ObjectInfo, Properties, anything
from tunesmith.storage.staging import Staged
from tunesmith.storage.uploads import SMALLEST_PART, Part, Upload, Uploads, choose, describe

_BLOCK = 2**20


class ObjectStore:
    """Buckets of objects below a folder, for any number of threads and processes.

    Objects are replaced as a whole and never change in place: their files may be hardlinked. Whatever kills a writer,
    an object is the old one or the new one, and what is half written is removed later. Unless a method says
    otherwise, it raises NoSuchBucket if the bucket is missing, and InvalidKey for a key that nothing can have.
    `smallest_part` is the least number of bytes of a part of a multipart upload, the last one excepted.
    """

    def __init__(self, root: Path, smallest_part: int = SMALLEST_PART) -> None:
        self._buckets, self._staging = root / "buckets", root / "staging"
        for folder in (self._buckets, self._staging):
            folder.mkdir(parents=True, exist_ok=True)
        self._journal = Journal(root)
        self._smallest_part = smallest_part
        with self._journal.turn():
            staging.clear(self._staging)

    # Buckets

    def buckets(self) -> Sequence[Bucket]:
        """All buckets, by name."""
        found = [self._bucket(path.name) for path in self._buckets.iterdir()]
        return sorted((bucket for bucket in found if bucket), key=lambda bucket: bucket.name)

    def create_bucket(self, name: str) -> None:
        """Make an empty bucket; raises InvalidBucketName or BucketExists."""
        draft = self._staging / f"{uuid.uuid4().hex}.bucket"
        target = self._buckets / check_bucket(name)
        with self._journal.turn():  # or another process might take the draft for litter
            if target.exists():
                raise BucketExists(name)
            Catalog.lay_out(draft)
            (draft / "uploads").mkdir()
            (draft / "created").touch()
            draft.rename(target)

    def has_bucket(self, name: str) -> bool:
        """Whether there is a bucket of that name."""
        return self._bucket(name) is not None

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket, with its unfinished uploads; raises BucketNotEmpty if it has objects."""
        doomed = self._staging / f"{uuid.uuid4().hex}.removed"
        with self._journal.turn():
            if not self._catalog(name).is_empty():
                raise BucketNotEmpty(name)
            (self._buckets / name).rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    # Reading

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What is known of an object; raises NoSuchKey."""
        info = self._catalog(bucket).get(key)
        if info is None:
            raise NoSuchKey(bucket, key)
        return info

    def path(self, bucket: str, key: str) -> Path:
        """The file with an object's content, to be read or hardlinked and never changed; raises NoSuchKey.

        It is gone when the object has been replaced: ask again then.
        """
        return self._catalog(bucket).path(self.head(bucket, key))

    def open(self, bucket: str, key: str) -> tuple[ObjectInfo, BinaryIO]:
        """What is known of an object, and just its content, whatever happens to the object; raises NoSuchKey."""
        opened = self._catalog(bucket).open(key)
        if opened is None:
            raise NoSuchKey(bucket, key)
        return opened

    def list(
        self, bucket: str, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000
    ) -> Listing:
        """One page of the objects whose keys start with a prefix, in the order of the keys' UTF-8 bytes.

        Keys that have the delimiter behind the prefix are given once for all that agree so far, as a prefix.
        `after` is what the listing begins behind: a key, or `Listing.next` of the page before.
        """
        catalog = self._catalog(bucket)
        found = page(catalog.keys(prefix), prefix, delimiter, after, limit)
        infos = [catalog.get(key) for key in found.keys]
        return Listing([info for info in infos if info], found.prefixes, found.next)

    # Writing

    def stage(self, digests: Collection[str] = ("MD5",)) -> Staged:
        """Start a file of the store that is no object yet: see `put_staged` and `put_part`.

        `digests` are the checksums to make of it; MD5 is among them always.
        """
        return Staged(self._staging, {"MD5", *digests})

    def put(
        self,
        bucket: str,
        key: str,
        chunks: Iterable[bytes],
        properties: Properties = PLAIN,
        check: Check = anything,
    ) -> ObjectInfo:
        """Make an object of these bytes, in place of the one that has the key."""
        self._catalog(bucket)
        with self.stage() as staged:
            return self.put_staged(bucket, key, staged.write_all(chunks), properties, check=check)

    def put_staged(
        self,
        bucket: str,
        key: str,
        staged: Staged,
        properties: Properties = PLAIN,
        checksum: Checksum | None = None,
        check: Check = anything,
    ) -> ObjectInfo:
        """Make an object of a file that was staged; `check` sees the object that has the key, and may raise."""
        info = ObjectInfo(
            key=key,
            size=staged.size,
            etag=staged.etag,
            modified_at=datetime.now(UTC),
            properties=properties,
            checksum=checksum,
        )
        staged.finish()
        return self._place(bucket, info, staged.move, check)

    def adopt(self, bucket: str, key: str, file: Path, properties: Properties = PLAIN) -> ObjectInfo:
        """Make an object of a finished file without copying it, if the file system allows that.

        The file is read for its etag and made read-only. It may be deleted or replaced later, but not changed.
        """
        self._catalog(bucket)
        info = ObjectInfo(
            key=key,
            size=file.stat().st_size,
            etag=_md5(file),
            modified_at=datetime.now(UTC),
            properties=properties,
        )
        return self._link(bucket, info, file, anything)

    def copy(
        self,
        source: tuple[str, str],
        target: tuple[str, str],
        properties: Properties | None = None,
        *,
        check_source: Check = anything,
        check: Check = anything,
    ) -> ObjectInfo:
        """Give an object a second (bucket, key), with other properties if any are given; raises NoSuchKey."""
        previous = None
        while (info := self.head(*source)) != previous:
            check_source(info)
            copied = replace(
                info, key=target[1], modified_at=datetime.now(UTC), properties=properties or info.properties
            )
            try:
                return self._link(target[0], copied, self._catalog(source[0]).path(info), check)
            except FileNotFoundError:  # the source was replaced in between
                previous = info
        raise NoSuchKey(*source)

    def delete(self, bucket: str, key: str, check: Check = anything) -> None:
        """Remove an object; nothing happens if there is none."""
        self._catalog(bucket).delete(key, check)

    # Multipart uploads: each raises NoSuchUpload if there is none of that key and id

    def begin_upload(
        self,
        bucket: str,
        key: str,
        properties: Properties = PLAIN,
        algorithm: str | None = None,
        *,
        composite: bool = True,
    ) -> Upload:
        """Start a multipart upload, whose object shall have a checksum of that algorithm."""
        file_name(key)
        return self._uploads(bucket).begin(key, properties, algorithm, composite=composite)

    def upload(self, bucket: str, key: str, upload: str) -> Upload:
        """What is known of an upload."""
        return self._uploads(bucket).get(key, upload)

    def uploads(self, bucket: str) -> Sequence[Upload]:
        """The uploads in progress, by key and age."""
        return self._uploads(bucket).all()

    def put_part(self, bucket: str, key: str, upload: str, number: int, staged: Staged) -> ObjectInfo:
        """Make a file that was staged the part of that number; it has the checksum that the upload asks for."""
        uploads = self._uploads(bucket)
        return uploads.put(uploads.get(key, upload), number, staged)

    def parts(self, bucket: str, key: str, upload: str) -> Sequence[ObjectInfo]:
        """The parts of an upload that are there; their keys are their numbers, in five digits."""
        uploads = self._uploads(bucket)
        return uploads.parts(uploads.get(key, upload))

    def complete_upload(
        self,
        bucket: str,
        key: str,
        upload: str,
        parts: Sequence[Part],
        *,
        checksum: str | None = None,
        check: Check = anything,
    ) -> ObjectInfo:
        """Make an object of parts; doing it again gives the object again, as long as it is the same one.

        Raises InvalidPart, InvalidPartOrder, PartTooSmall or TooLarge if it cannot be made of them, and
        ChecksumMismatch if the object would not have this checksum, in base64.
        """
        uploads = self._uploads(bucket)
        try:
            info = self._assemble(bucket, uploads, uploads.get(key, upload), parts, checksum, check)
        except NoSuchUpload:
            there = self._catalog(bucket).get(key)
            if there is None or there.upload != upload:
                raise
            return there
        with suppress(NoSuchUpload):  # aborted, or completed by a second call, at this very moment
            self.abort_upload(bucket, key, upload)
        return info

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """Forget an upload and its parts."""
        uploads = self._uploads(bucket)
        uploads.remove(uploads.get(key, upload))

    def _assemble(
        self,
        bucket: str,
        uploads: Uploads,
        upload: Upload,
        parts: Sequence[Part],
        checksum: str | None,
        check: Check,
    ) -> ObjectInfo:
        chosen = choose(parts, uploads.parts(upload), self._smallest_part)
        whole = [upload.algorithm] if upload.algorithm and not upload.composite else []

        def still_there(there: ObjectInfo | None) -> None:
            uploads.get(upload.key, upload.id)
            check(there)

        with Staged(self._staging, whole) as staged:
            staged.write_all(uploads.content(upload, chosen)).finish()
            info = describe(upload, chosen, staged)
            if checksum and (info.checksum is None or checksum != info.checksum.value):
                msg = f"the object has the checksum {info.checksum}, not {checksum!r}"
                raise ChecksumMismatch(msg)
            return self._place(bucket, info, staged.move, still_there)

    def _link(self, bucket: str, info: ObjectInfo, file: Path, check: Check) -> ObjectInfo:
        try:
            return self._place(bucket, info, lambda target: link(file, target), check)
        except OSError as error:
            if not can_be_copied(error):
                raise
        with Staged(self._staging, ()) as staged:
            staged.write_all(_blocks(file)).finish()
            return self._place(bucket, info, staged.move, check)

    def _place(
        self, bucket: str, info: ObjectInfo, place: Callable[[Path], object], check: Check
    ) -> ObjectInfo:
        try:
            return self._catalog(bucket).put(info, place, check)
        except FileNotFoundError:
            self._catalog(bucket)  # NoSuchBucket if it was deleted just now
            raise

    def _bucket(self, name: str) -> Bucket | None:
        try:
            created = (self._buckets / check_bucket(name) / "created").stat().st_mtime
        except (FileNotFoundError, InvalidBucketName):
            return None
        return Bucket(name, datetime.fromtimestamp(created, UTC))

    def _folder(self, bucket: str) -> Path:
        if not self.has_bucket(bucket):
            raise NoSuchBucket(bucket)
        return self._buckets / bucket

    def _catalog(self, bucket: str) -> Catalog:
        return Catalog(self._folder(bucket), self._staging, self._journal)

    def _uploads(self, bucket: str) -> Uploads:
        return Uploads(self._folder(bucket) / "uploads", self._staging, self._journal)


def _md5(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while block := content.read(_BLOCK):
            yield block
