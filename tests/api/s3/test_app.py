from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

S3Client: TypeAlias = Any  # its types are of no use to tests that pass what no type allows

ODD_KEYS = [
    "n",
    "n/m",
    "n//m",
    "/n",
    "a b+c%2F?&#ü",
    "../../etc/passwd",
    ".",
    "x" * 1024,
    "ü" * 512,
    "A",
    "a",
]
MEGABYTE = 2**20


def refused(code: str, status: int, call: Callable[..., Any], **request: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert response["ResponseMetadata"]["RequestId"]
    return caught.value


def get(s3: S3Client, **request: Any) -> Any:
    """Get an object with its content, and so give its connection back."""
    found = s3.get_object(**request)
    return {**found, "Body": found["Body"].read()}


def keys(listing: Any) -> list[str]:
    return [found["Key"] for found in listing.get("Contents", [])]


def test_buckets_are_made_found_and_deleted(s3: S3Client) -> None:
    s3.create_bucket(Bucket="made")
    s3.create_bucket(Bucket="made")
    assert s3.head_bucket(Bucket="made")["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket="made")["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket="made")
    listed = {found["Name"]: found["CreationDate"] for found in s3.list_buckets()["Buckets"]}
    assert listed["made"].tzinfo is not None
    s3.put_object(Bucket="made", Key="n", Body=b"")
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="made")
    s3.delete_object(Bucket="made", Key="n")
    s3.delete_bucket(Bucket="made")
    refused("404", 404, s3.head_bucket, Bucket="made")


def test_bucket_elsewhere_is_made_once(s3: S3Client) -> None:
    place: Any = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="elsewhere", CreateBucketConfiguration=place)
    refused(
        "BucketAlreadyOwnedByYou",
        409,
        s3.create_bucket,
        Bucket="elsewhere",
        CreateBucketConfiguration=place,
    )


def test_missing_things_have_their_errors(s3: S3Client, bucket: str) -> None:
    refused("NoSuchBucket", 404, s3.get_object, Bucket="missing", Key="n")
    refused("NoSuchBucket", 404, s3.put_object, Bucket="missing", Key="n", Body=b"content")
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket="missing")
    refused("NoSuchBucket", 404, s3.delete_bucket, Bucket="missing")
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="n")
    refused("404", 404, s3.head_object, Bucket=bucket, Key="n")
    refused("NoSuchVersion", 404, s3.get_object, Bucket=bucket, Key="n", VersionId="1")
    s3.delete_object(Bucket=bucket, Key="n")


