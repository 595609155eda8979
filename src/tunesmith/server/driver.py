"""The process that drives the tuning jobs, beside the one that answers requests.

A suggestion keeps a core busy for some milliseconds and holds Python's lock for parts of it; in a process of its own
it cannot delay an answer, nor can a crash of it lose one.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from contextlib import suppress

from tunesmith.server.options import ServerOptions

_log = logging.getLogger(__name__)
_RESTART_SECONDS = 1.0
_END_SECONDS = 10.0


class Driver:
    """Runs `tunesmith.server.drive` and starts it again should it die; it ends with this process, however that ends.

    The two are joined by the driver's standard input: its first line is the options (they may hold a password, which
    arguments would show to everybody), any other line is a wake-up, and its end is the order to end.
    """

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._process = self._launch()
        self._watcher = threading.Thread(target=self._watch, name="driver", daemon=True)
        self._watcher.start()

    def wake(self) -> None:
        """Let the driver look for work at once. It looks by itself, too, if this gets lost."""
        with self._lock, suppress(OSError, ValueError):  # it may just have died: then it is started anew
            print(file=self._process.stdin, flush=True)

    def stop(self) -> None:
        """End the driver; training jobs go on, and the next driver takes them up."""
        with self._lock:
            self._stopping.set()
            self._hang_up()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launch(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tunesmith.server.drive"]
        # In a process group of its own, so that the terminal's Ctrl-C does not end it before the server.
        process = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0, text=True, bufsize=1)
        with suppress(OSError):  # it may have died at once: `_watch` sees that
            print(self._options.to_json(), file=process.stdin, flush=True)
        return process

    def _hang_up(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            self._process.stdin.close()

    def _watch(self) -> None:
        while True:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            _log.error("the driver of the tuning jobs ended with code %s; starting it again", code)
            self._stopping.wait(_RESTART_SECONDS)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._hang_up()
                self._process = self._launch()
