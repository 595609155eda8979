"""From a database URL to an engine with the settings that the store counts on."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from tunesmith.store.errors import StoreError

_PATIENCE = 60.0  # seconds to wait for other writers

# NORMAL: the last commits may be lost with the machine's power, never with a process, and a commit is 40 times
# faster than with FULL.
_PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")


def parse(url: str) -> URL:
    """Read a database URL and fill in the driver and the full path; raises StoreError if it is none of ours."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        shown = "" if "@" in url else f", not {url!r}"  # it may hold a password
        msg = f"a store is sqlite:///FILE, sqlite:// (in memory) or postgresql://USER@HOST/DATABASE{shown}"
        raise StoreError(msg) from None
    match parsed.get_backend_name():
        case "sqlite":
            return _parse_sqlite(parsed)
        case "postgresql" | "postgres":
            return _parse_postgresql(parsed)
        case other:
            msg = f"cannot store in {other!r}: the database URL must begin with sqlite:// or postgresql://"
            raise StoreError(msg)


def database_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory or on a server."""
    on_file = url.get_backend_name() == "sqlite" and url.database is not None
    return Path(str(url.database)) if on_file else None


def shown(url: URL) -> str:
    """The URL as a user writes it, without a password."""
    return str(url.set(drivername=url.get_backend_name()))


def connectable(url: URL) -> Engine:
    """Create the engine of a parsed URL; nothing is connected yet.

    Where the database itself fails (unreachable, full, read-only, locked for a minute) it raises StoreError.
    """
    engine = _create_sqlite(url) if url.get_backend_name() == "sqlite" else _create_postgresql(url)
    event.listen(engine, "handle_error", _explain)
    return engine


def _create_sqlite(url: URL) -> Engine:
    # In memory one connection is the whole database, and threads take turns with it.
    size, overflow = (1, 0) if url.database is None else (5, 10)
    engine = create_engine(
        url,
        connect_args={"timeout": _PATIENCE, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=overflow,
        pool_timeout=_PATIENCE,
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _create_postgresql(url: URL) -> Engine:
    try:
        return create_engine(url, pool_timeout=_PATIENCE)
    except ImportError as error:
        msg = "a store on PostgreSQL needs psycopg: pip install 'psycopg[binary]'"
        raise StoreError(msg) from error


def _set_pragmas(connection: SQLiteConnection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _explain(context: ExceptionContext) -> StoreError | None:
    if context.engine is None or not isinstance(context.sqlalchemy_exception, OperationalError):
        return None
    return StoreError(f"the store {shown(context.engine.url)} fails: {context.original_exception}")


def _parse_sqlite(url: URL) -> URL:
    plain = url.set(drivername="sqlite+pysqlite")
    if plain.database == ":memory:" or plain == URL.create("sqlite+pysqlite"):
        return URL.create("sqlite+pysqlite")
    if not plain.database or plain.host or plain.query or plain.database.startswith("file:"):
        msg = f"{url} names no file: write sqlite:///FILE, or sqlite:// for a store in memory"
        raise StoreError(msg)
    path = Path(plain.database).resolve()
    if not path.parent.is_dir():
        msg = f"{url}: there is no folder {path.parent}"
        raise StoreError(msg)
    return plain.set(database=str(path))


def _parse_postgresql(url: URL) -> URL:
    if not url.database:
        msg = f"{url} names no database: write postgresql://USER@HOST/DATABASE"
        raise StoreError(msg)
    return url.set(drivername="postgresql+psycopg")
