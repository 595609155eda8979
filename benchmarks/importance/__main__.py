"""How often the truth lies in the intervals of the importances: `python -m benchmarks.importance`.

On functions whose importances are known exactly, after results at random configurations and after those of a Bayesian
search, which looks where it is good; without noise and with noise of a fifth of the function's standard deviation.
True shares are those of all interactions together, over the whole space and, as "among the best", over the part of it
that the model finds good. A parameter is named if the finding is that it does not matter; that is a false alarm if its
true share is above 5 % where the finding says that it is little.
The constants were chosen by the first five functions (--problems choosing) with seeds below 100 and up to 100 results;
the other five functions (--problems confirming) and the seeds from 100 on confirm them.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.importance.problems import Problem, Rule, choosing, confirming
from benchmarks.search.optimizers import Tunesmith

from tunesmith.analysis.effects import effect
from tunesmith.analysis.importance import LITTLE, Importance, importance
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.no_effect import no_effect
from tunesmith.analysis.region import weights_of_best
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.trial import Trial, TrialState

_NOISES = (0.0, 0.2)  # standard deviations, in those of the function
_CLEAR = 0.05  # a total share above this matters
_PROBLEMS: dict[str, Callable[[], tuple[Problem, ...]]] = {
    "choosing": choosing,
    "confirming": confirming,
    "all": lambda: (*choosing(), *confirming()),
}
_COUNTS = {"random": (30, 60, 100, 200), "search": (30, 60, 100)}  # results


@dataclass(frozen=True)
class Case:
    """One history of a problem."""

    problem: Problem
    design: str
    noise: float
    seed: int

    def history(self, count: int) -> History:
        """That many results."""
        rng, search = np.random.default_rng([self.seed, 7]), Tunesmith(self.problem.space, self.seed)
        configs = self.problem.space.decode(rng.random((count, len(self.problem.space))))
        trials = []
        for number, drawn in enumerate(configs, start=1):
            trial, config = search.ask() if self.design == "search" else (None, drawn)
            truth = self.problem.losses(self.problem.space.encode([config]))[0]
            loss = float(truth + self.noise * self.problem.sd * rng.standard_normal())
            if trial is not None:
                search.tell(trial, config, loss)
            trials.append(Trial(number, config, TrialState.COMPLETED, (loss,)))
        return History.of(self.problem.space, trials)


Outcomes = dict[
    tuple[str, ...], list[tuple[float, float]]
]  # whether it was so, and the width of the interval


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", choices=list(_PROBLEMS), default="all")
    parser.add_argument("--designs", nargs="*", default=list(_COUNTS))
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(100, 106)))
    options = parser.parse_args()
    print(headline("numpy", "scipy"))
    print(f"problems: {options.problems}; seeds: {' '.join(map(str, options.seeds))}\n")
    outcomes: Outcomes = defaultdict(list)
    for problem in _PROBLEMS[options.problems]():
        for case in _cases(problem, options.designs, options.seeds):
            history = case.history(max(_COUNTS[case.design]))
            for count in _COUNTS[case.design]:
                _judge(case, history.prefix(count), outcomes)
    _print(outcomes)


def _cases(problem: Problem, designs: list[str], seeds: list[int]) -> Iterator[Case]:
    for design in designs:
        for noise in _NOISES:
            for seed in seeds:
                yield Case(problem, design, noise, seed)


def _judge(case: Case, history: History, outcomes: Outcomes) -> None:
    problem = case.problem
    surrogate = Surrogate.fit(history, Objective("loss"))
    if surrogate is None:
        raise AssertionError(problem.name)
    everywhere, among_best = importance(surrogate), importance(surrogate, "best")
    good = replace(problem, rules=_rules_of_best(surrogate))
    groups = ("all", f"{case.design}, {len(history)} results", f"{problem.name}, noise {case.noise}")
    judged = [*_intervals(problem, everywhere), *_bands(problem, surrogate)]
    judged += [(f"among the best: {what}", outcome) for what, outcome in _intervals(good, among_best)]
    judged += _named(problem, good, everywhere, among_best)
    for quantity, outcome in judged:
        for group in groups:
            outcomes[group, quantity].append(outcome)


def _rules_of_best(surrogate: Surrogate) -> tuple[Rule, ...]:
    nodes = [basis.nodes for basis in surrogate.draws[0].bases]
    return tuple(zip(nodes, weights_of_best(surrogate), strict=True))


def _named(
    problem: Problem, good: Problem, everywhere: Importance, among_best: Importance
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Whether those that do nothing were named, and those that matter were not."""
    said = {
        share.name: finding.facts
        for finding in no_effect(everywhere, among_best, "loss")
        for share in finding.facts.idle
    }
    for name, total, best in zip(problem.space.names, problem.total, good.total, strict=True):
        facts = said.get(name)
        if total == 0.0:
            yield "does nothing, and is named", (float(facts is not None), 0.0)
        elif total > _CLEAR:
            is_false = facts is not None and (
                facts.at_most_everywhere < LITTLE or (facts.at_most < LITTLE and best > _CLEAR)
            )
            yield "matters, but is named", (float(is_false), 0.0)


def _intervals(problem: Problem, found: Importance) -> Iterator[tuple[str, tuple[float, float]]]:
    for main, total, share in zip(problem.main, problem.total, found.parameters, strict=True):
        yield _held("main", main, share.main)
        yield _held("total", total, share.total)
    order: Mapping[str, int] = {name: j for j, name in enumerate(problem.space.names)}
    for pair in found.pairs:
        i, j = sorted(order[name] for name in pair.names)
        yield _held("pair", problem.pairs[i, j], pair.share)


def _held(quantity: str, truth: float, interval: Interval) -> tuple[str, tuple[float, float]]:
    width = interval.high - interval.low
    inside = interval.low - 1e-9 <= truth <= interval.high + 1e-9
    return quantity + (" = 0" if truth < 1e-9 else " > 0"), (float(inside), width)


def _bands(problem: Problem, surrogate: Surrogate) -> Iterator[tuple[str, tuple[float, float]]]:
    """Whether the band along each parameter holds the truth, at every fourth value."""
    for j, parameter in enumerate(problem.space.parameters):
        line = effect(surrogate, parameter.name)
        truths = problem.along(j, parameter.to_unit(line.xs))
        for truth, low, high in list(zip(truths, line.low, line.high, strict=True))[::4]:
            yield "effect", (float(low <= truth <= high), (high - low) / problem.sd)


def _print(outcomes: Outcomes) -> None:
    print("| results | quantity | cases | share | median width |\n|---|---|--:|--:|--:|")
    for (group, quantity), found in sorted(outcomes.items()):
        inside, width = np.transpose(found)
        error = np.sqrt(inside.mean() * (1.0 - inside.mean()) / len(inside))
        print(
            f"| {group} | {quantity} | {len(inside)} | {inside.mean():.3f} ± {error:.3f} | {np.median(width):.3f} |"
        )


if __name__ == "__main__":
    main()
