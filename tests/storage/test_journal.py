from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.storage.objects import ObjectStore


@pytest.mark.parametrize("text", [b"{", b"\0\0\0\0", b'{"record": 1}'])
def test_journal_torn_by_a_power_failure_does_no_harm(tmp_path: Path, text: bytes) -> None:
    store = ObjectStore(tmp_path)
    store.create_bucket("bucket")
    store.put("bucket", "key", [b"content"])
    (tmp_path / "journal").write_bytes(text)
    assert ObjectStore(tmp_path).path("bucket", "key").read_bytes() == b"content"
    assert (tmp_path / "journal").read_bytes() == b""


@pytest.mark.parametrize("text", [b"", b"\0" * 20, b'{"key": "key"}'])
def test_record_torn_by_a_power_failure_is_no_object(tmp_path: Path, text: bytes) -> None:
    store = ObjectStore(tmp_path)
    store.create_bucket("bucket")
    store.put("bucket", "key", [b"content"])
    (tmp_path / "buckets" / "bucket" / "records" / "key.json").write_bytes(text)
    assert store.list("bucket").objects == []
    store.put("bucket", "key", [b"again"])
    assert store.path("bucket", "key").read_bytes() == b"again"
