"""Kills a writer at each of its calls that touch the file system, one after the other, and looks at what is left."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tunesmith.storage.errors import NoSuchKey
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.uploads import Part

OLD, NEW = b"old" * 1000, b"new" * 2000


def put(store: ObjectStore) -> None:
    store.put("bucket", "key", [NEW])


def adopt(store: ObjectStore) -> None:
    store.adopt("bucket", "key", Path(sys.argv[1], "new"))


def delete(store: ObjectStore) -> None:
    store.delete("bucket", "key")


def complete(store: ObjectStore) -> None:
    upload = store.uploads("bucket")[0]
    [part] = store.parts("bucket", "key", upload.id)
    store.complete_upload("bucket", "key", upload.id, [Part(1, part.etag)])


def buckets(store: ObjectStore) -> None:
    store.create_bucket("another")
    store.delete_bucket("another")


def prepare(root: Path) -> ObjectStore:
    shutil.rmtree(root, ignore_errors=True)
    store = ObjectStore(root)
    store.create_bucket("bucket")
    store.put("bucket", "key", [OLD])
    upload = store.begin_upload("bucket", "key")
    with store.stage() as staged:
        store.put_part("bucket", "key", upload.id, 1, staged.write_all([NEW]))
    return store


def killed(work: Callable[[ObjectStore], None], store: ObjectStore, step: int) -> bool:
    """Do the work in a process that is killed just before its call number `step`; False if it has fewer."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _arguments: object) -> None:
            nonlocal left
            if event == "open" or event.startswith(("os.", "fcntl.")):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        work(store)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def check(root: Path, *, may_be_gone: bool) -> None:
    store = ObjectStore(root)  # tidies up
    contents = {path.name for path in (root / "buckets" / "bucket" / "data").iterdir()}
    try:
        info, file = store.open("bucket", "key")
        with file:
            text = file.read()
        assert text in {OLD, NEW}, text[:20]
        assert info.size == len(text)
        assert contents == {info.file}
        assert [found.key for found in store.list("bucket").objects] == ["key"]
    except NoSuchKey:
        assert may_be_gone
        assert not contents
    assert not list((root / "staging").iterdir())
    for upload in store.uploads("bucket"):
        store.abort_upload("bucket", upload.key, upload.id)
    if store.has_bucket("another"):
        store.delete_bucket("another")


def main() -> None:
    folder, work = (
        Path(sys.argv[1]),
        {w.__name__: w for w in (put, adopt, delete, complete, buckets)}[sys.argv[2]],
    )
    (folder / "new").write_bytes(NEW)
    os.fsync = lambda _descriptor: None  # type: ignore[assignment] # kills need no disk
    step = 1
    while killed(work, prepare(folder / "store"), step):
        check(folder / "store", may_be_gone=work is delete)
        step += 1
    check(folder / "store", may_be_gone=work is delete)
    sys.stdout.write(f"{step - 1}\n")


if __name__ == "__main__":
    main()