@pytest.mark.parametrize("key", ODD_KEYS, ids=range(len(ODD_KEYS)))
def test_every_key_works(s3: S3Client, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert get(s3, Bucket=bucket, Key=key)["Body"] == key.encode()
    assert keys(s3.list_objects_v2(Bucket=bucket)) == [key]
    assert keys(s3.list_objects_v2(Bucket=bucket, Prefix=key)) == [key]


def test_odd_keys_live_side_by_side(s3: S3Client, bucket: str) -> None:
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert keys(s3.list_objects_v2(Bucket=bucket)) == sorted(ODD_KEYS)
    assert keys(s3.list_objects(Bucket=bucket)) == sorted(ODD_KEYS)
    for key in ODD_KEYS:
        assert get(s3, Bucket=bucket, Key=key)["Body"] == key.encode()


def test_longer_keys_are_refused(s3: S3Client, bucket: str) -> None:
    refused("KeyTooLongError", 400, s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"")


def test_objects_keep_what_is_said_of_them(s3: S3Client, bucket: str) -> None:
    put = s3.put_object(
        Bucket=bucket,
        Key="n",
        Body=b"content",
        ContentType="text/plain",
        ContentEncoding="br",
        CacheControl="no-cache",
        Metadata={"colour": "blue", "empty": ""},
    )
    for answer in (s3.head_object(Bucket=bucket, Key="n"), get(s3, Bucket=bucket, Key="n")):
        assert answer["ETag"] == put["ETag"] == '"9a0364b9e99bb480dd25e1f0284c8555"'
        assert (answer["ContentType"], answer["ContentLength"]) == ("text/plain", 7)
        assert (answer["ContentEncoding"], answer["CacheControl"]) == ("br", "no-cache")
        assert answer["Metadata"] == {"colour": "blue", "empty": ""}
        assert answer["LastModified"].tzinfo is not None
    bare = s3.put_object(Bucket=bucket, Key="n", Body=b"")
    assert bare["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'
    plain = s3.head_object(Bucket=bucket, Key="n")
    assert (plain["ContentType"], plain["Metadata"]) == ("binary/octet-stream", {})
    refused("MetadataTooLarge", 400, s3.put_object, Bucket=bucket, Key="n", Metadata={"a": "x" * 2048})


def test_reader_may_ask_for_other_headers(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"content")
    found = get(s3, Bucket=bucket, Key="n", ResponseContentType="text/csv")
    assert found["ContentType"] == "text/csv"
    refused("InvalidArgument", 400, s3.get_object, Bucket=bucket, Key="n", ResponseContentType="a\r\nx: y")


@pytest.mark.parametrize(
    ("asked", "got", "said"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_ranges(s3: S3Client, bucket: str, asked: str, got: bytes, said: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"0123456789")
    found = get(s3, Bucket=bucket, Key="n", Range=asked)
    assert (found["Body"], found["ContentRange"]) == (got, said)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.head_object(Bucket=bucket, Key="n", Range=asked)["ContentLength"] == len(got)


@pytest.mark.parametrize("asked", ["bytes=4-2", "bytes=a-b", "bytes=0-1,4-5", "lines=1-2", "bytes=-"])
def test_what_is_no_range_is_ignored(s3: S3Client, bucket: str, asked: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"0123456789")
    assert get(s3, Bucket=bucket, Key="n", Range=asked)["Body"] == b"0123456789"


def test_range_behind_the_end_is_refused(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"0123456789")
    error = refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="n", Range="bytes=10-")
    assert error.response["ResponseMetadata"]["HTTPHeaders"]["content-range"] == "bytes */10"
    refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="n", Range="bytes=-0")


def test_conditions_of_readers(s3: S3Client, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="n", Body=b"content")["ETag"]
    at = s3.head_object(Bucket=bucket, Key="n")["LastModified"]
    here = {"Bucket": bucket, "Key": "n"}
    assert get(s3, **here, IfMatch=etag, IfUnmodifiedSince=at.replace(year=2000))["ETag"] == etag
    assert get(s3, **here, IfNoneMatch='"other"', IfModifiedSince=at)["ETag"] == etag
    refused("PreconditionFailed", 412, s3.get_object, **here, IfMatch='"other"')
    refused("PreconditionFailed", 412, s3.get_object, **here, IfUnmodifiedSince=at.replace(year=2000))
    for same in ({"IfNoneMatch": etag}, {"IfModifiedSince": at}):
        error = refused("304", 304, s3.get_object, **here, **same)
        assert error.response["ResponseMetadata"]["HTTPHeaders"]["etag"] == etag


def test_conditions_of_writers(s3: S3Client, bucket: str) -> None:
    here = {"Bucket": bucket, "Key": "n"}
    refused("NoSuchKey", 404, s3.put_object, **here, Body=b"1", IfMatch='"x"')
    etag = s3.put_object(**here, Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", 412, s3.put_object, **here, Body=b"2", IfNoneMatch="*")
    refused("PreconditionFailed", 412, s3.put_object, **here, Body=b"2", IfMatch='"x"')
    refused("InvalidArgument", 400, s3.put_object, **here, Body=b"2", IfNoneMatch=etag)
    s3.put_object(**here, Body=b"3", IfMatch=etag)
    refused("PreconditionFailed", 412, s3.delete_object, **here, IfMatch=etag)
    assert get(s3, **here)["Body"] == b"3"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_checked_and_given_back(s3: S3Client, bucket: str, algorithm: Any) -> None:
    put = s3.put_object(Bucket=bucket, Key="n", Body=b"content", ChecksumAlgorithm=algorithm)
    field: Any = f"Checksum{algorithm}"
    got = get(s3, Bucket=bucket, Key="n", ChecksumMode="ENABLED")
    assert got["Body"] == b"content"
    assert put[field] == got[field]
    assert got["ChecksumType"] == "FULL_OBJECT"
    wrong: Any = {field: put[field], "Body": b"others"}
    refused("BadDigest", 400, s3.put_object, Bucket=bucket, Key="n", **wrong)
    refused("InvalidRequest", 400, s3.put_object, Bucket=bucket, Key="n", **{**wrong, field: "AAA="})
    assert s3.head_object(Bucket=bucket, Key="n")["ETag"] == put["ETag"]


@pytest.mark.parametrize(("algorithm", "value"), [("CRC32C", "4waSgw=="), ("CRC64NVME", "rosUhgp5mIg=")])
def test_checksums_that_python_lacks(s3: S3Client, bucket: str, algorithm: str, value: str) -> None:
    right: Any = {f"Checksum{algorithm}": value}
    put: Any = s3.put_object(Bucket=bucket, Key="n", Body=b"123456789", **right)
    assert put[f"Checksum{algorithm}"] == value
    refused("BadDigest", 400, s3.put_object, Bucket=bucket, Key="n", Body=b"1234567890", **right)


def test_md5_is_checked(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"content", ContentMD5="mgNkuembtIDdJeHwKEyFVQ==")
    refused(
        "BadDigest",
        400,
        s3.put_object,
        Bucket=bucket,
        Key="n",
        Body=b"x",
        ContentMD5="mgNkuembtIDdJeHwKEyFVQ==",
    )
    refused("InvalidDigest", 400, s3.put_object, Bucket=bucket, Key="n", Body=b"x", ContentMD5="mgNk")


def test_listing_by_pages_and_folders(s3: S3Client, bucket: str) -> None:
    names = ["a/1", "a/2", "a/b/3", "a.txt", "c", "d/4", "ü/5", "z z/+6"]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
    for operation, found in (("list_objects_v2", s3.list_objects_v2), ("list_objects", s3.list_objects)):
        paginator: Any = s3.get_paginator(operation)
        pages = list(paginator.paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1}))
        entries = [
            *([name for page in pages for name in keys(page)]),
            *(p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])),
        ]
        assert entries == ["a.txt", "c", "a/", "d/", "z z/", "ü/"]
        inner = found(Bucket=bucket, Prefix="a/", Delimiter="/")
        assert keys(inner) == ["a/1", "a/2"]
        assert [p["Prefix"] for p in inner["CommonPrefixes"]] == ["a/b/"]
    assert keys(s3.list_objects_v2(Bucket=bucket, StartAfter="a/2", Prefix="a")) == ["a/b/3"]
    limited = s3.list_objects_v2(Bucket=bucket, MaxKeys=2, FetchOwner=True)
    assert (limited["KeyCount"], limited["MaxKeys"], limited["IsTruncated"]) == (2, 2, True)
    assert limited["Contents"][0]["Owner"]["ID"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    refused("InvalidArgument", 400, s3.list_objects_v2, Bucket=bucket, ContinuationToken="ü")


def test_many_are_deleted_at_once(s3: S3Client, bucket: str) -> None:
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    wanted: Any = [
        {"Key": "a"},
        {"Key": "missing"},
        {"Key": "b", "VersionId": "1"},
        {"Key": "c", "ETag": '"x"'},
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert [found["Key"] for found in answer["Deleted"]] == ["a", "missing"]
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [
        ("b", "NoSuchVersion"),
        ("c", "PreconditionFailed"),
    ]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert keys(s3.list_objects_v2(Bucket=bucket)) == ["c"]
    refused("NoSuchBucket", 404, s3.delete_objects, Bucket="missing", Delete={"Objects": [{"Key": "b"}]})
    refused("MalformedXML", 400, s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "b"}] * 1001})


