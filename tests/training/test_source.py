from __future__ import annotations

import gzip
import io
import os
import tarfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tunesmith.core.training_job import Script
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.transfer import Places
from tunesmith.training import source
from tunesmith.training.source import copy, frozen, snapshot


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a bit of everything that real ones have."""
    folder = tmp_path / "project"
    for name in (
        "train.py",
        "lib/model.py",
        ".git/config",
        "__pycache__/x.pyc",
        "env/pyvenv.cfg",
        "env/x.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}")
    (folder / "empty").mkdir()
    (folder / "run.sh").write_text("exit 0")
    (folder / "run.sh").chmod(0o700)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_snapshot_holds_the_source_and_nothing_else(project: Path, cache: Path) -> None:
    frozen = snapshot(str(project), cache)
    assert files(frozen) == ["empty", "lib", "lib/model.py", "run.sh", "train.py"]
    assert (frozen / "lib" / "model.py").read_text() == "# lib/model.py"
    assert os.access(frozen / "run.sh", os.X_OK)
    assert not os.access(frozen / "train.py", os.X_OK)
    assert list((cache / "sources").iterdir()) == [frozen]


def test_the_name_is_a_function_of_the_content(project: Path, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    copy(snapshot(str(project), cache), other)
    assert snapshot(str(other), tmp_path / "cache2").name == snapshot(str(project), cache).name
    names = {snapshot(str(other), cache)}
    (other / "train.py").write_text("# train-py")
    names.add(snapshot(str(other), cache))
    (other / "train.py").chmod(0o755)
    names.add(snapshot(str(other), cache))
    (other / "train.py").rename(other / "main.py")
    names.add(snapshot(str(other), cache))
    (other / "empty").rmdir()
    names.add(snapshot(str(other), cache))
    assert len(names) == 5


def test_a_snapshot_is_its_own(project: Path, cache: Path) -> None:
    frozen = snapshot(str(project), cache)
    (project / "train.py").write_text("changed")
    assert snapshot(str(frozen), cache) == frozen
    assert (frozen / "train.py").read_text() == "# train.py"


def test_a_snapshot_is_found_after_its_cache_has_been_moved(
    project: Path, cache: Path, tmp_path: Path
) -> None:
    frozen = snapshot(str(project), cache)
    moved = cache.rename(tmp_path / "moved")
    assert snapshot(str(frozen), moved) == moved / "sources" / frozen.name


def test_an_unchanged_source_is_not_read_again(
    project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = snapshot(str(project), cache)
    monkeypatch.setattr(source, "_freeze", lambda *_: pytest.fail("it was read again"))
    assert snapshot(str(project), cache) == frozen


def test_a_removed_snapshot_comes_back(project: Path, cache: Path, tmp_path: Path) -> None:
    frozen = snapshot(str(project), cache)
    frozen.rename(tmp_path / "gone")
    assert snapshot(str(project), cache) == frozen
    assert files(frozen) == files(tmp_path / "gone")


def test_links_are_followed_and_circles_are_not(project: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "common.py").write_text("shared")
    (project / "shared").symlink_to(tmp_path / "shared")
    (project / "main.py").symlink_to("train.py")
    (project / "lib" / "up").symlink_to("..")
    (project / "dangling").symlink_to("nowhere")
    frozen = snapshot(str(project), cache)
    assert (frozen / "shared" / "common.py").read_text() == "shared"
    assert (frozen / "main.py").read_text() == "# train.py"
    assert not any(path.is_symlink() for path in frozen.rglob("*"))
    assert not (frozen / "lib" / "up").exists()
    assert not (frozen / "dangling").exists()


def test_a_cache_inside_of_the_source_is_not_source(project: Path) -> None:
    first = snapshot(str(project), project / "cache")
    (project / "train.py").write_text("changed")
    second = snapshot(str(project), project / "cache")
    assert not (first / "cache").exists()
    assert not (second / "cache").exists()


def test_too_much_is_refused(project: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 20)
    with pytest.raises(ValueError, match=r"source: .*project' is refused: .*give data as channels"):
        snapshot(str(project), cache)


def test_a_missing_source_is_refused(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ValueError, match=r"source: '.*nowhere' does not exist; give a folder or a .tar.gz"):
        snapshot(str(tmp_path / "nowhere"), cache)


def test_processes_that_freeze_the_same_at_once_agree(project: Path, cache: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        names = {f.result() for f in [pool.submit(snapshot, str(project), cache) for _ in range(8)]}
    assert len(names) == 1
    assert list((cache / "sources").iterdir()) == [names.pop()]


def test_a_tarball_and_a_folder_of_the_same_content_are_the_same(
    project: Path, cache: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "sourcedir.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(project.iterdir()):
            tar.add(path, arcname=path.name)
    assert snapshot(str(archive), cache) == snapshot(str(project), cache)


def test_a_chain_of_links_leads_nowhere_out_of_a_tarball(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    archive = tmp_path / "evil.tar.gz"
    links = {"a/b/c/up": "../..", "a/b/out": "c/up/../../../../secret"}  # each inside when read as text
    with tarfile.open(archive, "w:gz") as tar:
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    assert not [path for path in snapshot(str(archive), cache).rglob("*") if path.is_file()]


def test_links_inside_of_a_tarball_are_followed(cache: Path, tmp_path: Path) -> None:
    archive = tmp_path / "links.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        file = tarfile.TarInfo("lib/model.py")
        file.size = 4
        tar.addfile(file, io.BytesIO(b"pass"))
        for name, kind, target in (
            ("model.py", tarfile.SYMTYPE, "lib/model.py"),
            ("hard.py", tarfile.LNKTYPE, "lib/model.py"),
            ("alias", tarfile.SYMTYPE, "lib"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            tar.addfile(member)
    frozen = snapshot(str(archive), cache)
    assert files(frozen) == ["alias", "alias/model.py", "hard.py", "lib", "lib/model.py", "model.py"]
    assert {(frozen / name).read_text() for name in ("hard.py", "model.py", "alias/model.py")} == {"pass"}


def test_links_that_multiply_a_tarball_are_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_ENTRIES", 1000)
    archive = tmp_path / "laughs.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("d0/file"))
        for level in range(1, 20):
            for name in "ab":
                member = tarfile.TarInfo(f"d{level}/{name}")
                member.type, member.linkname = tarfile.SYMTYPE, f"../d{level - 1}"
                tar.addfile(member)
    with pytest.raises(ValueError, match="holds more than"):
        snapshot(str(archive), cache)


def test_something_else_than_a_tarball_is_refused(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print()")
    with pytest.raises(ValueError, match=r"train.py' is refused: it cannot be unpacked as the .tar.gz"):
        snapshot(str(tmp_path / "train.py"), cache)
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"print()"))
    with pytest.raises(ValueError, match="cannot be unpacked"):
        snapshot(str(tmp_path / "x.gz"), cache)


def test_a_copy_is_the_jobs_own_and_is_made_once(project: Path, cache: Path, tmp_path: Path) -> None:
    frozen, code = snapshot(str(project), cache), tmp_path / "code"
    (tmp_path / ".code.partial").mkdir()  # left by a process that was killed
    (tmp_path / ".code.partial" / "half").touch()
    copy(frozen, code)
    assert files(code) == files(frozen)
    (code / "train.py").write_text("changed by the job")
    copy(frozen, code)
    assert (code / "train.py").read_text() == "changed by the job"
    assert (frozen / "train.py").read_text() == "# train.py"


def test_a_data_folder_inside_the_source_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("pass")
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    (tmp_path / "data" / "tunesmith.db").write_text("facts")
    frozen = snapshot(str(tmp_path), cache)
    assert [path.name for path in frozen.iterdir()] == ["train.py"]


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects")
    store.create_bucket("bucket")
    return store


def test_a_tarball_in_s3_is_frozen_like_a_folder(
    project: Path, cache: Path, objects: ObjectStore, tmp_path: Path
) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        tar.add(project, arcname=".")
    objects.put("bucket", "code/sourcedir.tar.gz", [content.getvalue()])
    script = Script("s3://bucket/code/sourcedir.tar.gz", "train.py", "python3")
    made = frozen(script, cache, Places(tmp_path / "objects"))
    assert made == Script(str(snapshot(str(project), cache)), "train.py", "python3")
    objects.delete("bucket", "code/sourcedir.tar.gz")
    assert frozen(made, cache, Places(tmp_path / "objects")) == made
    assert [path.name for path in cache.iterdir()] == ["sources"]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("none.tar.gz", r"'s3://bucket/none.tar.gz' cannot be fetched: there is no file 's3://bucket/none"),
        ("junk.tar.gz", r"'s3://bucket/junk.tar.gz' is refused: it cannot be unpacked"),
        ("large.tar.gz", r"'s3://bucket/large.tar.gz' cannot be fetched: .* holds 21 bytes; at most 20 are"),
    ],
)
def test_a_source_in_s3_that_is_none_is_refused(
    key: str, why: str, cache: Path, objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 20)
    objects.put("bucket", "junk.tar.gz", [b"junk"])
    objects.put("bucket", "large.tar.gz", [b"x" * 21])
    with pytest.raises(ValueError, match=f"^source: {why}"):
        snapshot(f"s3://bucket/{key}", cache, Places(tmp_path / "objects"))
