from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tunesmith.storage import embedded_s3
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.shelf import LocationError, TransferError
from tunesmith.storage.transfer import MANIFEST, Places

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Put = Callable[[str, bytes], None]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Give the address of an S3 server, as of another maker."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


@pytest.fixture(scope="module")
def client(endpoint: str) -> S3Client:
    made: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - moto's
    )
    return made


@pytest.fixture(scope="module")
def real(endpoint: str) -> Places:
    """Give places with a client that is made once: that takes half a second."""
    return Places(endpoint=endpoint)


@pytest.fixture(params=["embedded", "real"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Places, Put, Callable[[str], bytes]]:
    """Give places where s3:// has a bucket `bucket`, and how to write and read an object of it."""
    if request.param == "embedded":
        objects = ObjectStore(tmp_path / "objects")
        objects.create_bucket("bucket")

        def read(key: str) -> bytes:
            return objects.path("bucket", key).read_bytes()

        return Places(tmp_path / "objects"), lambda key, data: _keep(objects, key, data), read
    request.getfixturevalue("credentials")
    client: S3Client = request.getfixturevalue("client")
    for found in client.list_buckets()["Buckets"]:
        for item in client.list_objects_v2(Bucket=found["Name"]).get("Contents", ()):
            client.delete_object(Bucket=found["Name"], Key=item["Key"])
    client.create_bucket(Bucket="bucket")
    return (
        request.getfixturevalue("real"),
        lambda key, data: _put(client, key, data),
        lambda key: client.get_object(Bucket="bucket", Key=key)["Body"].read(),
    )


def _keep(objects: ObjectStore, key: str, data: bytes) -> None:
    objects.put("bucket", key, [data])


def _put(client: S3Client, key: str, data: bytes) -> None:
    client.put_object(Bucket="bucket", Key=key, Body=data)


@pytest.fixture
def places(store: tuple[Places, Put, Callable[[str], bytes]]) -> Places:
    return store[0]


@pytest.fixture
def put(store: tuple[Places, Put, Callable[[str], bytes]]) -> Put:
    return store[1]


@pytest.fixture
def read(store: tuple[Places, Put, Callable[[str], bytes]]) -> Callable[[str], bytes]:
    return store[2]


def tree(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def test_all_objects_below_a_prefix_are_fetched(places: Places, put: Put, tmp_path: Path) -> None:
    for key in (
        "data/train/a.csv",
        "data/train/.a.csv.partial",
        "data/train/sub/b ü.csv",
        "data/train/empty/",
        "data/train2/c",
        "data/x",
    ):
        put(key, key.encode() * 3)
    places.fetch("s3://bucket/data/train", tmp_path / "channel")
    assert tree(tmp_path / "channel") == {
        ".a.csv.partial": b"data/train/.a.csv.partial" * 3,
        "a.csv": b"data/train/a.csv" * 3,
        "empty": None,
        "sub": None,
        "sub/b ü.csv": "data/train/sub/b ü.csv".encode() * 3,
        "train2": None,
        "train2/c": b"data/train2/c" * 3,
    }
    places.fetch("s3://bucket/data/train/", tmp_path / "exact")
    assert sorted(tree(tmp_path / "exact")) == [".a.csv.partial", "a.csv", "empty", "sub", "sub/b ü.csv"]
    places.fetch("s3://bucket/data/x", tmp_path / "file")
    assert tree(tmp_path / "file") == {"x": b"data/x" * 3}


def test_what_was_fetched_may_be_changed_without_changing_the_object(
    places: Places, put: Put, read: Callable[[str], bytes], tmp_path: Path
) -> None:
    put("x.csv", b"1,2")
    places.fetch("s3://bucket/x.csv", tmp_path / "channel")
    with (tmp_path / "channel" / "x.csv").open("r+b") as file:
        file.write(b"9")
    assert read("x.csv") == b"1,2"


def test_more_objects_than_a_page_of_the_embedded_store_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_s3, "_PAGE", 10)
    objects = ObjectStore(tmp_path / "objects")
    objects.create_bucket("bucket")
    for number in range(30):
        _keep(objects, f"many/{number:05}", b"")
    Places(tmp_path / "objects").fetch("s3://bucket/many", tmp_path / "channel")
    assert len(list((tmp_path / "channel").iterdir())) == 30


def test_a_manifest_names_objects_one_by_one(places: Places, put: Put, tmp_path: Path) -> None:
    for key in ("some/where/1.csv", "some/where/sub/2.csv", "some/where/3.csv"):
        put(key, key.encode())
    put("lists/m", json.dumps([{"prefix": "s3://bucket/some/where/"}, "1.csv", "sub/2.csv"]).encode())
    places.fetch("s3://bucket/lists/m", tmp_path / "channel", MANIFEST)
    assert sorted(tree(tmp_path / "channel")) == ["1.csv", "sub", "sub/2.csv"]


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ("[", "must be a JSON list"),
        ("{}", "must be a JSON list"),
        ('["a"]', "must be a JSON list"),
        ('[{"prefix": "s3://bucket/"}]', "at least one key"),
        ('[{"prefix": "s3://bucket/"}, 1]', "must be a JSON list"),
        ('[{"prefix": "s3://bucket/"}, "../x"]', "'../x' cannot be laid out"),
        ('[{"prefix": "s3://"}, "x"]', "location: 's3://' is no address in S3"),
        ('[{"prefix": "s3://bucket/"}, "missing"]', "s3://bucket/missing"),
    ],
)
def test_a_bad_manifest_is_refused(manifest: str, why: str, places: Places, put: Put, tmp_path: Path) -> None:
    put("m", manifest.encode())
    with pytest.raises(LocationError, match=why):
        places.fetch("s3://bucket/m", tmp_path / "channel", MANIFEST)