def test_copy(s3: S3Client, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket, Key="from ü+", Body=b"content", Metadata={"a": "1"}, ContentType="text/plain"
    )
    source: Any = {"Bucket": bucket, "Key": "from ü+"}
    copied = s3.copy_object(Bucket=bucket, Key="to", CopySource=source)
    found = get(s3, Bucket=bucket, Key="to")
    assert (found["Body"], found["Metadata"], found["ContentType"]) == (b"content", {"a": "1"}, "text/plain")
    assert copied["CopyObjectResult"]["ETag"] == found["ETag"]
    changed: Any = {"Metadata": {"b": "2"}, "MetadataDirective": "REPLACE"}
    s3.copy_object(**source, CopySource=source, **changed)
    assert get(s3, **source)["Metadata"] == {"b": "2"}
    assert get(s3, **source)["Body"] == b"content"
    refused("InvalidRequest", 400, s3.copy_object, **source, CopySource=source)
    refused("NoSuchKey", 404, s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/missing")
    refused("InvalidArgument", 400, s3.copy_object, Bucket=bucket, Key="to", CopySource="nothing")
    refused(
        "PreconditionFailed",
        412,
        s3.copy_object,
        Bucket=bucket,
        Key="to",
        CopySource=source,
        CopySourceIfMatch='"x"',
    )
    refused(
        "PreconditionFailed",
        412,
        s3.copy_object,
        Bucket=bucket,
        Key="to",
        CopySource=source,
        CopySourceIfNoneMatch=copied["CopyObjectResult"]["ETag"],
    )


def test_large_files_go_in_parts_and_come_in_ranges(s3: S3Client, bucket: str, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(24 * MEGABYTE + 1)
    (tmp_path / "large").write_bytes(content)
    s3.upload_file(str(tmp_path / "large"), bucket, "large")
    head = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-4"')
    assert (head["ChecksumType"], head["ChecksumCRC32"][-2:]) == ("COMPOSITE", "-4")
    s3.download_file(bucket, "large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content
    part = get(s3, Bucket=bucket, Key="large", PartNumber=4)
    assert (part["Body"], part["PartsCount"]) == (content[24 * MEGABYTE :], 4)
    refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="large", PartNumber=5)
    s3.copy(
        {"Bucket": bucket, "Key": "large"},
        bucket,
        "copy",
        Config=TransferConfig(multipart_chunksize=8 * MEGABYTE),
    )
    assert get(s3, Bucket=bucket, Key="copy")["Body"] == content
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def begin(s3: S3Client, bucket: str, key: str = "n", **more: Any) -> dict[str, str]:
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)
    return {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}


def test_multipart_upload_step_by_step(s3: S3Client, bucket: str) -> None:
    here: Any = begin(s3, bucket, Metadata={"a": "1"}, ContentType="text/plain")
    first = s3.upload_part(**here, PartNumber=2, Body=b"a" * 5 * MEGABYTE)
    last = s3.upload_part(**here, PartNumber=9, Body=b"b")
    s3.upload_part(**here, PartNumber=10, Body=b"not wanted")
    page = s3.list_parts(**here, MaxParts=2)
    assert [(p["PartNumber"], p["Size"]) for p in page["Parts"]] == [(2, 5 * MEGABYTE), (9, 1)]
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 9)
    assert [p["PartNumber"] for p in s3.list_parts(**here, PartNumberMarker=9)["Parts"]] == [10]
    refused("404", 404, s3.head_object, Bucket=bucket, Key="n")
    parts: Any = {
        "Parts": [{"PartNumber": 2, "ETag": first["ETag"]}, {"PartNumber": 9, "ETag": last["ETag"]}]
    }
    done = s3.complete_multipart_upload(**here, MultipartUpload=parts)
    again = s3.complete_multipart_upload(**here, MultipartUpload=parts)
    found = get(s3, Bucket=bucket, Key="n")
    assert found["Body"] == b"a" * 5 * MEGABYTE + b"b"
    assert done["ETag"] == again["ETag"] == found["ETag"]
    assert (found["Metadata"], found["ContentType"]) == ({"a": "1"}, "text/plain")
    refused("NoSuchUpload", 404, s3.list_parts, **here)


