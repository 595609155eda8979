"""Compare search strategies: `python -m benchmarks.search [--short]`, from the root of the repository."""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # all optimizers alike; must precede the import of numpy

from benchmarks._machine import headline
from benchmarks.search.optimizers import OPTIMIZERS, PACKAGES
from benchmarks.search.problems import Problem, all_problems
from benchmarks.search.report import write
from benchmarks.search.runs import Results, perform

_CACHE = Path(__file__).parent / ".cache"


def main() -> None:
    options = _options()
    problems = dict(_problems(options))
    results = Results(
        options.results or _CACHE / f"{'short' if options.short else 'full'}-{options.workers}.jsonl"
    )
    _run_missing(problems, _installed(options.optimizers), results, options)
    wanted = [
        r
        for r in results
        if r.workers == options.workers
        and r.problem in problems
        and r.optimizer in (options.optimizers or OPTIMIZERS)
    ]
    print(headline("numpy", "scipy"))
    print(write(wanted, problems, options.picture))


def _problems(options: argparse.Namespace) -> Iterator[tuple[str, Problem]]:
    met: Counter[str] = Counter()
    for problem in all_problems(short=options.short):
        if not options.families or problem.family in options.families:
            if met[problem.family] % options.every == 0:
                yield problem.name, problem
            met[problem.family] += 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few problems and small budgets")
    parser.add_argument("--families", nargs="*", help="training, tables, bbob, mixed, noisy; default: all")
    parser.add_argument("--every", type=int, default=1, help="only each family's first problem of so many")
    parser.add_argument(
        "--optimizers", nargs="*", help=f"of {', '.join(OPTIMIZERS)}; default: those installed"
    )
    parser.add_argument("--seeds", type=int, nargs="*", default=None, help="default: 0 to 9, --short: 0 to 2")
    parser.add_argument("--workers", type=int, default=1, help="trials that run at the same time")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no run after so long")
    parser.add_argument("--results", type=Path, help="the file of runs to go on with")
    parser.add_argument("--picture", type=Path, help="draw regret against trials into this file")
    options = parser.parse_args()
    options.seeds = options.seeds or list(range(3 if options.short else 10))
    return options


def _installed(wanted: Sequence[str] | None) -> list[str]:
    names = wanted or list(OPTIMIZERS)
    return [name for name in names if name not in PACKAGES or find_spec(PACKAGES[name])]


def _run_missing(
    problems: dict[str, Problem], optimizers: Sequence[str], results: Results, options: argparse.Namespace
) -> None:
    done = {(run.problem, run.optimizer, run.seed, run.workers) for run in results}
    deadline = time.monotonic() + 60 * options.minutes
    for seed in options.seeds:
        for name, problem in problems.items():
            for optimizer in optimizers:
                if (name, optimizer, seed, options.workers) not in done and time.monotonic() < deadline:
                    results.add(perform(problem, optimizer, seed, options.workers))


if __name__ == "__main__":
    main()
