from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tunesmith.store.engine import connectable, database_file, parse
from tunesmith.store.errors import StoreError


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite+pysqlite://"])
def test_a_store_can_be_in_memory(url: str) -> None:
    assert database_file(parse(url)) is None


def test_a_file_is_found_after_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = parse("sqlite:///runs.db")
    monkeypatch.chdir("/")
    assert database_file(url) == tmp_path.resolve() / "runs.db"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_postgresql_is_reached_by_psycopg_3(scheme: str) -> None:
    url = parse(f"{scheme}://me:secret@host/db")
    assert url.drivername == "postgresql+psycopg"
    assert url.render_as_string(hide_password=False).endswith("://me:secret@host/db")
    assert database_file(url) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "sqlite:///FILE, .* not ''"),
        ("runs.db", "sqlite:///FILE, .* not 'runs.db'"),
        ("postgresql://host:port/db", "sqlite:///FILE, .*postgresql://USER@HOST/DATABASE"),
        ("sqlite:///", "names no file: write sqlite:///FILE"),
        ("sqlite://runs.db", "names no file: write sqlite:///FILE"),
        ("sqlite:///file:runs.db?uri=true", "names no file: write sqlite:///FILE"),
        ("sqlite:////no/such/folder/runs.db", "there is no folder /no/such/folder"),
        ("postgresql://host", "names no database: write postgresql://USER@HOST/DATABASE"),
        ("mysql://host/db", "cannot store in 'mysql': .* begin with sqlite:// or postgresql://"),
    ],
)
def test_a_url_that_is_not_ours_is_explained(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        parse(url)


@pytest.mark.parametrize(
    "url", ["postgresql://me:secret@host", "me:secret@host", "postgresql://me:secret@host:x/db"]
)
def test_a_password_is_not_shown(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse(url)
    assert "secret" not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="needs psycopg: pip install"):
        connectable(parse("postgresql://host/db"))


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    engine = connectable(parse(f"sqlite:///{tmp_path / 'store.db'}"))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        with pytest.raises(StoreError, match=r"the store sqlite:///.*store\.db fails: .*full"):
            connection.exec_driver_sql("CREATE TABLE t AS SELECT zeroblob(100000)")
    engine.dispose()


def test_every_connection_to_sqlite_has_our_settings(tmp_path: Path) -> None:
    engine = connectable(parse(f"sqlite:///{tmp_path / 'store.db'}"))
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
            assert found == ["wal", 1, 1, 60_000]
    engine.dispose()
