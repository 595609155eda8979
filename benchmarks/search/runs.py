"""Running an optimizer on a problem, and keeping what came of it."""

from __future__ import annotations

import heapq
import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmarks.search.optimizers import OPTIMIZERS
from benchmarks.search.problems import Problem


@dataclass(frozen=True)
class Run:
    """One run: the true loss of the incumbent after each result, where the incumbent is the best as observed."""

    problem: str
    family: str
    optimizer: str
    seed: int
    workers: int
    incumbents: list[float]
    seconds: float  # inside the optimizer


def perform(problem: Problem, optimizer: str, seed: int, workers: int = 1) -> Run:
    """Run to the problem's budget. With several workers, trials take lognormal times and end out of order."""
    rng = np.random.default_rng((seed, zlib.crc32(problem.name.encode())))
    started = time.process_time()
    search = OPTIMIZERS[optimizer](problem.space, seed)
    seconds = time.process_time() - started
    running: list[tuple[float, int, object, object]] = []
    clock, best, incumbents = 0.0, np.inf, []
    for number in range(problem.budget + workers):
        if number < problem.budget:
            started = time.process_time()
            token, config = search.ask()
            seconds += time.process_time() - started
            heapq.heappush(running, (clock + float(rng.lognormal(0.0, 0.5)), number, token, config))
        if (len(running) < workers and number < problem.budget) or not running:
            continue
        clock, _, token, config = heapq.heappop(running)
        observed = problem.observed(config, rng)
        if observed < best:
            best, truth = observed, problem.truth(config)
        incumbents.append(truth)
        started = time.process_time()
        search.tell(token, config, observed)
        seconds += time.process_time() - started
    return Run(problem.name, problem.family, optimizer, seed, workers, incumbents, seconds)


class Results:
    """A file of runs, one JSON line each: a benchmark that is broken off goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def __iter__(self) -> Iterator[Run]:
        if self._path.exists():
            yield from (
                Run(**json.loads(line)) for line in self._path.read_text(encoding="utf-8").splitlines()
            )

    def add(self, run: Run) -> None:
        """Keep a run."""
        with self._path.open("a", encoding="utf-8") as file:
            print(json.dumps(asdict(run)), file=file)
