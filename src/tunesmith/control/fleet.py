"""The fleet: it drives every open job of a store, each in a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread

from tunesmith.backends.protocol import Backend
from tunesmith.control.clock import utc_now
from tunesmith.control.controller import Controller
from tunesmith.control.plan import Pause
from tunesmith.store.errors import Claimed, NotFound, StoreError
from tunesmith.store.store import Store

_LOOK_SECONDS = 1.0  # how soon a new job is found, and a claimed one tried again, when nobody wakes us
_LONGEST_BACKOFF = 60.0  # seconds from one failure of a controller to the next try

_log = logging.getLogger(__name__)


class Fleet:
    """Drives all jobs of a store that have not ended, also those that other processes add.

    Nothing is lost when it is killed: training jobs run on, and the next fleet takes them up. Jobs that another
    controller drives are left to it, and tried again. Where a controller fails, its job is tried again later, and
    the others go on.
    """

    def __init__(
        self,
        store: Store,
        backend_factory: Callable[[], Backend],
        clock: Callable[[], datetime] = utc_now,
        *,
        most: int = 200,
    ) -> None:
        """Drive the jobs of a store, each with a backend of its own, and the oldest `most` of them at a time."""
        self._store = store
        self._backend_factory = backend_factory
        self._clock = clock
        self._most = most
        self._wakes: SimpleQueue[None] = SimpleQueue()  # unlike an Event, it may be used in signal handlers
        self._is_stopped = False
        self._leaving = Event()
        self._threads: dict[str, Thread] = {}

    def run(self) -> None:
        """Drive until `stop` is called; then every controller lets go, and what runs goes on running."""
        try:
            while not self._is_stopped:
                self._look()
                self._sleep()
        finally:
            self._leaving.set()
            for thread in self._threads.values():
                thread.join()

    def wake(self) -> None:
        """Look for new jobs now. May be called from any thread, and from signal handlers."""
        self._wakes.put(None)

    def stop(self) -> None:
        """Make `run` return soon. May be called from any thread, and from signal handlers."""
        self._is_stopped = True
        self.wake()

    def _sleep(self) -> None:
        """Wait until somebody wakes us; who did so meanwhile has been heard, too."""
        with suppress(Empty):
            self._wakes.get(timeout=_LOOK_SECONDS)
            while True:
                self._wakes.get_nowait()

    def _look(self) -> None:
        """See to it that every open job has a thread."""
        try:
            names = self._store.open_jobs()
        except StoreError:
            _log.exception("cannot look for open jobs; trying again")
            return
        self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}
        waiting = [name for name in names if name not in self._threads]
        for name in waiting[: self._most - len(self._threads)]:
            self._threads[name] = Thread(
                target=self._drive, args=(name,), name=f"tunesmith-{name}", daemon=True
            )
            self._threads[name].start()

    def _drive(self, name: str) -> None:
        """Drive one job until it has ended or we leave; if it is claimed or gone, `_look` sees what to do."""
        failures = 0
        while not self._leaving.is_set():
            began = time.monotonic()
            try:
                Controller(self._store, self._backend_factory(), self._clock).run(
                    name, pause=self._pause, rests=True
                )
            except (Claimed, NotFound) as reason:
                _log.debug("%s", reason)
                return
            except Exception:  # noqa: BLE001 - whatever it is, the other jobs must go on
                failures = 1 if time.monotonic() - began > _LONGEST_BACKOFF else failures + 1
                seconds = min(2.0 ** (failures - 1), _LONGEST_BACKOFF)
                _log.exception("the controller of %s failed; the next try is in %g seconds", name, seconds)
                self._leaving.wait(seconds)
            else:
                return

    def _pause(self) -> Pause:
        return Pause.LEAVE if self._leaving.is_set() else Pause.GO
