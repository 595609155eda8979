"""A bucket of S3, or of anything that speaks its protocol, through boto3."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tunesmith.storage.shelf import Entry, LocationError, TransferError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WORKERS = 16
_LASTING = frozenset(
    {
        *("400", "401", "403", "404", "AccessDenied", "AllAccessDisabled", "InvalidAccessKeyId"),
        *("InvalidBucketName", "NoSuchBucket", "NoSuchKey", "PermanentRedirect", "SignatureDoesNotMatch"),
    }
)
"""What S3 answers when trying again does not help."""


class RealS3:
    """One bucket."""

    workers = _WORKERS  # a request takes some 30 ms, however small the object

    def __init__(self, bucket: str, client: S3Client) -> None:
        self._bucket = bucket
        self._client = client

    def entries(self, prefix: str) -> Iterator[Entry]:
        """Give the objects whose keys begin with a prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with self._in_words(prefix):
            for page in pages:
                for found in page.get("Contents", ()):
                    yield Entry(found["Key"], found["Size"])

    def entry(self, key: str) -> Entry | None:
        """Give one object."""
        try:
            with self._in_words(key):
                return Entry(key, self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])
        except LocationError:  # S3 does not say here whether it is not there or not for us
            return None

    def get(self, key: str, target: Path) -> None:
        """Download an object, a large one in parallel pieces."""
        with self._in_words(key):
            self._client.download_file(self._bucket, key, str(target))

    def read(self, key: str) -> Iterator[bytes]:
        """Give an object's content."""
        with self._in_words(key):
            yield from self._client.get_object(Bucket=self._bucket, Key=key)["Body"].iter_chunks(1 << 20)

    def put(self, file: Path, key: str) -> None:
        """Upload a file, a large one in parallel pieces."""
        with self._in_words(key):
            self._client.upload_file(str(file), self._bucket, key)

    def remove(self, key: str) -> None:
        """Remove an object."""
        with self._in_words(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    @contextmanager
    def _in_words(self, key: str) -> Iterator[None]:
        """Turn what may go wrong into our own errors."""
        from boto3.exceptions import Boto3Error  # noqa: PLC0415 - heavy, and an extra
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
            # boto3 wraps the answer to an upload in an error of its own
            answer = error if isinstance(error, ClientError) else error.__context__
            code = answer.response["Error"]["Code"] if isinstance(answer, ClientError) else ""
            kind = LocationError if code in _LASTING else TransferError
            msg = f"s3://{self._bucket}/{key}: {error}"
            raise kind(msg) from error


def connect(endpoint: str | None) -> S3Client:
    """Give a client of an endpoint; None: the one that AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL names, else AWS's.

    The credentials are those of the environment (AWS_*), as boto3 finds them. Raises LocationError.
    """
    try:
        import boto3  # noqa: PLC0415 - heavy, and an extra
        from botocore.config import Config  # noqa: PLC0415 - as above
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as above
    except ImportError as error:
        msg = "s3:// needs the package boto3; pip install 'tunesmith[server]'"
        raise LocationError(msg) from error
    elsewhere = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    config = Config(
        retries={"mode": "standard", "max_attempts": 5},
        max_pool_connections=2 * _WORKERS,
        # Other stores than AWS's rarely have a host name for each bucket, or the newer checksums.
        s3={"addressing_style": "path" if elsewhere else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        return boto3.Session().client("s3", endpoint_url=endpoint, config=config)
    except (BotoCoreError, ValueError) as error:
        msg = f"s3:// cannot be reached: {error}"
        raise LocationError(msg) from error
