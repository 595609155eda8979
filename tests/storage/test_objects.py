from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import md5 as _md5
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.storage.errors import (
    BucketExists,
    BucketNotEmpty,
    InvalidBucketName,
    InvalidKey,
    InvalidPart,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
)
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.records import ObjectInfo, Properties
from tunesmith.storage.uploads import Part

md5 = partial(_md5, usedforsecurity=False)
KEYS = st.text(st.sampled_from("aAü/.+%~\0\U0010ffff"), min_size=1, max_size=4) | st.text(
    min_size=1, max_size=300
)


@pytest.fixture(scope="module", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path)
    store.create_bucket("bucket")
    return store


def content(store: ObjectStore, key: str, bucket: str = "bucket") -> bytes:
    info, file = store.open(bucket, key)
    with file:
        text = file.read()
    assert (info.size, info.etag) == (len(text), md5(text).hexdigest())
    return text


def files(root: Path) -> list[str]:
    """Contents and what is being written, in the whole store."""
    return [
        path.name for path in root.rglob("*") if path.is_file() and path.parent.name in {"data", "staging"}
    ]


def listed(store: ObjectStore, prefix: str, delimiter: str, limit: int) -> list[str]:
    entries, after = [], ""
    while True:
        page = store.list("bucket", prefix, delimiter, after, limit)
        assert len(page.objects) + len(page.prefixes) <= limit
        entries += sorted([*(info.key for info in page.objects), *page.prefixes])
        if page.next is None:
            return entries
        after = page.next


def expected(keys: set[str], prefix: str, delimiter: str) -> list[str]:
    found = set()
    for key in keys:
        if key.startswith(prefix):
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            found.add(key if end < 0 else key[: end + len(delimiter)])
    return sorted(found)


