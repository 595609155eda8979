"""How much of a budget in money is used, and whether it is ever overrun: `python -m benchmarks.budget [--seeds N]`.

Training jobs are simulated: their run times are drawn, some fail, some are lost and started again, some are stopped
by hand, and the controller is killed now and then. What is counted is what really ran.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")  # must precede the import of numpy

import numpy as np
from benchmarks._machine import headline

from tunesmith.control.controller import Controller
from tunesmith.control.progress import Progress
from tunesmith.core.objective import Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import Command, Cursor, Ending, Handle, JobStatus, JobUpdate
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.store.store import Store
from tunesmith.testing.simulated import START, Epoch, Simulated

PRICE = Price(cpu_hour=1.0)
MINUTE = 60.0


@dataclass(frozen=True)
class Case:
    """Training jobs of a kind, and a budget for them."""

    name: str
    spread: float  # of the logarithm of run times, whose median is ten minutes
    parallel: int = 4
    jobs: int = 40  # of median length that the budget would pay for
    limit: float | None = None  # job_seconds
    grace: float = 30.0
    losses: float = 0.0  # the probability, at each look, that a training job that runs is lost


CASES = (
    Case("all alike", 0.05),
    Case("some take twice as long", 0.5),
    Case("some take ten times as long", 1.2),
    Case("with a generous time limit", 0.5, limit=3600.0),
    Case("with a tight time limit", 0.5, limit=900.0),
    Case("one at a time", 0.5, parallel=1),
    Case("16 at a time", 0.5, parallel=16),
    Case("a small budget", 0.5, jobs=8),
    Case("two minutes of grace", 0.5, grace=120.0),
    Case("lost, stopped and killed", 0.5, losses=0.02),
)


class _Killed(BaseException):
    """The end of the controller's process."""


class _Losing(Simulated):
    """Loses some of the jobs that run, and knows what was used."""

    def __init__(self, case: Case, chance: Random) -> None:
        super().__init__(lambda config: _epochs(case, chance, config), workers=case.parallel)
        self._chance, self._losses = chance, case.losses
        self._gone: dict[Handle, JobUpdate] = {}
        self._used: dict[Handle, float] = {}

    @property
    def seconds(self) -> float:
        """What all jobs have run."""
        return math.fsum(self._used.values())

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        return [self._told(update) for update in super().poll(cursors)]

    def _told(self, update: JobUpdate) -> JobUpdate:
        if update.handle in self._gone:
            return self._gone[update.handle]
        if update.started_at is not None:
            self._used[update.handle] = (
                (update.ended_at or self.clock()) - update.started_at
            ).total_seconds()
        if update.status is JobStatus.RUNNING and self._chance.random() < self._losses:
            lost = replace(update, status=JobStatus.FAILED, ending=Ending.LOST, ended_at=self.clock())
            self._gone[update.handle] = lost
            self.stop(update.handle)
            return lost
        return update


def _epochs(case: Case, chance: Random, config: Config) -> Iterator[Epoch]:
    """Ten epochs; one training job in twenty fails on the way."""
    each = 10 * MINUTE * math.exp(chance.gauss(0.0, case.spread)) / 10
    fails_at = chance.randrange(10) if chance.random() < 0.05 else None
    for epoch in range(10):
        yield Epoch(each, {"loss": float(config["x"])}, exit_code=1 if epoch == fails_at else None)


@dataclass(frozen=True)
class Outcome:
    """What became of a budget."""

    share: float  # of it that was used
    trials: int
    cut: int  # training jobs that were stopped because their time, or the money, was up


def run(case: Case, seed: int) -> Outcome:
    """Run one tuning job to its end."""
    chance = Random(f"{case.name} {seed}")
    store, backend = Store(), _Losing(case, chance)
    budget = PRICE.cpu_hour * case.jobs * 10 * MINUTE / 3600
    job = TuningJob(
        name="job",
        work=Command(("true",)),
        space=Space([Continuous("x", 0.0, 1.0)]),
        objective=Objective("loss"),
        limits=Limits(parallel=case.parallel, budget=budget),
        price=PRICE,
        strategy="Random",
        seed=seed,
        max_seconds=case.limit,
        grace_seconds=case.grace,
        retries=2,
        created_at=START,
    )

    def watch(progress: Progress) -> None:
        if case.losses and chance.random() < 0.01:
            raise _Killed
        if case.losses and progress.open and chance.random() < 0.01:
            store.ask_to_stop_training_job(progress.open[0].name, backend.clock())

    Controller(store, backend, backend.clock).create(job)
    while not store.status("job").is_final:
        with suppress(_Killed):
            Controller(store, backend, backend.clock).run("job", watch)
    trials = store.trials("job")
    cut = sum(trial.ending is Ending.MAX_SECONDS for trial in trials)
    return Outcome(PRICE.cpu_hour * backend.seconds / 3600 / budget, len(trials), cut)


def main() -> None:
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    print(headline("numpy", "scipy"))
    print(f"{seeds} seeds; run times are log-normal with a median of 10 minutes; one CPU each\n")
    print("| training jobs | used: mean (least to most) | overrun | training jobs | cut short |")
    print("|---|--:|--:|--:|--:|")
    for case in CASES:
        outcomes = [run(case, seed) for seed in range(seeds)]
        shares = np.array([outcome.share for outcome in outcomes])
        trials, cut = (float(np.mean([getattr(o, name) for o in outcomes])) for name in ("trials", "cut"))
        used = f"{shares.mean():.1%} ({shares.min():.1%} to {shares.max():.1%})"
        print(
            f"| {case.name} | {used} | {(shares > 1).sum()} of {seeds} | {trials:.1f} | {cut:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
