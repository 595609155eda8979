"""What comparing algorithms in one tuning job costs and brings: `scripts/bench several`.

Each task is a data set (or a set of planted functions) and several algorithms for it, with one common budget of
training jobs. Ours shares it out as it sees results; beside it stand an equal split, and the best algorithm alone with
the whole budget, which nobody knows beforehand. All search with the same Bayesian strategy.

The real tasks train scikit-learn, XGBoost and LightGBM models with 3-fold cross-validation; trainings are kept in
`benchmarks/search/.cache` and happen once. In the task "late bloomer", the algorithm with the best optimum is worse than
another one for its first dozen trials; in "hopeless", three of five algorithms never come near.

Regret: 0 is the best that any run of the task found, 1 the median of random configurations of all its algorithms.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.search import training
from benchmarks.search.problems import Problem

from tunesmith.control import allocation
from tunesmith.core.history import History
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import registry

_RESAMPLES = 2000
Choose = Callable[[Mapping[str, History]], str]


@dataclass(frozen=True)
class Task:
    """Algorithms whose losses can be compared."""

    name: str
    algorithms: Mapping[str, Problem]

    @cached_property
    def typical(self) -> float:
        """The median loss of a random configuration of a random algorithm."""
        return float(np.median([problem.typical for problem in self.algorithms.values()]))


@dataclass(frozen=True)
class Run:
    """What a way of sharing out made of the budget."""

    best: float
    winner: str  # the algorithm of the best configuration
    trials: Mapping[str, int]


class Search:
    """The search of one algorithm, which depends on nothing but how many trials it is given: so it is made once."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._history = History.of(problem.space, [])

    def after(self, trials: int) -> History:
        """The history when that many trials have ended."""
        while len(self._history) < trials:
            space, number = self._problem.space, len(self._history) + 1
            (config,) = registry.get("Bayesian").suggest(space, self._history, 1, self._seed)
            losses = (self._problem.truth(config),)
            self._history = self._history.add(Trial(number, config, TrialState.COMPLETED, losses))
        return self._history.prefix(trials)


def run(searches: Mapping[str, Search], choose: Choose, budget: int) -> Run:
    """Share out the trials one at a time."""
    trials = dict.fromkeys(searches, 0)
    for _ in range(budget):
        trials[choose({name: search.after(trials[name]) for name, search in searches.items()})] += 1
    losses = {
        name: float(np.min(search.after(trials[name]).losses, initial=np.inf))
        for name, search in searches.items()
    }
    winner = min(losses, key=lambda name: losses[name])
    return Run(losses[winner], winner, trials)


def equal_split(histories: Mapping[str, History]) -> str:
    """One after the other."""
    return min(histories, key=lambda name: len(histories[name]))


def alone(name: str) -> Choose:
    """The whole budget for one."""
    return lambda _: name


def tasks() -> Iterator[Task]:
    """Two data sets with four algorithms each, and planted cases."""
    kinds = {
        "svm": (training._SVM, training._svm),  # noqa: SLF001 - the search benchmark's own
        "xgboost": (training._XGBOOST, training._xgboost),  # noqa: SLF001 - as above
        "lightgbm": (training._LIGHTGBM, training._lightgbm),  # noqa: SLF001 - as above
        "perceptron": (training._PERCEPTRON, training._perceptron),  # noqa: SLF001 - as above
    }
    for short, dataset in (("cancer", "breast_cancer"), ("wine", "wine")):
        problems = {
            kind: training._problem(f"{kind} {short}", dataset, *parts, short=False)  # noqa: SLF001 - as above
            for kind, parts in kinds.items()
        }
        yield Task(short, problems)
    yield Task("late bloomer", {"quick": _planted(2, 0.10, 1.0), "late": _planted(6, 0.0, 4.0)})
    hopeless = {f"hopeless {i}": _planted(4, 1.5 + i, 1.0) for i in range(3)}
    yield Task("hopeless", {"good": _planted(4, 0.0, 1.0), "fair": _planted(4, 0.05, 1.0), **hopeless})


def _planted(dimensions: int, lowest: float, slope: float) -> Problem:
    """A bowl with its bottom aside: the more dimensions and the steeper, the later a search gets there."""
    space = Space([Continuous(f"x{i}", 0.0, 1.0, "Linear") for i in range(dimensions)])
    bottom = np.random.default_rng(dimensions).uniform(0.15, 0.85, dimensions)

    def truth(config: Config) -> float:
        point = np.array([float(config[f"x{i}"]) for i in range(dimensions)])
        return lowest + slope * float(np.sqrt(np.mean((point - bottom) ** 2)))

    return Problem("planted", "planted", space, truth, 60, lowest)


def searches_of(task: Task, seeds: int) -> list[dict[str, Search]]:
    """The searches of a task's algorithms, for each seed; each algorithm has seeds of its own."""
    return [
        {name: Search(problem, 100 * seed + i) for i, (name, problem) in enumerate(task.algorithms.items())}
        for seed in range(seeds)
    ]


def compare(task: Task, budget: int, seeds: Sequence[Mapping[str, Search]]) -> dict[str, list[Run]]:
    """Share out the budget in every way, for each seed; of those alone, the best in the mean is kept."""

    def runs(choose: Choose) -> list[Run]:
        return [run(searches, choose, budget) for searches in seeds]

    single = {name: runs(alone(name)) for name in task.algorithms}
    best = min(single, key=lambda name: np.mean([each.best for each in single[name]]))
    shared = {"Tunesmith": runs(allocation.choose), "equal split": runs(equal_split)}
    return {**shared, f"{best} alone": single[best]}


def show(task: Task, budget: int, found: Mapping[str, Sequence[Run]]) -> None:
    """Print the regret of each way, with 95 % intervals over the seeds, and where the trials went."""
    lowest = min(each.best for runs in found.values() for each in runs)
    print(f"\n#### {task.name}, {budget} training jobs, {len(next(iter(found.values())))} seeds\n")
    print("| shared out by | mean regret | best algorithm wins | training jobs for each algorithm (mean) |")
    print("|---|--:|--:|---|")
    best = list(found)[-1].removesuffix(" alone")
    for way, runs in found.items():
        regrets = np.array([(each.best - lowest) / (task.typical - lowest) for each in runs])
        low, high = _interval(regrets)
        wins = sum(each.winner == best for each in runs)
        means = {name: np.mean([each.trials[name] for each in runs]) for name in task.algorithms}
        spent = ", ".join(f"{name} {mean:.0f}" for name, mean in means.items() if mean)
        print(
            f"| {way} | {regrets.mean():.3f} ({low:.3f}-{high:.3f}) | {wins} of {len(runs)} | {spent} |",
            flush=True,
        )


def _interval(values: np.ndarray) -> tuple[float, float]:
    resampled = np.random.default_rng(0).choice(values, (_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budgets", type=int, nargs="*", default=[40, 80])
    parser.add_argument("--tasks", nargs="*", help="names; all if none is given")
    given = parser.parse_args()
    print(headline("numpy", "scipy", "scikit-learn", "xgboost-cpu", "lightgbm"))
    for task in tasks():
        if given.tasks and task.name not in given.tasks:
            continue
        seeds = searches_of(task, given.seeds)
        for budget in given.budgets:
            show(task, budget, compare(task, budget, seeds))


if __name__ == "__main__":
    main()