@settings(max_examples=30)  # each writes a hundred files
@given(
    puts=st.dictionaries(KEYS, st.binary(max_size=5), max_size=8),
    deletions=st.sets(KEYS, max_size=2),
    prefix=st.sampled_from(["", "a", "a/", "ü", "~"]),
    delimiter=st.sampled_from(["", "/", "a", "/ü"]),
    limit=st.integers(1, 4),
)
def test_store_holds_what_a_dictionary_would(
    puts: dict[str, bytes], deletions: set[str], prefix: str, delimiter: str, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as root:
        store = ObjectStore(Path(root))
        store.create_bucket("bucket")
        for key, text in puts.items():
            store.put("bucket", key, [b"first"])
            store.put("bucket", key, [text[:2], text[2:]])
        for key in deletions:
            store.delete("bucket", key)
        left = {key: text for key, text in puts.items() if key not in deletions}
        assert {info.key for info in store.list("bucket").objects} == set(left)
        assert {key: content(store, key) for key in left} == left
        assert listed(store, prefix, delimiter, limit) == expected(set(left), prefix, delimiter)
        assert sorted(left) == sorted(left, key=str.encode)
        assert len(files(Path(root))) == len(left)


def test_pages_of_many_objects(store: ObjectStore) -> None:
    keys = {f"job-{n % 50}/output/{n}" for n in range(300)}
    for key in keys:
        store.put("bucket", key, [])
    assert listed(store, "job-", "", 70) == sorted(keys)
    assert listed(store, "", "/", 20) == sorted({key.split("/")[0] + "/" for key in keys})
    assert store.list("bucket").next is None
    assert store.list("bucket", limit=0).next is None


@pytest.mark.parametrize(
    "key", ["../../x", "..", ".", "/", "a/../b", "/etc/passwd", "x" * 1024, "\0", "ü" * 512]
)
def test_no_key_leads_out(tmp_path: Path, key: str) -> None:
    root = tmp_path / "in" / "here"
    store = ObjectStore(root)
    store.create_bucket("bucket")
    store.put("bucket", key, [b"content"])
    assert content(store, key) == b"content"
    assert store.path("bucket", key).resolve().is_relative_to(root / "buckets" / "bucket")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert [path.name for path in root.parent.iterdir()] == ["here"]


@pytest.mark.parametrize("key", ["", "x" * 1025, "ü" * 513, "\ud800"])
def test_keys_that_cannot_be(store: ObjectStore, key: str) -> None:
    with pytest.raises(InvalidKey, match="key: "):
        store.put("bucket", key, [])
    with pytest.raises(InvalidKey, match="key: "):
        store.begin_upload("bucket", key)


@pytest.mark.parametrize(
    "name", ["", "ab", "Upper", "a..b", "..", "../x", "a/b", "-ab", "ab-", "x" * 64, "abc\n"]
)
def test_buckets_that_cannot_be(store: ObjectStore, name: str) -> None:
    with pytest.raises(InvalidBucketName, match="bucket: "):
        store.create_bucket(name)
    assert not store.has_bucket(name)
    with pytest.raises(NoSuchBucket):
        store.put(name, "key", [])


def test_buckets(store: ObjectStore) -> None:
    with pytest.raises(BucketExists):
        store.create_bucket("bucket")
    store.create_bucket("another")
    assert [bucket.name for bucket in store.buckets()] == ["another", "bucket"]
    store.begin_upload("another", "key")
    store.put("another", "key", [])
    with pytest.raises(BucketNotEmpty):
        store.delete_bucket("another")
    store.delete("another", "key")
    store.delete_bucket("another")
    assert not store.has_bucket("another")
    for missing in (store.delete_bucket, store.list, store.uploads):
        with pytest.raises(NoSuchBucket):
            missing("another")


def test_open_object_stays_as_it_was(store: ObjectStore) -> None:
    store.put("bucket", "key", [b"old"], Properties(content_type="text/plain", metadata={"a": "1"}))
    info, file = store.open("bucket", "key")
    path = store.path("bucket", "key")
    store.put("bucket", "key", [b"new"])
    with file:
        assert file.read() == b"old"
    assert (info.content_type, info.metadata) == ("text/plain", {"a": "1"})
    assert not path.exists()
    store.delete("bucket", "key")
    for missing in (store.open, store.head, store.path):
        with pytest.raises(NoSuchKey):
            missing("bucket", "key")


def test_check_sees_what_is_there_and_may_forbid(store: ObjectStore, tmp_path: Path) -> None:
    def forbid(there: ObjectInfo | None) -> None:
        if there:
            raise PermissionError(there.etag)

    old = store.put("bucket", "key", [b"old"], check=forbid)
    with pytest.raises(PermissionError, match=old.etag):
        store.put("bucket", "key", [b"new"], check=forbid)
    with pytest.raises(PermissionError, match=old.etag):
        store.delete("bucket", "key", check=forbid)
    assert content(store, "key") == b"old"
    assert files(tmp_path) == [store.head("bucket", "key").file]


def test_failing_source_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"some"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put("bucket", "key", chunks())
    assert files(tmp_path) == []


def test_adopted_file_shares_its_place_on_the_disk(store: ObjectStore, tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"content")
    info = store.adopt("bucket", "key", file)
    assert file.samefile(store.path("bucket", "key"))
    assert content(store, "key") == b"content"
    assert info.etag == md5(b"content").hexdigest()
    assert file.stat().st_mode & 0o222 == 0
    file.unlink()
    assert content(store, "key") == b"content"


def test_adopted_file_is_copied_where_it_cannot_be_linked(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(_source: object, _target: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    file = tmp_path / "model"
    file.write_bytes(b"content")
    monkeypatch.setattr(os, "link", elsewhere)
    store.adopt("bucket", "key", file)
    store.copy(("bucket", "key"), ("bucket", "copy"))
    assert content(store, "key") == content(store, "copy") == b"content"
    assert not file.samefile(store.path("bucket", "key"))
    assert len(files(tmp_path)) == 2


def test_copies_outlive_their_source(store: ObjectStore) -> None:
    store.put("bucket", "key", [b"content"], Properties(metadata={"a": "1"}))
    store.copy(("bucket", "key"), ("bucket", "copy"))
    store.copy(("bucket", "key"), ("bucket", "key"), Properties(metadata={"b": "2"}))
    assert store.head("bucket", "key").metadata == {"b": "2"}
    assert store.head("bucket", "copy").metadata == {"a": "1"}
    store.delete("bucket", "key")
    assert content(store, "copy") == b"content"
    with pytest.raises(NoSuchKey):
        store.copy(("bucket", "key"), ("bucket", "other"))


def test_multipart_upload(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path, smallest_part=2)
    store.create_bucket("bucket")
    upload = store.begin_upload("bucket", "key", Properties(metadata={"a": "1"}), "SHA256")
    parts = []
    for number, text in ((1, b"old"), (2, b"cd"), (1, b"ab")):
        with store.stage(["SHA256"]) as staged:
            parts.append(store.put_part("bucket", "key", upload.id, number, staged.write_all([text])))
    with pytest.raises(InvalidPart):
        store.complete_upload("bucket", "key", upload.id, [Part(1, parts[0].etag)])
    again = ObjectStore(tmp_path, smallest_part=2)
    wanted = [Part(1, parts[2].etag), Part(2, parts[1].etag)]
    info = again.complete_upload("bucket", "key", upload.id, wanted)
    assert store.path("bucket", "key").read_bytes() == b"abcd"
    assert (info.parts, info.metadata) == ((2, 2), {"a": "1"})
    joined = b"".join(md5(text).digest() for text in (b"ab", b"cd"))
    assert info.etag == f"{md5(joined).hexdigest()}-2"
    assert info.checksum is not None
    assert info.checksum.composite
    assert store.complete_upload("bucket", "key", upload.id, wanted) == info
    assert store.uploads("bucket") == []
    assert files(tmp_path) == [info.file]
    store.delete("bucket", "key")
    with pytest.raises(NoSuchUpload):
        store.complete_upload("bucket", "key", upload.id, wanted)


def test_aborted_upload_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    upload = store.begin_upload("bucket", "key")
    with store.stage() as staged:
        store.put_part("bucket", "key", upload.id, 1, staged.write_all([b"part"]))
    late = store.stage()
    late.write(b"late")
    store.abort_upload("bucket", "key", upload.id)
    with late, pytest.raises(NoSuchUpload):
        store.put_part("bucket", "key", upload.id, 2, late)
    assert files(tmp_path) == []


def test_writers_and_readers_at_the_same_time(store: ObjectStore, tmp_path: Path) -> None:
    is_over = threading.Event()

    def write(number: int) -> None:
        mine = ObjectStore(tmp_path)  # as another process would
        for turn in range(30):
            mine.put("bucket", "key", [b"%d-%d" % (number, turn)] * 50)

    def read() -> int:
        count = 0
        while not is_over.is_set():
            content(store, "key")
            count += 1
        return count

    store.put("bucket", "key", [b"first"])
    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for writer in [pool.submit(write, number) for number in range(3)]:
            writer.result()
        is_over.set()
        assert all(reader.result() for reader in readers)
    assert files(tmp_path) == [store.head("bucket", "key").file]


def test_only_one_of_many_creates(store: ObjectStore) -> None:
    def create(there: ObjectInfo | None) -> None:
        if there:
            raise FileExistsError

    def attempt(number: int) -> bool:
        try:
            store.put("bucket", "key", [b"%d" % number], check=create)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def test_live_writer_is_not_swept_away(store: ObjectStore, tmp_path: Path) -> None:
    with store.stage() as staged:
        staged.write(b"content")
        ObjectStore(tmp_path)
        store.put_staged("bucket", "key", staged)
    assert content(store, "key") == b"content"


@pytest.mark.parametrize("work", ["put", "adopt", "delete", "complete", "buckets"])
def test_kill_at_every_step_tears_nothing(tmp_path: Path, work: str) -> None:
    script = Path(__file__).with_name("objects_killed.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path, work], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5  # kills
