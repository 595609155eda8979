"""Compare what stops training jobs early: `python -m benchmarks.curves [--short]`, from the root of the repository.

Curves are replayed from the cache that `python -m benchmarks.curves.record` fills.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # all alike; must precede the import of numpy

import numpy as np
from benchmarks._machine import headline
from benchmarks.curves.landscape import Landscape
from benchmarks.curves.methods import METHODS
from benchmarks.curves.problems import EPOCHS, PROBLEMS
from benchmarks.curves.record import CACHE, record, recorded
from benchmarks.curves.report import Run, write
from benchmarks.curves.task import Outcome, Task

_BEST = 0.05  # the share of jobs that it would be a pity to give up


def main() -> None:
    options = _options()
    path = CACHE / f"runs-{options.curves}-{options.workers}.jsonl"
    done = {(run.problem, run.method, run.seed): run for run in _kept(path)}
    deadline = time.monotonic() + 60 * options.minutes
    wanted = [(p, m, s) for s in options.seeds for p in options.problems for m in options.methods]
    tasks: dict[str, Task] = {}
    for problem, method, seed in wanted:
        if (problem, method, seed) in done or time.monotonic() > deadline:
            continue
        if problem not in tasks:
            tasks[problem] = _task(problem, options)
        run = _summary(tasks[problem], method, seed, METHODS[method](tasks[problem], seed))
        done[problem, method, seed] = run
        with path.open("a", encoding="utf-8") as file:
            print(json.dumps(asdict(run)), file=file)
    complete = {s for s in options.seeds if all((p, m, s) in done for p, m, t in wanted if s == t)}
    print(headline("numpy", "scipy", "optuna", "scikit-learn", "xgboost-cpu", "lightgbm"))
    print(
        f"{len(options.problems)} problems, {len(complete)} seeds, {options.curves} curves of {EPOCHS} epochs each, "
        f"{options.workers} jobs at a time, a budget of {options.jobs} full trainings\n"
    )
    runs = [
        done[key] for key in sorted(wanted, key=lambda key: list(METHODS).index(key[1])) if key[2] in complete
    ]
    print(write(runs) if runs else "not one seed is complete")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="three problems, five seeds")
    parser.add_argument("--problems", nargs="*", choices=PROBLEMS, help="default: all")
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS), help="default: all")
    parser.add_argument("--seeds", type=int, nargs="*", help="default: 0 to 9, --short: 0 to 4")
    parser.add_argument("--workers", type=int, default=4, help="jobs at a time")
    parser.add_argument("--jobs", type=int, default=40, help="the budget, in full trainings")
    parser.add_argument("--curves", type=int, help="recorded for each problem; default: 512, --short: 128")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no run after so long")
    options = parser.parse_args()
    options.seeds = options.seeds or list(range(5 if options.short else 10))
    options.problems = options.problems or list(PROBLEMS)[: 3 if options.short else None]
    options.curves = options.curves or (128 if options.short else 512)
    return options


def _task(name: str, options: argparse.Namespace) -> Task:
    problem = PROBLEMS[name]
    record(problem, options.curves)
    curves = Landscape(problem.space, list(recorded(problem))[: options.curves])
    return Task(problem, curves, options.jobs * EPOCHS, options.workers)


def _kept(path: Path) -> Iterator[Run]:
    if path.exists():
        yield from (Run(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())


def _summary(task: Task, method: str, seed: int, outcome: Outcome) -> Run:
    improvements: list[tuple[int, float]] = []
    for epoch, loss in enumerate(outcome.reports, start=1):
        if not improvements or loss < improvements[-1][1]:
            improvements.append((epoch, loss))
    jobs = [job for job in outcome.jobs if job.stopped or len(job.losses) == EPOCHS]
    ends = np.array([task.curves.losses(job.config)[-1] for job in jobs])
    good = ends <= np.quantile(ends, _BEST)
    stopped = np.array([job.stopped for job in jobs])
    best = ends[~stopped].min(initial=np.inf)
    return Run(
        problem=task.problem.name,
        method=method,
        seed=seed,
        budget=task.budget,
        improvements=improvements,
        jobs=len(jobs),
        stopped=int(stopped.sum()),
        good=int(good.sum()),
        good_stopped=int((good & stopped).sum()),
        missed=int((ends[stopped] < best).sum()),
    )


if __name__ == "__main__":
    main()
