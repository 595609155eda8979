from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

from tunesmith.backends.shim.supervisor import wake
from tunesmith.backends.wakeup import Wakeup


def test_waking_reaches_everyone_who_waits(tmp_path: Path) -> None:
    first, second = Wakeup(tmp_path / "wake"), Wakeup(tmp_path / "wake")
    waiters = [threading.Thread(target=wakeup.wait, args=(60,)) for wakeup in (first, second)]
    for waiter in waiters:
        waiter.start()
    wake(str(tmp_path / "wake"))
    for waiter in waiters:
        waiter.join(30)
        assert not waiter.is_alive()


def test_a_byte_that_came_before_is_not_lost_and_wakes_once(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "wake")
    wake(str(tmp_path / "wake"))
    wake(str(tmp_path / "wake"))
    waiter = threading.Thread(target=wakeup.wait, args=(60,))
    waiter.start()
    waiter.join(30)
    assert not waiter.is_alive()
    waiter = threading.Thread(target=wakeup.wait, args=(60,))
    waiter.start()
    waiter.join(0.05)
    assert waiter.is_alive()
    wake(str(tmp_path / "wake"))
    waiter.join(30)
    assert not waiter.is_alive()


def test_a_full_pipe_does_not_hold_up_who_wakes(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path / "wake")
    for _ in range(70_000):  # a pipe holds 65,536 bytes
        try:
            os.write(wakeup._file, b"\0")
        except BlockingIOError:
            break
    wake(str(tmp_path / "wake"))
    wakeup.wait(60)


def test_pipes_that_nobody_reads_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "wake"
    wakeup = Wakeup(folder)
    os.mkfifo(folder / "left-over")
    wake(str(folder))
    assert not (folder / "left-over").exists()
    assert len(list(folder.iterdir())) == 1
    del wakeup
    gc.collect()
    assert list(folder.iterdir()) == []
