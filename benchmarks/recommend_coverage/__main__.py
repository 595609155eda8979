"""How often the truth lies in the interval of `recommend`: `python -m benchmarks.recommend_coverage`.

The histories are those of the search itself, which looks where it has been lucky, on problems with noise: each group's
share of intervals that hold the noiseless loss of the recommended configuration, and how wide they are, in units of
the regret of a random configuration.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.search import coco, tables
from benchmarks.search.optimizers import Tunesmith
from benchmarks.search.problems import Problem, with_noise

from tunesmith.core.history import History
from tunesmith.strategies.recommend import recommend

_COUNTS = (15, 30, 60)  # results after which it is asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=range(5))
    parser.add_argument("--level", type=float, default=0.9)
    options = parser.parse_args()
    print(headline("numpy", "scipy"))
    print("| problems | results | intervals | that hold the truth | median width |\n|---|--:|--:|--:|--:|")
    held: dict[tuple[str, int], list[tuple[bool, float]]] = {}
    for problem in noisy_problems():
        for seed in options.seeds:
            history = searched(problem, seed)
            for count in _COUNTS:
                outcome = judged(problem, history.prefix(count), options.level)
                held.setdefault((problem.family, count), []).append(outcome)
                held.setdefault(("all", count), []).append(outcome)
    for (family, count), outcomes in sorted(held.items()):
        inside, width = np.transpose(outcomes)
        error = np.sqrt(inside.mean() * (1.0 - inside.mean()) / len(inside))
        print(
            f"| {family} | {count} | {len(inside)} | {inside.mean():.3f} ± {error:.3f} | {np.median(width):.3f} |"
        )


def noisy_problems() -> Iterator[Problem]:
    """Tables of which one repetition is observed, and functions with a little, some and much normal noise."""
    yield from (replace(problem, family="tables") for problem in tables.noisy_problems(short=False))
    functions = [*coco.bbob(short=False), *coco.mixed(short=False)]
    for i, problem in enumerate(functions):
        share = (0.05, 0.2, 0.5)[(i + i // 12) % 3]  # each of the twelve functions once with each
        yield replace(with_noise(problem, share), family=f"{problem.family}, noise {share}")


def searched(problem: Problem, seed: int) -> History:
    """The history of a search of as many trials as are wanted."""
    rng = np.random.default_rng(seed)
    search = Tunesmith(problem.space, seed)
    for _ in range(max(_COUNTS)):
        trial, config = search.ask()
        search.tell(trial, config, problem.observed(config, rng))
    return search.history


def judged(problem: Problem, history: History, level: float) -> tuple[bool, float]:
    """Whether the interval holds the truth, and how wide it is."""
    found = recommend(problem.space, history, level)
    if found is None:
        raise AssertionError(problem.name)
    optimum = problem.optimum if problem.optimum is not None else 0.0
    inside = found.low <= problem.truth(found.config) <= found.high
    return inside, (found.high - found.low) / (problem.typical - optimum)


if __name__ == "__main__":
    main()
