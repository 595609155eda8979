"""Bringing a database to the layout of `tables`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import column, table

from tunesmith.store.claim import ADVISORY, file_lock
from tunesmith.store.engine import database_file, shown
from tunesmith.store.errors import StoreError
from tunesmith.store.tables import METADATA, VERSION, VERSION_TABLE

_alembic = Lock()  # it keeps the migration that runs in a global variable


def prepare(engine: Engine) -> None:
    """Create the tables or migrate them, whole or not at all, whoever else does so at the same time.

    Raises StoreError if the database cannot be opened or was written by a newer version.
    """
    file = database_file(engine.url)
    try:
        if file is not None:
            # SQLite does not wait ("database is locked") while another turns a new file's WAL on: a lock file does.
            with file_lock(Path(f"{file}-lock")), _transaction(engine) as connection:
                _migrate(connection)
        elif engine.dialect.name == "sqlite":
            METADATA.create_all(engine)
        else:
            with engine.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(ADVISORY, 0)))
                _migrate(connection)
    except (DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        msg = f"cannot open the store {shown(engine.url)}: {reason}"
        raise StoreError(msg) from error


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # sqlite3 by itself begins one for rows only
        yield connection


def _migrate(connection: Connection) -> None:
    version = _version(connection)
    if version == VERSION:
        return
    if version is not None and version > VERSION:
        msg = (
            f"the store {shown(connection.engine.url)} was written by a newer Tunesmith "
            f"(layout {version}, this one knows {VERSION}): update Tunesmith"
        )
        raise StoreError(msg)
    from alembic import command  # noqa: PLC0415 -- most stores are up to date, and this takes 0.1 s
    from alembic.config import Config  # noqa: PLC0415 -- as above

    config = Config()
    config.set_main_option("script_location", "tunesmith.store:migrations")
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    return version
