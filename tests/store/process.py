"""A process that uses a store, for the tests that need several of them or kill one.

It says `ready`, waits for a line, and does what its first argument names.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

POINTS = 3


def say(word: object) -> None:
    print(word, flush=True)  # noqa: T201 -- the test reads it


def create(url: str, name: str) -> None:
    """Open the store, which may not be there yet, and add a tuning job."""
    with Store(url) as store:
        store.create_tuning_job(
            TuningJob(
                name=name,
                work=Command(("train",)),
                space=Space([Continuous("x", 0.0, 1.0)]),
                objective=Objective("loss"),
                limits=Limits(trials=10),
                created_at=datetime.now(UTC),
            )
        )


def write(url: str, name: str, first: str, count: str) -> None:
    """Record trials, saying the number of each when it is written: it ends, and the next is intended."""
    with Store(url) as store:
        for number in range(int(first), int(first) + int(count)):
            at = datetime.now(UTC)
            ended = TrialRecord(
                number=number,
                name=f"{name}-{number}",
                config={"x": 1 / number},
                state=TrialState.COMPLETED,
                value=1 / number,
                rank=number,
                created_at=at,
            )
            coming = TrialRecord(
                number=number + 1, name=f"{name}-{number + 1}", config={"x": 0.5}, created_at=at
            )
            points = tuple(MetricPoint(number, "loss", 1 / (number + i), at) for i in range(POINTS))
            store.record(name, Change(trials=(ended, coming), metrics=points, at=at))
            say(number)


def hold(url: str, name: str) -> None:
    """Claim the tuning job until killed."""
    with Store(url) as store, store.claim(name):
        say("claimed")
        signal.pause()


def hold_with_child(url: str, name: str) -> None:
    """Claim the tuning job, and fork a child that lives on."""
    with Store(url) as store, store.claim(name):
        child = os.fork()
        if child == 0:
            say(f"claimed {os.getpid()}")
        signal.pause()


if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    globals()[sys.argv[1]](*sys.argv[2:])
