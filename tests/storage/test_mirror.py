from __future__ import annotations

import os
from pathlib import Path

import pytest

from tunesmith.storage.disk_shelf import DiskShelf
from tunesmith.storage.mirror import Mirror
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.shelf import Shelf, TransferError
from tunesmith.storage.transfer import Places


class Side:
    """A folder, the place that it is kept in step with, and what is seen of both."""

    def __init__(self, place: str, places: Places, root: Path) -> None:
        self.folder = root / "checkpoints"
        self.folder.mkdir()
        self._place, self._places, self._root = place, places, root

    def mirror(self) -> Mirror:
        return self._places.mirror(self.folder, self._place, self._root / "memory.json")

    def write(self, name: str, content: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(content)

    def there(self) -> dict[str, str]:
        """What the place holds."""
        look = self._root / "look"
        mirror = self._places.mirror(look, self._place, self._root / "other.json")
        look.mkdir()
        mirror.restore()
        found = {str(f.relative_to(look)): f.read_text() for f in sorted(look.rglob("*")) if f.is_file()}
        for path in sorted(look.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        look.rmdir()
        return found


@pytest.fixture(params=["a folder", "S3"])
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Side:
    store = ObjectStore(tmp_path / "objects")
    store.create_bucket("bucket")
    place = str(tmp_path / "kept" / "job-1") if request.param == "a folder" else "s3://bucket/kept/job-1"
    return Side(place, Places(tmp_path / "objects"), tmp_path)


def test_at_the_end_all_of_it_is_there(side: Side) -> None:
    side.write("a", "1")
    side.write("deep/er/b", "2")
    side.mirror().push_all()
    assert side.there() == {"a": "1", "deep/er/b": "2"}
    side.write("a", "changed")
    (side.folder / "deep/er/b").unlink()
    side.mirror().push_all()  # of another process, which remembers
    assert side.there() == {"a": "changed"}


def test_it_is_restored_and_goes_on(side: Side) -> None:
    side.write("a", "1")
    side.write("b/c", "2")
    side.mirror().push_all()
    (side.folder / "a").unlink()
    (side.folder / "b/c").unlink()
    side.mirror().restore()
    assert (side.folder / "b/c").read_text() == "2"
    (side.folder / "a").unlink()
    side.mirror().push_all()
    assert side.there() == {"b/c": "2"}


def test_nothing_there_is_nothing_to_restore(side: Side) -> None:
    side.mirror().restore()
    assert list(side.folder.iterdir()) == []


def test_a_name_that_another_one_begins_with_is_told_apart(side: Side, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x").write_text("not ours")
    place = side._place.replace("job-1", "job-10")
    side._places.mirror(other, place, tmp_path / "10.json").push_all()
    side.mirror().restore()
    assert list(side.folder.iterdir()) == []


def test_a_file_is_taken_when_it_has_settled(side: Side) -> None:
    mirror = side.mirror()
    side.write("a", "1")
    mirror.push_settled()
    assert side.there() == {}
    side.write("a", "12")
    mirror.push_settled()
    assert side.there() == {}
    mirror.push_settled()
    assert side.there() == {"a": "12"}


def test_nothing_is_removed_while_its_successor_is_on_its_way(side: Side) -> None:
    mirror = side.mirror()
    side.write("epoch-1", "1")
    mirror.push_all()
    mirror.push_settled()
    (side.folder / "epoch-1").unlink()
    side.write("epoch-2", "2")
    mirror.push_settled()
    assert side.there() == {"epoch-1": "1"}
    mirror.push_settled()
    assert side.there() == {"epoch-2": "2"}


def test_what_others_put_there_stays(side: Side) -> None:
    mirror = side.mirror()
    side.write("mine", "1")
    mirror.push_all()
    (side.folder / "note").write_text("theirs")
    side._places.deliver(side.folder / "note", f"{side._place}/note")
    (side.folder / "note").unlink()
    side.write("mine", "2")
    side.mirror().push_all()
    assert side.there() == {"mine": "2", "note": "theirs"}


class Counting(DiskShelf):
    """A folder that notes what is put into it, and refuses what it is told to."""

    def __init__(self) -> None:
        self.puts: list[str] = []
        self.refused = ""

    def put(self, file: Path, key: str) -> None:
        if self.refused and key.endswith(self.refused):
            msg = "no"
            raise TransferError(msg)
        self.puts.append(Path(key).name)
        super().put(file, key)


def make(tmp_path: Path, shelf: Shelf) -> Mirror:
    (tmp_path / "from").mkdir(exist_ok=True)
    return Mirror(tmp_path / "from", shelf, f"{tmp_path}/to/", tmp_path / "memory.json")


def test_only_what_has_changed_is_sent_the_oldest_first(tmp_path: Path) -> None:
    shelf = Counting()
    mirror = make(tmp_path, shelf)
    for time, name in ((3, "a"), (1, "c"), (2, "b")):
        (tmp_path / "from" / name).write_text(name)
        os.utime(tmp_path / "from" / name, (time, time))
    mirror.push_all()
    assert shelf.puts == ["c", "b", "a"]
    (tmp_path / "from/b").write_text("other")
    make(tmp_path, shelf).push_all()
    assert shelf.puts == ["c", "b", "a", "b"]


def test_after_a_failure_it_goes_on_where_it_was(tmp_path: Path) -> None:
    shelf = Counting()
    mirror = make(tmp_path, shelf)
    for time, name in ((1, "a"), (2, "b")):
        (tmp_path / "from" / name).write_text(name)
        os.utime(tmp_path / "from" / name, (time, time))
    shelf.refused = "b"
    with pytest.raises(TransferError):
        mirror.push_all()
    shelf.refused = ""
    make(tmp_path, shelf).push_all()
    assert shelf.puts == ["a", "b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["from", "memory.json", "to"]


def test_what_a_killed_copy_left_is_no_checkpoint_and_goes_at_the_end(tmp_path: Path) -> None:
    left = tmp_path / "to" / ".0123456789abcdef.partial"
    left.parent.mkdir()
    left.write_text("half")
    mirror = make(tmp_path, DiskShelf())
    mirror.restore()
    assert list((tmp_path / "from").iterdir()) == []
    (tmp_path / "from/a").write_text("1")
    mirror.push_all()
    assert [path.name for path in left.parent.iterdir()] == ["a"]


def test_pipes_and_broken_links_are_left_out(tmp_path: Path) -> None:
    mirror = make(tmp_path, DiskShelf())
    os.mkfifo(tmp_path / "from/pipe")
    (tmp_path / "from/link").symlink_to("nowhere")
    mirror.push_all()
    assert not (tmp_path / "to").exists()


def test_a_name_that_cannot_be_a_key_is_named(tmp_path: Path) -> None:
    mirror = make(tmp_path, DiskShelf())
    Path(os.fsdecode(os.fsencode(tmp_path / "from") + b"/\xff")).write_text("1")
    with pytest.raises(TransferError, match="not UTF-8"):
        mirror.push_all()