def test_multipart_upload_with_a_checksum_of_the_whole(s3: S3Client, bucket: str) -> None:
    here: Any = begin(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    part = s3.upload_part(**here, PartNumber=1, Body=b"content")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]}
    refused(
        "BadDigest",
        400,
        s3.complete_multipart_upload,
        **here,
        MultipartUpload=parts,
        ChecksumCRC32="AAAAAA==",
    )
    done = s3.complete_multipart_upload(**here, MultipartUpload=parts, ChecksumCRC32=part["ChecksumCRC32"])
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (part["ChecksumCRC32"], "FULL_OBJECT")
    refused(
        "InvalidRequest",
        400,
        begin,
        s3=s3,
        bucket=bucket,
        ChecksumAlgorithm="SHA1",
        ChecksumType="FULL_OBJECT",
    )
    refused(
        "InvalidRequest",
        400,
        begin,
        s3=s3,
        bucket=bucket,
        ChecksumAlgorithm="CRC64NVME",
        ChecksumType="COMPOSITE",
    )
    refused("InvalidArgument", 400, begin, s3=s3, bucket=bucket, ChecksumAlgorithm="MD6")


def test_parts_must_fit_together(s3: S3Client, bucket: str) -> None:
    here: Any = begin(s3, bucket)
    etags = [s3.upload_part(**here, PartNumber=n, Body=b"x")["ETag"] for n in (1, 2)]

    def complete(code: str, *parts: tuple[int, str]) -> None:
        listed = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        refused(code, 400, s3.complete_multipart_upload, **here, MultipartUpload={"Parts": listed})

    complete("EntityTooSmall", (1, etags[0]), (2, etags[1]))
    complete("InvalidPartOrder", (2, etags[1]), (1, etags[0]))
    complete("InvalidPart", (1, '"x"'))
    complete("InvalidPart", (3, etags[0]))
    complete("MalformedXML", (0, etags[0]))
    complete("InvalidPartOrder")
    refused("InvalidArgument", 400, s3.upload_part, **here, PartNumber=10_001, Body=b"x")
    refused("NoSuchUpload", 404, s3.upload_part, **{**here, "UploadId": "../.."}, PartNumber=1, Body=b"x")
    refused("NoSuchUpload", 404, s3.upload_part, **{**here, "Key": "other"}, PartNumber=1, Body=b"x")


