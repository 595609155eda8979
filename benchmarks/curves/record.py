"""Record learning curves: `python -m benchmarks.curves.record`, from the root of the repository.

Every problem is trained with the first points of one Sobol sequence, each to its end, and each once: a recording
that was broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # must precede the import of numpy

from benchmarks.curves.problems import PROBLEMS, Problem
from scipy.stats import qmc

from tunesmith.core.space import Config

CACHE = Path(__file__).parent / ".cache"


def configs(problem: Problem, count: int) -> list[Config]:
    """The configurations to record; more of them begin with the same ones."""
    sequence = qmc.Sobol(len(problem.space), seed=0)
    points = sequence.random_base2(max(1, (count - 1).bit_length()))
    return list(problem.space.decode(points[:count]))


def recorded(problem: Problem) -> Iterator[tuple[Config, list[float]]]:
    """What has been recorded of a problem: configurations and their losses after each epoch."""
    path = _path(problem)
    if path.exists():
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def record(problem: Problem, count: int) -> None:
    """Train until `count` configurations are recorded."""
    done = sum(1 for _ in recorded(problem))
    path = _path(problem)
    path.parent.mkdir(exist_ok=True)
    for config in configs(problem, count)[done:]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some configurations diverge: that is part of the problem
            curve = problem.curve(config)
        with path.open("a", encoding="utf-8") as file:
            print(json.dumps([config, [float(f"{loss:.7g}") for loss in curve]]), file=file)


def _path(problem: Problem) -> Path:
    return CACHE / f"{problem.name.replace(' ', '-')}.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configs", type=int, default=512, help="for each problem; default: 512")
    parser.add_argument("--problems", nargs="*", default=list(PROBLEMS), help="default: all")
    options = parser.parse_args()
    for count in sorted({min(128, options.configs), min(256, options.configs), options.configs}):
        for name in options.problems:
            started = time.monotonic()
            record(PROBLEMS[name], count)
            print(f"{name}: {count} curves, {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
