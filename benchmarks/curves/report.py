"""Tables: epochs to a quality, and what the rules gave up wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

TARGETS = {"random": "full-length random search", "Bayesian": "full-length Bayesian search"}


@dataclass(frozen=True)
class Run:
    """One method on one problem with one seed."""

    problem: str
    method: str
    seed: int
    budget: int
    improvements: list[tuple[int, float]]  # the epochs spent, and the lowest loss reported until then
    jobs: int
    stopped: int
    good: int  # jobs that would have ended in the best 5 %
    good_stopped: int  # of them, those given up
    missed: int  # jobs given up that would have ended better than each that was not

    def epochs_to(self, loss: float) -> int | None:
        """The epochs that it took to report such a loss; None if the budget did not suffice."""
        return next((epoch for epoch, reached in self.improvements if reached <= loss), None)

    @property
    def best(self) -> float:
        """The lowest loss in the end."""
        return self.improvements[-1][1]


def write(runs: Sequence[Run]) -> str:
    """The report as Markdown."""
    parts = [_epochs(runs, method, name) for method, name in TARGETS.items() if _of(runs, method)]
    return "\n\n".join([*parts, _stops(runs)])


def _of(runs: Sequence[Run], method: str) -> list[Run]:
    return [run for run in runs if run.method == method]


def _methods(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(run.method for run in runs))


def _epochs(runs: Sequence[Run], target: str, name: str) -> str:
    """The share of the budget that it takes to be as good as another method in the end, the median over its seeds."""
    problems = list(dict.fromkeys(run.problem for run in runs))
    goal = {
        problem: float(np.median([run.best for run in _of(runs, target) if run.problem == problem]))
        for problem in problems
    }
    lines = [
        f"### Epochs to the final quality of {name}",
        "",
        "| method | % of the budget | reached | " + " | ".join(problems) + " |",
        "|---|--:|--:|" + "--:|" * len(problems),
    ]
    for method in _methods(runs):
        mine = _of(runs, method)

        def share(run: Run) -> float:
            return (run.epochs_to(goal[run.problem]) or run.budget) / run.budget

        by_problem = [100 * np.mean([share(run) for run in mine if run.problem == p]) for p in problems]
        reached = np.mean([run.epochs_to(goal[run.problem]) is not None for run in mine])
        cells = " | ".join(f"{value:.0f}" for value in by_problem)
        lines.append(f"| {method} | {_interval(mine, share)} | {100 * reached:.0f} % | {cells} |")
    return "\n".join(lines)


def _stops(runs: Sequence[Run]) -> str:
    """What was given up, and how much of the best of it."""
    lines = [
        "### Jobs given up",
        "",
        "*Good ones* would have ended in the best 5 % of their run; *missed* ones better than all that ended.",
        "",
        "| method | jobs | given up | of the good ones | missed, of those given up |",
        "|---|--:|--:|--:|--:|",
    ]
    for method in _methods(runs):
        mine = _of(runs, method)
        jobs, stopped = sum(run.jobs for run in mine), sum(run.stopped for run in mine)
        good, wrong = sum(run.good for run in mine), sum(run.good_stopped for run in mine)
        missed = sum(run.missed for run in mine)
        lines.append(
            f"| {method} | {jobs / len(mine):.0f} | {100 * stopped / jobs:.0f} % "
            f"| {wrong} of {good}: {_binomial(wrong, good)} | {missed} of {stopped}: {_binomial(missed, stopped)} |"
        )
    return "\n".join(lines)


def _interval(runs: Sequence[Run], share: Callable[[Run], float]) -> str:
    """The mean over problems, in percent, with a 95 % interval: problems and, in each, seeds are drawn again."""
    table: dict[str, list[float]] = {}
    for run in runs:
        table.setdefault(run.problem, []).append(100 * share(run))
    values = [np.array(row) for row in table.values()]
    rng = np.random.default_rng(0)
    drawn = [
        np.mean(
            [
                rng.choice(values[i], len(values[i])).mean()
                for i in rng.integers(len(values), size=len(values))
            ]
        )
        for _ in range(1000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{np.mean([row.mean() for row in values]):.0f} ({low:.0f}-{high:.0f})"


def _binomial(hits: int, count: int) -> str:
    """A share in percent with its 95 % interval after Clopper and Pearson."""
    from scipy.stats import binomtest  # noqa: PLC0415 - takes a second to load

    if not count:
        return "none"
    interval = binomtest(hits, count).proportion_ci()
    return f"{100 * hits / count:.1f} % ({100 * interval.low:.1f}-{100 * interval.high:.1f})"