def test_uploads_are_listed_and_aborted(s3: S3Client, bucket: str) -> None:
    uploads = [begin(s3, bucket, key) for key in ("b", "a", "b", "c")]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 1}
    )
    listed = [(u["Key"], u["UploadId"]) for page in pages for u in page.get("Uploads", [])]
    order = [uploads[1], uploads[0], uploads[2], uploads[3]]
    assert listed == [(upload["Key"], upload["UploadId"]) for upload in order]
    assert len(s3.list_multipart_uploads(Bucket=bucket, Prefix="b")["Uploads"]) == 2
    for upload in uploads:
        s3.abort_multipart_upload(**upload)
    refused("NoSuchUpload", 404, s3.abort_multipart_upload, **uploads[0])
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_parts_may_be_copied(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    here: Any = begin(s3, bucket)
    source = f"{bucket}/source"
    part = s3.upload_part_copy(**here, PartNumber=1, CopySource=source, CopySourceRange="bytes=2-4")
    refused(
        "InvalidArgument",
        400,
        s3.upload_part_copy,
        **here,
        PartNumber=2,
        CopySource=source,
        CopySourceRange="bytes=2-10",
    )
    listed: Any = {"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]}
    s3.complete_multipart_upload(**here, MultipartUpload=listed)
    assert get(s3, Bucket=bucket, Key="n")["Body"] == b"234"


def test_what_is_not_offered_changes_nothing(s3: S3Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="n", Body=b"content")
    refused("MethodNotAllowed", 405, s3.put_object_tagging, Bucket=bucket, Key="n", Tagging={"TagSet": []})
    refused("MethodNotAllowed", 405, s3.list_object_versions, Bucket=bucket)
    refused("MethodNotAllowed", 405, s3.delete_bucket_policy, Bucket=bucket)
    assert get(s3, Bucket=bucket, Key="n")["Body"] == b"content"


def test_everything_is_there_after_a_restart(start: Callable[[Path], Any], tmp_path: Path) -> None:
    with start(tmp_path) as server:
        client = server.client()
        client.create_bucket(Bucket="kept")
        client.put_object(Bucket="kept", Key="n", Body=b"content", Metadata={"a": "1"})
        here: Any = begin(client, "kept", "m")
        part = client.upload_part(**here, PartNumber=1, Body=b"part")
    with start(tmp_path) as server:
        client = server.client()
        found = get(client, Bucket="kept", Key="n")
        assert (found["Body"], found["Metadata"]) == (b"content", {"a": "1"})
        listed: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(**here, MultipartUpload=listed)
        assert get(client, Bucket="kept", Key="m")["Body"] == b"part"