def test_a_prefix_without_objects_is_told_in_sagemakers_words(places: Places, tmp_path: Path) -> None:
    with pytest.raises(LocationError, match=r'^No S3 objects found under S3 URL "s3://bucket/none" given in'):
        places.fetch("s3://bucket/none", tmp_path / "channel")


def test_a_missing_bucket_is_told(places: Places, tmp_path: Path) -> None:
    with pytest.raises(LocationError, match=r"s3://missing/x: .*bucket"):
        places.fetch("s3://missing/x", tmp_path / "channel")
    (tmp_path / "file").touch()
    with pytest.raises(LocationError, match=r"s3://missing/x: .*bucket"):
        places.deliver(tmp_path / "file", "s3://missing/x")


def test_whether_anything_is_there(places: Places, put: Put) -> None:
    put("a/b.csv", b"")
    assert places.exists("s3://bucket/a/b")
    assert places.exists("s3://bucket")
    assert not places.exists("s3://bucket/b")
    assert not places.exists("s3://missing/a")


def test_one_file_is_fetched_by_its_whole_key(places: Places, put: Put, tmp_path: Path) -> None:
    put("code/sourcedir.tar.gz", b"archive")
    places.fetch_file("s3://bucket/code/sourcedir.tar.gz", tmp_path / "a", limit=7)
    assert (tmp_path / "a").read_bytes() == b"archive"
    with pytest.raises(LocationError, match=r"there is no file 's3://bucket/code/sourcedir'"):
        places.fetch_file("s3://bucket/code/sourcedir", tmp_path / "b")
    with pytest.raises(LocationError, match=r"holds 7 bytes; at most 6 are allowed"):
        places.fetch_file("s3://bucket/code/sourcedir.tar.gz", tmp_path / "b", limit=6)


def test_a_file_is_delivered(places: Places, read: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "model.tar.gz").write_bytes(b"weights")
    for _ in range(2):
        places.deliver(tmp_path / "model.tar.gz", "s3://bucket/out/job/output/model.tar.gz")
    assert read("out/job/output/model.tar.gz") == b"weights"
    assert (tmp_path / "model.tar.gz").read_bytes() == b"weights"


def test_places_travel_as_json(places: Places) -> None:
    assert Places.from_json(json.loads(json.dumps(places.to_json()))) == places


@pytest.mark.usefixtures("credentials")
def test_the_environment_says_where_s3_is(
    client: S3Client, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.create_bucket(Bucket="named-by-variable")
    client.put_object(Bucket="named-by-variable", Key="x", Body=b"1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    Places().fetch("s3://named-by-variable/x", tmp_path / "channel")
    assert tree(tmp_path / "channel") == {"x": b"1"}


@pytest.mark.usefixtures("credentials")
def test_a_server_that_is_not_there_is_no_fault_of_the_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(TransferError, match="Could not connect") as caught:
        Places(endpoint="http://127.0.0.1:9").fetch("s3://bucket/x", tmp_path / "channel")
    assert not isinstance(caught.value, LocationError)


def test_a_bad_endpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocationError, match=r"s3:// cannot be reached: .*nonsense"):
        Places(endpoint="nonsense").fetch("s3://bucket/x", tmp_path / "channel")


def test_without_boto3_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(
        LocationError, match=r"s3:// needs the package boto3; pip install 'tunesmith\[server\]'"
    ):
        Places().fetch("s3://bucket/x", tmp_path / "channel")


def test_local_paths_are_places_too(tmp_path: Path) -> None:
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "sub" / "x.csv").write_text("1")
    places = Places()
    places.fetch(f"file://{tmp_path}/data", tmp_path / "channel")
    assert tree(tmp_path / "channel") == {"sub": None, "sub/x.csv": b"1"}
    assert places.exists(str(tmp_path / "data"))
    assert not places.exists(str(tmp_path / "nothing"))
    places.deliver(tmp_path / "data" / "sub" / "x.csv", f"{tmp_path}/out/j/x.csv")
    assert (tmp_path / "out" / "j" / "x.csv").read_text() == "1"
    with pytest.raises(LocationError, match=r"location: 'https://host/x' is not on this machine"):
        places.exists("https://host/x")
    with pytest.raises(LocationError, match="data_type: 'Augmented' is not supported; use 'S3Prefix' or"):
        places.fetch(str(tmp_path), tmp_path / "channel", "Augmented")


def test_a_file_is_read_in_pieces_wherever_it_is(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 3_000_000)
    for location in (str(tmp_path / "copy"), "s3://bucket/read/large"):
        places.deliver(file, location)
        assert places.size(location) == 3_000_000
        pieces = list(places.read(location))
        assert b"".join(pieces) == file.read_bytes()
        assert len(pieces) > 1
    for location in (str(tmp_path / "nothing"), "s3://bucket/nothing", "s3://missing-bucket/key"):
        assert places.size(location) is None
        with pytest.raises(TransferError):
            next(places.read(location))
