"""Checkpoints outlive an interruption wherever they are kept, a real S3 included, also of isolated training jobs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tunesmith.backends.local_process import LocalProcess
from tunesmith.control.controller import Controller
from tunesmith.control.plan import Pause
from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Ending
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, MetricPattern, TuningJob
from tunesmith.storage.transfer import Places
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store
from tunesmith.training import bubblewrap

PROGRAM = """
import json, os, signal, time
from pathlib import Path
folder = Path(os.environ["TUNESMITH_CHECKPOINTS"], "deep")
folder.mkdir(exist_ok=True)
file = folder / "state.json"
state = json.loads(file.read_text()) if file.exists() else {"epoch": 0, "runs": 0}
state["runs"] += 1
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
while state["epoch"] < 4 and not asked:
    state["epoch"] += 1
    file.with_suffix(".partial").write_text(json.dumps(state))
    file.with_suffix(".partial").replace(file)
    print(f"loss={10 - state['epoch']}", flush=True)
    while state["epoch"] == 2 and state["runs"] == 1 and not asked:
        time.sleep(0.02)
"""
BUCKET = "kept"


def is_usable() -> bool:
    try:
        bubblewrap.check()
    except ValueError:
        return False
    return True


@dataclass
class Place:
    """Where checkpoints are kept, and how a test looks there."""

    location: str
    places: Places
    read: Callable[[str], bytes]
    names: Callable[[], list[str]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3 server, as of another maker."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        kept = tmp_path / "kept"
        return Place(
            str(kept),
            Places(),
            read=lambda name: (kept / name).read_bytes(),
            names=lambda: [str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()],
        )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    endpoint = request.getfixturevalue("endpoint")
    client: Any = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    return Place(
        f"s3://{BUCKET}",
        Places(endpoint=endpoint),
        read=lambda name: bytes(client.get_object(Bucket=BUCKET, Key=name)["Body"].read()),
        names=lambda: [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ())],
    )


def tuning_job(place: Place, isolation: str) -> TuningJob:
    return TuningJob(
        name="kept",
        work=Command((sys.executable, "-S", "-E", "-c", PROGRAM)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("loss"),
        metrics=(MetricPattern("loss", r"loss=(\S+)"),),
        limits=Limits(trials=1),
        strategy="Random",
        isolation=isolation,
        retries=1,
        checkpoints=place.location,
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize("isolation", ["none", "bubblewrap"])
def test_an_interrupted_job_goes_on_from_its_checkpoint(place: Place, isolation: str, tmp_path: Path) -> None:
    if isolation == "bubblewrap" and not is_usable():
        pytest.skip("bubblewrap is missing or may not be used")
    store = Store(f"sqlite:///{tmp_path / 'tunesmith.db'}")
    backend = LocalProcess(tmp_path, places=place.places)
    controller, deadline = Controller(store, backend), time.monotonic() + 60
    controller.create(tuning_job(place, isolation))

    def drive(until: Callable[[TrialRecord], bool]) -> TrialRecord:
        def pause() -> Pause:
            assert time.monotonic() < deadline, store.trials("kept")
            found = store.trials("kept")
            return Pause.LEAVE if found and until(found[0]) else Pause.GO

        controller.run("kept", pause=pause)
        return store.trials("kept")[0]

    trial = drive(until=lambda trial: trial.value == 8)
    assert backend.interrupt(trial.handle or "")
    ended = drive(until=lambda _: False)
    assert (ended.state, ended.value, ended.attempt) == (TrialState.COMPLETED, 6, 2), ended
    assert ended.earlier[0].ending is Ending.INTERRUPTED
    assert [point.value for point in store.metric_points("kept")] == [9, 8, 7, 6]
    assert place.names() == [f"{ended.name}/deep/state.json"]
    assert json.loads(place.read(f"{ended.name}/deep/state.json")) == {"epoch": 4, "runs": 2}
    store.close()
