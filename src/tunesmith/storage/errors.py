"""Why the object store refuses something."""

from __future__ import annotations


class StorageError(Exception):
    """The object store refuses; the message says what and why."""


class InvalidBucketName(StorageError):  # noqa: N818 - S3 calls it so
    """No bucket can have this name."""


class InvalidKey(StorageError):  # noqa: N818 - S3 calls it so
    """No object can have this key."""


class NoSuchBucket(StorageError):  # noqa: N818 - S3 calls it so
    """There is no such bucket."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"there is no bucket {bucket!r}")


class NoSuchKey(StorageError):  # noqa: N818 - S3 calls it so
    """The bucket holds no such object."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"there is no object {key!r} in the bucket {bucket!r}")


class NoSuchUpload(StorageError):  # noqa: N818 - S3 calls it so
    """There is no such multipart upload: it has been completed or aborted, or never was."""

    def __init__(self, upload: str) -> None:
        super().__init__(f"there is no multipart upload {upload!r}")


class BucketExists(StorageError):  # noqa: N818 - S3 calls it so
    """There is a bucket of this name."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"there is a bucket {bucket!r} already")


class BucketNotEmpty(StorageError):  # noqa: N818 - S3 calls it so
    """The bucket still holds objects."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"the bucket {bucket!r} still holds objects")


class InvalidPart(StorageError):  # noqa: N818 - S3 calls it so
    """A part was not uploaded, or is another one than the caller says."""


class InvalidPartOrder(StorageError):  # noqa: N818 - S3 calls it so
    """The parts are not in the order of their numbers, or there are none."""


class PartTooSmall(StorageError):  # noqa: N818 - S3 calls it so
    """A part other than the last is smaller than parts must be."""


class TooLarge(StorageError):  # noqa: N818 - S3 calls it so
    """An object or a part is larger than it may be."""


class ChecksumMismatch(StorageError):  # noqa: N818 - as above
    """What was put together does not have the checksum that the caller expects."""
