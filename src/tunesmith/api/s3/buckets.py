"""Operations on buckets."""

from __future__ import annotations

from pathlib import Path

from tunesmith.api.s3.answer import Answer
from tunesmith.api.s3.documents import Node, read
from tunesmith.api.s3.request import S3Request
from tunesmith.api.s3.words import OWNER, moment
from tunesmith.storage.errors import BucketExists, NoSuchBucket
from tunesmith.storage.objects import ObjectStore

_US_EAST_1 = "us-east-1"


def list_buckets(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """ListBuckets."""
    prefix = request.query.get("prefix", "")
    buckets: list[Node] = [
        ("Bucket", [("Name", bucket.name), ("CreationDate", moment(bucket.created_at))])
        for bucket in store.buckets()
        if bucket.name.startswith(prefix)
    ]
    return Answer.document("ListAllMyBucketsResult", [("Owner", OWNER), ("Buckets", buckets)])


def create_bucket(store: ObjectStore, request: S3Request, body: Path | None) -> Answer:
    """CreateBucket; in us-east-1 it is no error to create one's bucket again."""
    text = body.read_bytes() if body else b""
    place = read(text, "CreateBucketConfiguration").get("LocationConstraint") if text else None
    try:
        store.create_bucket(request.bucket)
    except BucketExists:
        if (place or _US_EAST_1) != _US_EAST_1:
            raise
    return Answer(headers={"location": f"/{request.bucket}"})


def head_bucket(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """HeadBucket."""
    _check_bucket(store, request)
    return Answer(headers={"x-amz-bucket-region": request.region})


def delete_bucket(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """DeleteBucket."""
    store.delete_bucket(request.bucket)
    return Answer(204)


def get_bucket_location(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """GetBucketLocation, which says nothing for us-east-1."""
    _check_bucket(store, request)
    return Answer.document("LocationConstraint", "" if request.region == _US_EAST_1 else request.region)


def get_bucket_versioning(store: ObjectStore, request: S3Request, _body: Path | None) -> Answer:
    """GetBucketVersioning: it was never switched on."""
    _check_bucket(store, request)
    return Answer.document("VersioningConfiguration", "")


def _check_bucket(store: ObjectStore, request: S3Request) -> None:
    if not store.has_bucket(request.bucket):
        raise NoSuchBucket(request.bucket)
