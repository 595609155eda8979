"""Worker processes that call a Python function, one configuration at a time, until they are closed or die."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from tunesmith.backends.function_call import Outcome, call, failure
from tunesmith.core.space import Config
from tunesmith.core.training_job import JobStatus
from tunesmith.training.report import Sink

_Function = Callable[[Config], Any]
_ONE_AT_A_TIME = threading.Lock()  # two threads that start or join processes at once may lose an exit code
_LAST_WORDS_SECONDS = 5.0  # how long the exit code of a process that has gone may take to arrive
_ADVICE = (
    "define it at the top level of a module that can be imported, install cloudpickle, "
    "or use workers='threads'"
)


class WorkerPool:
    """Calls functions in worker processes: as many as there are calls at a time, used again and again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: dict[str, _Worker] = {}
        self._alive: set[_Worker] = set()
        self._pickled: tuple[_Function, bytes] | None = None  # the latest function
        # Python waits for its processes when it ends, so by then they must have been ended.
        weakref.finalize(self, _kill, self._alive)

    def check(self, function: _Function) -> None:
        """Raise ValueError, saying what to do, for a function that cannot be sent to processes."""
        self._payload(function)

    def call(
        self,
        *,
        key: str,
        function: _Function,
        config: Config,
        metric: str,
        sink: Sink,
        is_stopped: Callable[[], bool],
        checkpoints: str | None = None,
    ) -> Outcome:
        """Call the function in a worker process and wait for its end.

        Args:
            key: What `terminate` knows this call by.
            function: The function.
            config: Its argument.
            metric: What a plain number is called that it returns.
            sink: Takes its reports.
            is_stopped: Whether the call has been stopped before `terminate` could have had an effect.
            checkpoints: The folder where it keeps them, None if it keeps none.
        """
        worker = self._idle_worker(function) or _Worker(function, self._payload(function))
        with self._lock:
            self._alive.add(worker)
            self._busy[key] = worker
        if is_stopped():
            worker.kill()
        try:
            return worker.call(config, metric, sink, checkpoints)
        finally:
            with self._lock:
                del self._busy[key]
                (self._idle.append if worker.is_usable else self._alive.discard)(worker)

    def terminate(self, key: str, grace_seconds: float) -> None:
        """End the process of this call and its children: SIGTERM, the grace period, SIGKILL."""
        with self._lock:
            if key in self._busy:
                self._busy[key].terminate(grace_seconds)

    def close(self) -> None:
        """Kill all worker processes."""
        with self._lock:
            _kill(self._alive)

    def _idle_worker(self, function: _Function) -> _Worker | None:
        """Take a worker of this function that has nothing to do; those of other functions are ended."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.function is function and worker.is_usable:
                    return worker
                worker.kill()
                self._alive.discard(worker)
        return None

    def _payload(self, function: _Function) -> bytes:
        """The pickled function; it may hold a data set, so it is made once."""
        if self._pickled is None or self._pickled[0] is not function:
            self._pickled = (function, _dumps(function))
        return self._pickled[1]


class _Worker:
    """One process in its own session, bound to one function. Not for two calls at a time.

    The process is new rather than a copy of ours (`forkserver`, or `spawn` where that is the custom), because
    copies of a process with threads may hang. It ends with the process that made it, however that ends.
    """

    def __init__(self, function: _Function, payload: bytes) -> None:
        self.function = function
        self.is_usable = True
        self._is_ready = False
        self._killer: threading.Timer | None = None
        on_linux = sys.platform == "linux"
        context = (
            multiprocessing.get_context("forkserver") if on_linux else multiprocessing.get_context("spawn")
        )
        self._connection, theirs = context.Pipe()
        # No daemon in the sense of multiprocessing: those may not have children, as data loaders need them.
        self._process = context.Process(target=_serve, args=(theirs, payload), name="tunesmith-worker")
        with _ONE_AT_A_TIME:
            self._process.start()
        theirs.close()

    def call(self, config: Config, metric: str, sink: Sink, checkpoints: str | None = None) -> Outcome:
        """Call the function in the process; blocks until it has returned, raised, or died with its process."""
        try:
            if not self._is_ready:
                self._await_ready()
            self._connection.send((dict(config), metric, checkpoints))
            while isinstance(message := self._receive(), bytes):
                sink(message)
        except (EOFError, OSError):
            return self._died()
        return message

    def terminate(self, grace_seconds: float) -> None:
        """Send SIGTERM to the process and its children, and SIGKILL after the grace period."""
        self.is_usable = False
        self._signal(signal.SIGTERM)
        self._killer = threading.Timer(grace_seconds, self.kill)
        self._killer.daemon = True
        self._killer.start()

    def kill(self) -> None:
        """End the process and its children now."""
        self.is_usable = False
        self._signal(signal.SIGKILL)

    def _await_ready(self) -> None:
        self._receive()
        self._is_ready = True

    def _receive(self) -> bytes | Outcome:
        """The next message. Raises EOFError once the process is gone, even if a child of it holds on."""
        wait([self._connection, self._process.sentinel])
        if not self._connection.poll():
            raise EOFError
        message: bytes | Outcome = self._connection.recv()
        return message

    def _died(self) -> Outcome:
        wait([self._process.sentinel], _LAST_WORDS_SECONDS)
        with _ONE_AT_A_TIME:
            code = self._process.exitcode
        self.kill()  # what it has left behind
        if self._killer is not None:
            self._killer.cancel()
        killer = signal.Signals(-code).name if code is not None and code < 0 else None
        how = f"was killed by {killer}" if killer else f"ended with exit code {code}"
        reason = f"the worker process {how} while it ran the function"
        if not self._is_ready:
            reason = (
                f"the worker process {how} before it could call the function; a script that uses processes "
                "must call Tunesmith under `if __name__ == '__main__':`"
            )
        return Outcome(JobStatus.FAILED, reason=reason)

    def _signal(self, number: signal.Signals) -> None:
        pid = self._process.pid or 0
        with suppress(ProcessLookupError):
            if self._is_ready:
                os.killpg(pid, number)
            else:  # too young to have its own session, perhaps
                os.kill(pid, number)


def _kill(workers: set[_Worker]) -> None:
    for worker in workers:
        worker.kill()
    workers.clear()


def _dumps(function: _Function) -> bytes:
    """Pickle a function by its name if the worker can import it, else as a whole if cloudpickle is there."""
    main = sys.modules["__main__"]
    reason = "it was typed into an interactive session"
    if getattr(function, "__module__", None) != "__main__" or hasattr(main, "__file__"):
        try:
            return pickle.dumps(function)
        except Exception as error:  # noqa: BLE001 - pickling runs the code of whatever the function holds
            reason = str(error)
    with suppress(ImportError):
        pickled: bytes = importlib.import_module("cloudpickle").dumps(function)
        return pickled
    msg = f"{function!r} cannot be sent to worker processes ({reason}); {_ADVICE}"
    raise ValueError(msg)


def _serve(connection: Connection, payload: bytes) -> None:
    """What a worker process does: say that it is ready, then answer the arguments of a call with an `Outcome`."""
    os.setsid()  # so that Ctrl-C is the controller's business, and children can be ended with us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection.send(b"ready")
    function = _loads(payload)
    turn = threading.Lock()  # the function may report from several threads

    def send(message: bytes | Outcome) -> None:
        with turn:
            connection.send(message)

    with suppress(EOFError):
        while True:
            config, metric, checkpoints = connection.recv()
            if isinstance(function, Outcome):
                send(function)
            else:
                send(call(function, config, metric, send, checkpoints))


def _loads(payload: bytes) -> _Function | Outcome:
    """The function, or the outcome of every call of it if it cannot be found here."""
    try:
        function: _Function = pickle.loads(payload)  # noqa: S301 - it comes from our own parent
    except Exception as error:  # noqa: BLE001 - this imports the user's modules
        return failure(error)
    return function


def _end_with_parent() -> None:
    """End this process and its children when the controller is gone, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(os.getpgrp(), signal.SIGKILL)
