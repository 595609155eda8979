"""The one seam through which data comes to training jobs and results leave them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from tunesmith.storage.disk_shelf import DiskShelf
from tunesmith.storage.key_paths import key_paths, relative_path
from tunesmith.storage.location import bucket_and_key, is_s3, local_path
from tunesmith.storage.mirror import Mirror
from tunesmith.storage.shelf import Entry, LocationError, Shelf, TransferError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MANIFEST = "ManifestFile"
PREFIX = "S3Prefix"
"""Ways in which a location names data: a file that lists it, or what all of its keys begin with."""

_MANIFEST_BYTES = 1 << 28


@dataclass(frozen=True)
class Places:
    """Where data is to be found and put: local paths, `file://` addresses, and what `s3://` stands for.

    All methods raise TransferError; LocationError, which is one, where trying again does not help.
    """

    objects: Path | None = None  # the folder of the embedded object store; None: a real S3, through boto3
    endpoint: str | None = None  # of a real S3 that is not AWS's; None: as the AWS_* variables say

    @classmethod
    def from_json(cls, text: Mapping[str, Any]) -> Places:
        """Read what `to_json` gave."""
        objects = text["objects"]
        return cls(None if objects is None else Path(objects), text["endpoint"])

    def to_json(self) -> dict[str, Any]:
        """Give a form in which another process can be told."""
        return {
            "objects": None if self.objects is None else str(self.objects.absolute()),
            "endpoint": self.endpoint,
        }

    def exists(self, location: str) -> bool:
        """Whether there is a file or object at a location, or any whose key begins with it."""
        shelf, key = self._find(location)
        try:
            return next(iter(shelf.entries(key)), None) is not None
        except LocationError:  # as when there is no such bucket
            return False

    def fetch(self, location: str, folder: Path, kind: str = PREFIX) -> None:
        """Copy all data that a location names into a folder, as SageMaker lays it out; `kind` is one of the above.

        The copies are the caller's: it may write into them.
        """
        _check_kind(kind)
        shelf, paths = self._manifest(location) if kind == MANIFEST else self._prefix(location)
        folder.mkdir(parents=True, exist_ok=True)
        for key, path in paths.items():
            (folder / path if key.endswith("/") else (folder / path).parent).mkdir(
                parents=True, exist_ok=True
            )
        files = [(key, folder / path) for key, path in paths.items() if not key.endswith("/")]
        if shelf.workers > 1:
            _get_at_once(shelf, files)
        else:
            for key, target in files:
                shelf.get(key, target)

    def fetch_file(self, location: str, target: Path, limit: int | None = None) -> None:
        """Copy one file of at most `limit` bytes to a path."""
        shelf, key = self._find(location)
        entry = shelf.entry(key)
        if entry is None:
            msg = f"there is no file {location!r}, or it may not be read"
            raise LocationError(msg)
        if limit is not None and entry.size > limit:
            msg = f"{location!r} holds {entry.size} bytes; at most {limit} are allowed"
            raise LocationError(msg)
        shelf.get(key, target)

    def size(self, location: str) -> int | None:
        """The length of one file in bytes; None if there is none, or it may not be read."""
        shelf, key = self._find(location)
        entry = shelf.entry(key)
        return None if entry is None else entry.size

    def read(self, location: str) -> Iterator[bytes]:
        """Give one file's content in pieces; what is wrong shows with the first one."""
        shelf, key = self._find(location)
        return shelf.read(key)

    def deliver(self, file: Path, location: str) -> None:
        """Put a copy of a file, which nobody changes any more, at a location."""
        shelf, key = self._find(location)
        shelf.put(file, key)

    def mirror(self, folder: Path, location: str, memory: Path) -> Mirror:
        """Give what keeps a folder in step with a location; it remembers in a file what it has sent."""
        shelf, key = self._find(location)
        return Mirror(folder, shelf, f"{key.rstrip('/')}/" if key else "", memory)

    def _find(self, location: str) -> tuple[Shelf, str]:
        """Give the shelf that a location is on, and the key there."""
        try:
            if not is_s3(location):
                return DiskShelf(), str(local_path(location, "location"))
            bucket, key = bucket_and_key(location, "location")
        except ValueError as error:
            raise LocationError(str(error)) from error
        return self._bucket(bucket), key

    def _bucket(self, name: str) -> Shelf:
        if self.objects is not None:
            from tunesmith.storage.embedded_s3 import EmbeddedS3  # noqa: PLC0415 - only servers have one

            return EmbeddedS3(self.objects, name)
        from tunesmith.storage.real_s3 import RealS3  # noqa: PLC0415 - as above

        return RealS3(name, self._client)

    @cached_property
    def _client(self) -> S3Client:
        from tunesmith.storage.real_s3 import connect  # noqa: PLC0415 - as above

        return connect(self.endpoint)

    def _prefix(self, location: str) -> tuple[Shelf, dict[str, PurePosixPath]]:
        shelf, prefix = self._find(location)
        keys = [entry.key for entry in _some(shelf.entries(prefix), location)]
        return shelf, key_paths(prefix, keys)

    def _manifest(self, location: str) -> tuple[Shelf, dict[str, PurePosixPath]]:
        """Read a list of keys: its first entry is {"prefix": ...}, the others are what comes after the prefix."""
        from tempfile import TemporaryDirectory  # noqa: PLC0415 - 10 ms, and rarely needed

        with TemporaryDirectory() as folder:
            file = Path(folder, "manifest")
            self.fetch_file(location, file, _MANIFEST_BYTES)
            prefix, names = _listed(location, file.read_bytes())
        shelf, start = self._find(prefix)
        return shelf, {start + name: relative_path(name, name) for name in names}


def _get_at_once(shelf: Shelf, files: Sequence[tuple[str, Path]]) -> None:
    """Get several files at a time; after the first failure, no more are begun."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 10 ms, and not for the embedded store

    with ThreadPoolExecutor(shelf.workers) as pool:
        jobs = [pool.submit(shelf.get, key, target) for key, target in files]
        try:
            for job in jobs:
                job.result()
        except TransferError:
            pool.shutdown(cancel_futures=True)
            raise


def _check_kind(kind: str) -> None:
    if kind not in {PREFIX, MANIFEST}:
        msg = f"data_type: {kind!r} is not supported; use {PREFIX!r} or {MANIFEST!r}"
        raise LocationError(msg)


def _some(entries: Iterator[Entry], location: str) -> list[Entry]:
    """Give all entries. Raises LocationError, in SageMaker's words, when there is none."""
    found = list(entries)
    if not found:
        msg = (
            f'No S3 objects found under S3 URL "{location}" given in input data source. Please ensure that the '
            "bucket exists and that objects exist under that S3 prefix."
        )
        raise LocationError(msg)
    return found


def _listed(location: str, content: bytes) -> tuple[str, list[str]]:
    """Give the prefix and the names of a manifest."""
    try:
        match json.loads(content):
            case [{"prefix": str(prefix)}, *names] if names and all(isinstance(name, str) for name in names):
                return prefix, names
    except (ValueError, RecursionError):
        pass
    msg = (
        f'the manifest {location!r} must be a JSON list of {{"prefix": "s3://..."}} and then at least one key'
    )
    raise LocationError(msg)
