"""Claims: only one controller may drive a tuning job, and a killed one's claim is free at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import IO, TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, func, select
from sqlalchemy.pool import NullPool

from tunesmith.store.engine import database_file
from tunesmith.store.errors import Claimed

Claims: TypeAlias = Callable[[str, int], AbstractContextManager[None]]
"""Claims the tuning job of a name and id for as long as the context lasts; raises `Claimed` if another has it."""

ADVISORY = (
    0x74756E65  # "tune": the first of the two numbers of our PostgreSQL locks; the second is the job's id
)

_locked: set[IO[str]] = set()


def claims_of(url: URL) -> Claims:
    """The claims on the jobs of a database."""
    file = database_file(url)
    if file is not None:
        return file_claims(file)
    return memory_claims() if url.get_backend_name() == "sqlite" else server_claims(url)


def memory_claims() -> Claims:
    """Claims inside this process."""
    held: set[int] = set()
    lock = Lock()

    @contextmanager
    def claim(name: str, job_id: int) -> Iterator[None]:
        with lock:
            if job_id in held:
                raise Claimed(name, os.getpid())
            held.add(job_id)
        try:
            yield
        finally:
            held.discard(job_id)

    return claim


def file_claims(database: Path) -> Claims:
    """Claims by locked files beside an SQLite database."""

    @contextmanager
    def claim(name: str, job_id: int) -> Iterator[None]:
        path = Path(f"{database}-lock-{job_id}")
        try:
            file = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Claimed(name, _holder(path)) from None
        with _unlocking(file, path):
            yield

    return claim


def server_claims(url: URL) -> Claims:
    """Claims by PostgreSQL's advisory locks, all on one connection, which is there while something is claimed."""
    # In autocommit, because a transaction that is open for hours would hold up the server's cleaning.
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    # A session would give itself a lock that it has: threads of one process tell each other.
    ours = memory_claims()
    session = _Session(engine)

    @contextmanager
    def claim(name: str, job_id: int) -> Iterator[None]:
        with ours(name, job_id):
            if not session.lock(job_id):
                raise Claimed(name)
            try:
                yield
            finally:
                session.unlock(job_id)

    return claim


class _Session:
    """A connection that holds locks, and ends with the last of them; a lost connection has lost them already."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = Lock()
        self._held: set[int] = set()
        self._connection: Connection | None = None

    def lock(self, job_id: int) -> bool:
        """Try to lock; whether it worked."""
        with self._turn:
            connection = self._connection = self._connection or self._engine.connect()
            try:
                if connection.scalar(select(func.pg_try_advisory_lock(ADVISORY, job_id))):
                    self._held.add(job_id)
            finally:
                self._close_idle()
            return job_id in self._held

    def unlock(self, job_id: int) -> None:
        """Give up a lock."""
        with self._turn:
            self._held.discard(job_id)
            try:
                if self._connection is not None and self._held:
                    self._connection.execute(select(func.pg_advisory_unlock(ADVISORY, job_id)))
            finally:
                self._close_idle()

    def _close_idle(self) -> None:
        if self._connection is not None and not self._held:
            self._connection.close()
            self._connection = None


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Wait for the lock file `path`, hold it, and remove it."""
    with _unlocking(_lock(path, fcntl.LOCK_EX), path):
        yield


def _lock(path: Path, operation: int) -> IO[str]:
    while True:
        file = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, operation)
            if _is_at(file, path):
                break
        except BaseException:
            file.close()
            raise
        file.close()  # its last holder has removed it meanwhile
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


@contextmanager
def _unlocking(file: IO[str], path: Path) -> Iterator[None]:
    _locked.add(file)
    try:
        yield
    finally:
        _locked.discard(file)
        if not file.closed:
            path.unlink(missing_ok=True)  # before the lock ends: afterwards it may be another's
            file.close()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> int | None:
    """The process that holds a lock file, None if it has let go or not said yet."""
    with suppress(FileNotFoundError, ValueError):
        return int(path.read_text(encoding="ascii"))
    return None


def _forget_locks() -> None:
    """Close a forked child's copies: they would keep the locks when the parent is killed."""
    for file in _locked:
        file.close()
    _locked.clear()


os.register_at_fork(after_in_child=_forget_locks)
