"""No name, key or archive makes the server read or write outside its data folder."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, WaiterError

Build = Callable[..., dict[str, Any]]

SECRET = "nobody may read this"  # noqa: S105 - the content of a file
KEYS = [
    "../x",
    "../../../../x",
    "/etc/x",
    "a/../../x",
    "..",
    ".",
    "%2e%2e/x",
    "..%2fx",
    "a\0b",
    "\\..\\x",
    "C:\\x",
]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, serving: Callable[..., Any]) -> Iterator[tuple[Any, Path]]:
    """A server of one's own, and the folder around its data."""
    around = tmp_path_factory.mktemp("around")
    data = around / "deep" / "data"
    data.mkdir(parents=True)
    (around / "secret.txt").write_text(SECRET)
    with serving(data) as (server, _):
        server.client("s3").create_bucket(Bucket="scripts")
        yield server, around


@pytest.fixture(autouse=True)
def nothing_outside_changes(own: tuple[Any, Path]) -> Iterator[None]:
    server, around = own
    before = outside(around, server.data)
    yield
    assert outside(around, server.data) == before


def outside(around: Path, data: Path) -> dict[Path, str]:
    """What there is around the data, with its content."""
    found = (path for path in around.rglob("*") if not path.is_relative_to(data))
    return {path: path.read_text() if path.is_file() else "" for path in found}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_a_name_and_no_path(own: tuple[Any, Path], key: str) -> None:
    s3 = own[0].client("s3")
    s3.put_object(Bucket="scripts", Key=key, Body=b"content")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="scripts", Prefix=key)["Contents"]] == [key]
    assert s3.get_object(Bucket="scripts", Key=key)["Body"].read() == b"content"
    s3.delete_object(Bucket="scripts", Key=key)


@pytest.mark.parametrize("bucket", ["..", ".", "%2e%2e", "..%2f..", "a%2fb", "%00", "Upper", "s3%2F..%2F.."])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_bucket_has_no_such_name(own: tuple[Any, Path], method: str, bucket: str) -> None:
    server, _ = own
    for path in (f"/{bucket}", f"/{bucket}/secret.txt", f"/{bucket}/x"):
        request = AWSRequest(method=method, url=server.url + path, data=b"" if path.count("/") == 1 else b"x")
        keys = Credentials(server.variables["AWS_ACCESS_KEY_ID"], server.variables["AWS_SECRET_ACCESS_KEY"])
        S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request(method, path, request.data, dict(request.headers.items()))
        response = connection.getresponse()
        assert response.status in {400, 404}, path
        assert SECRET.encode() not in response.read()
        connection.close()


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "/etc", "a\0"])
def test_a_channel_has_no_such_name(own: tuple[Any, Path], tuning: Build, name: str) -> None:
    server, _ = own
    server.client("s3").put_object(Bucket="scripts", Key="data/x", Body=b"x")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://scripts/data"}}
    refused(
        server,
        tuning("channel", InputDataConfig=[{"ChannelName": name, "DataSource": source}]),
        "(?i)channelName",
    )


def test_data_whose_keys_lead_out_fails_the_job(
    own: tuple[Any, Path], definition: Build, upload_script: Callable[[Any, str], str]
) -> None:
    server, around = own
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    script = "print('not reached')"
    upload_script(s3, script)
    s3.put_object(Bucket="scripts", Key="evil/../../../../../../secret.txt", Body=b"overwritten")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://scripts/evil/"}}
    request = definition(script, InputDataConfig=[{"ChannelName": "train", "DataSource": source}])
    hyperparameters = request.pop("StaticHyperParameters")
    sagemaker.create_training_job(TrainingJobName="evil", HyperParameters=hyperparameters, **request)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with pytest.raises(WaiterError, match="terminal failure"):
        waiter.wait(TrainingJobName="evil", WaiterConfig={"Delay": 1, "MaxAttempts": 90})
    described = sagemaker.describe_training_job(TrainingJobName="evil")
    assert described["TrainingJobStatus"] == "Failed"
    assert "cannot be laid out as a file" in described["FailureReason"]
    assert (around / "secret.txt").read_text() == SECRET


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry


ARCHIVES: dict[str, tuple[list[tarfile.TarInfo], str]] = {
    "a path up": ([member("../../../x")], "leads out"),
    "an absolute path": ([member("/tmp/x")], "leads out"),  # noqa: S108 - it is refused
    "a link out": ([member("x", tarfile.SYMTYPE, "../../../secret.txt")], "leads out"),
    "an absolute link": ([member("x", tarfile.SYMTYPE, "/etc/passwd")], "leads out"),
    "a hard link out": ([member("x", tarfile.LNKTYPE, "../secret.txt")], "leads out"),
    "a file below a link": ([member("a", tarfile.SYMTYPE, "b"), member("b", tarfile.DIRTYPE), member("a/x", tarfile.SYMTYPE, "c")], "below a link"),
    "a device": ([member("x", tarfile.CHRTYPE)], "no file, folder or link"),
    "a block device": ([member("x", tarfile.BLKTYPE)], "no file, folder or link"),
    "a fifo": ([member("x", tarfile.FIFOTYPE)], "no file, folder or link"),
    "too many members": ([member(f"f{number}") for number in range(20_001)], "more than 20000 members"),
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.long) if "too many" in case else case for case in ARCHIVES]
)
def test_an_archive_that_means_harm(own: tuple[Any, Path], tuning: Build, case: str) -> None:
    members, why = ARCHIVES[case]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for entry in [*members, member("train.py")]:
            archive.addfile(entry)
    refused(own[0], with_archive(own[0], tuning, packed.getvalue()), why)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no tar", mtime=0), gzip.compress(b"x" * 9999, mtime=0)[:40]],
    ids=["nothing", "text", "no tar inside", "cut off"],
)
def test_what_is_no_archive(own: tuple[Any, Path], tuning: Build, content: bytes) -> None:
    refused(own[0], with_archive(own[0], tuning, content), "unpacked")


@pytest.mark.long
def test_an_archive_that_blows_up(own: tuple[Any, Path], tuning: Build) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as bomb:
        entry = member("train.py")
        entry.size = 2**30 + 1
        bomb.write(entry.tobuf())
        for _ in range(1025):
            bomb.write(bytes(2**20))
    refused(own[0], with_archive(own[0], tuning, packed.getvalue()), "unpacks to more than is allowed")
    assert sum(path.stat().st_size for path in (own[0].data / "cache").rglob("*") if path.is_file()) < 2**20


def with_archive(server: Any, tuning: Build, content: bytes) -> dict[str, Any]:
    """A request for a tuning job that runs what is in an archive."""
    key = f"{hashlib.sha256(content).hexdigest()}.tar.gz"
    server.client("s3").put_object(Bucket="scripts", Key=key, Body=content)
    return tuning("archive", static={"sagemaker_submit_directory": f"s3://scripts/{key}"})


def refused(server: Any, request: dict[str, Any], why: str) -> None:
    sagemaker = server.client("sagemaker", read_timeout=120)
    with pytest.raises(ClientError, match=why) as refusal:
        sagemaker.create_hyper_parameter_tuning_job(**request)
    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
