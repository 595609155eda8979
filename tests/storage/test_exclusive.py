from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tunesmith.storage.exclusive import exclusive


def test_only_one_is_in_at_a_time(tmp_path: Path) -> None:
    inside = threading.Lock()

    def enter(_: int) -> None:
        for _ in range(50):
            with exclusive(tmp_path / "lock"):
                assert inside.acquire(blocking=False)
                inside.release()

    with ThreadPoolExecutor(4) as threads:
        assert len([*threads.map(enter, range(4))]) == 4


def test_an_error_lets_the_next_one_in(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), exclusive(tmp_path / "lock"):
        raise OSError("full")  # noqa: EM101 - what happens inside
    with exclusive(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()
