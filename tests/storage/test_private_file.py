from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.storage.private_file import write_private


def test_a_file_is_replaced_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    (tmp_path / ".secret.partial").write_text("left by one that was killed")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_without_its_folder_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "nowhere" / "secret", "text")
