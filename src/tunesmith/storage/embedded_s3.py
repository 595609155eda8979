"""A bucket of the embedded object store, read and written on its own disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunesmith.storage.disk_shelf import copy, pieces
from tunesmith.storage.errors import StorageError
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.shelf import Entry, LocationError, TransferError

_PAGE = 10_000


class EmbeddedS3:
    """One bucket. Objects are copied out, as jobs may write into what they are given, and linked in."""

    workers = 1

    def __init__(self, objects: Path, bucket: str) -> None:
        self._store = ObjectStore(objects)
        self._bucket = bucket

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Give the objects whose keys begin with a prefix."""
        with self._in_words(prefix):
            after = ""
            while True:
                page = self._store.list(self._bucket, prefix=prefix, after=after, limit=_PAGE)
                for found in page.objects:
                    yield Entry(found.key, found.size)
                if not page.next:
                    return
                after = page.next

    def entry(self, key: str) -> Entry | None:
        """Give one object."""
        try:
            return Entry(key, self._store.head(self._bucket, key).size)
        except StorageError:
            return None

    def get(self, key: str, target: Path) -> None:
        """Copy an object."""
        # Opened, as the object may be replaced meanwhile.
        with self._in_words(key), self._store.open(self._bucket, key)[1] as content:
            copy(content, target)

    def read(self, key: str) -> Iterator[bytes]:
        """Give an object's content."""
        with self._in_words(key), self._store.open(self._bucket, key)[1] as content:
            yield from pieces(content)

    def put(self, file: Path, key: str) -> None:
        """Make a file an object; the two share their place on the disk where they can."""
        with self._in_words(key):
            self._store.adopt(self._bucket, key, file)

    def remove(self, key: str) -> None:
        """Remove an object."""
        with self._in_words(key):
            self._store.delete(self._bucket, key)

    @contextmanager
    def _in_words(self, key: str) -> Iterator[None]:
        address = f"s3://{self._bucket}/{key}"
        try:
            yield
        except StorageError as error:
            msg = f"{address}: {error}"
            raise LocationError(msg) from error
        except OSError as error:
            msg = f"{address}: {error}"
            raise TransferError(msg) from error
