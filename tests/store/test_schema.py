from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.engine import connectable, parse
from tunesmith.store.errors import StoreError
from tunesmith.store.store import Store
from tunesmith.store.tables import METADATA, VERSION, VERSION_TABLE

MakeJob = Callable[..., TuningJob]
Program = Callable[..., Any]


def test_migrations_and_tables_agree(lasting_url: str) -> None:
    with Store(lasting_url) as store, store._engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []


def test_migrations_lead_to_the_very_tables_of_a_store_in_memory(file_url: str) -> None:
    statements = text(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name NOT LIKE 'tunesmith%' ORDER BY name"
    )
    layouts = []
    for url in ("sqlite://", file_url):
        with Store(url) as store, store._engine.connect() as connection:
            layouts.append([(row.name, _clauses(row.sql)) for row in connection.execute(statements)])
    assert layouts[0] == layouts[1]


def _clauses(sql: str | None) -> list[str]:
    """The parts of a CREATE statement without their order, in which the two may differ, as in their lines."""
    return sorted(part.strip() for part in re.split(r"[,\n]", sql or "") if part.strip())


def test_versions_are_ordered_and_named_by_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", "tunesmith.store:migrations")
    steps = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    versions = [step.revision for step in steps]
    assert versions == [f"{number:04}" for number in range(1, len(steps) + 1)]
    assert versions[-1] == VERSION
    for step in steps:
        assert Path(step.path).name.startswith(f"v{step.revision}_")


def test_processes_create_a_store_at_the_same_time(lasting_url: str, program: Program) -> None:
    for round_number in range(2):  # the second time it is there already
        creators = [program("create", lasting_url, f"job-{round_number}-{i}") for i in range(4)]
        for creator in creators:
            assert creator.stdout.readline() == "ready\n"
        for creator in creators:
            creator.stdin.write("go\n")
            creator.stdin.flush()
        assert [creator.communicate() for creator in creators] == [("", "")] * 4
        with Store(lasting_url) as store:
            assert len(store.tuning_jobs()) == 4 * (round_number + 1)


def test_a_newer_store_is_left_alone(lasting_url: str) -> None:
    Store(lasting_url).close()
    engine = create_engine(parse(lasting_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE tunesmith_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"written by a newer Tunesmith .*: update Tunesmith"):
        Store(lasting_url)


def test_a_migration_that_fails_changes_nothing(lasting_url: str, make_job: MakeJob) -> None:
    engine = connectable(parse(lasting_url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE metrics (id INTEGER)"))  # in the way of the last step
    with pytest.raises(StoreError, match=r"the store .*metrics.* already exists"):
        Store(lasting_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE metrics"))
    engine.dispose()
    with Store(lasting_url) as store:
        store.create_tuning_job(make_job())


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be taken for one\n" * 100)
    with pytest.raises(StoreError, match=r"cannot open the store .*notes\.txt: file is not a database"):
        Store(f"sqlite:///{tmp_path / 'notes.txt'}")
    with pytest.raises(StoreError, match="fails: unable to open database file"):
        Store(f"sqlite:///{tmp_path}")
