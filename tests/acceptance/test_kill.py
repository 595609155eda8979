"""A controller that is killed at random instants goes on with nothing lost and nothing done twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tunesmith.core.space import Config
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.store.store import Store

DRIVER = Path(__file__).with_name("driver.py")


def drive(folder: Path, strategy: str, trials: int, parallel: int, kill_after: float | None = None) -> bool:
    """Run the driver; give whether it came to its end before it was killed, `kill_after` seconds from readiness."""
    arguments = [sys.executable, str(DRIVER), str(folder), strategy, str(trials), str(parallel)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n"
        if kill_after is not None:
            time.sleep(kill_after)
            driver.kill()
        code = driver.wait(timeout=120)
    assert kill_after is not None or code == 0
    return code == 0


def configurations(folder: Path) -> list[Config]:
    with Store(f"sqlite:///{folder / 'tunesmith.db'}") as store:
        return [trial.config for trial in store.trials("killed")]


def check_facts(folder: Path, trials: int) -> None:
    """The store, the runs that really happened and the counters tell the same story."""
    with Store(f"sqlite:///{folder / 'tunesmith.db'}") as store:
        records = store.trials("killed")
        assert store.tuning_job("killed").status is TuningStatus.COMPLETED
        counts = store.counts("killed")
        points = store.metric_points("killed")
    assert [record.number for record in records] == list(range(1, trials + 1))
    assert counts == {state: trials if state is TrialState.COMPLETED else 0 for state in TrialState}
    assert Counter((folder / "runs").read_text().split()) == Counter(record.name for record in records)
    assert {record.number: record.value for record in records} == {r.number: r.config["x"] for r in records}
    assert Counter(point.trial for point in points) == Counter(record.number for record in records)
    assert sorted(record.rank or 0 for record in records) == list(range(1, trials + 1))


def disturb(folder: Path, strategy: str, trials: int, parallel: int, kills: int) -> int:
    """Drive the job to its end with up to `kills` kills on the way; give how many hit it."""
    instants = random.Random(f"{strategy}/{parallel}")
    hits = 0
    for _ in range(kills):
        if drive(folder, strategy, trials, parallel, kill_after=instants.uniform(0.0, 0.12)):
            break
        hits += 1
    drive(folder, strategy, trials, parallel)
    return hits


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_killed_a_few_times(tmp_path: Path, strategy: str) -> None:
    disturbed, calm = tmp_path / "disturbed", tmp_path / "calm"
    disturbed.mkdir()
    calm.mkdir()
    assert disturb(disturbed, strategy, trials=12, parallel=1, kills=5) >= 3
    check_facts(disturbed, 12)
    drive(calm, strategy, trials=12, parallel=1)
    assert configurations(disturbed) == configurations(calm)


@pytest.mark.long
@pytest.mark.parametrize(("strategy", "parallel"), [("Random", 1), ("Bayesian", 1), ("Random", 4)])
def test_killed_at_fifty_random_instants_of_sixty_jobs(tmp_path: Path, strategy: str, parallel: int) -> None:
    disturbed, calm = tmp_path / "disturbed", tmp_path / "calm"
    disturbed.mkdir()
    calm.mkdir()
    hits = disturb(disturbed, strategy, trials=60, parallel=parallel, kills=50)
    assert hits >= 15, "the job ended before it was disturbed enough to prove anything"
    check_facts(disturbed, 60)
    if parallel == 1:
        drive(calm, strategy, trials=60, parallel=1)
        assert configurations(disturbed) == configurations(calm)
