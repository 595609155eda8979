"""How often findings are right: `python -m benchmarks.findings`.

Objectives of two to six hyperparameters are made up so that it is known what ought to be found (problems.py), and
searched at random and by Bayesian search. What is found is shown by the number of results that it is found with, since
few cannot tell. Thresholds were chosen on seeds below 100 and are confirmed on the others, which are the default here. A
finding counts as found if it names the right hyperparameter (and the right end), as a false alarm if it names one that
matters (or an end at which the best value does not lie), or if there is nothing to find.
`--outlook` compares what more trials were to bring with what they brought, on COCO's functions.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.findings.histories import searched
from benchmarks.findings.problems import FAMILIES, Planted, planted
from benchmarks.search.problems import with_noise

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.boundary import boundary
from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.importance import importance
from tunesmith.analysis.learned import without_idle_ends
from tunesmith.analysis.no_effect import no_effect
from tunesmith.analysis.noise import noise
from tunesmith.analysis.outlook import Outlook, outlook
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective

CASES: dict[str, dict[str, float]] = {
    "nothing": {},
    "an edge": {"edges": 1},
    "an idle one": {"idle": 1},
    "noise": {"noise": 0.25},
    "an edge, a little noise": {"edges": 1, "noise": 0.05},
    "an idle one, a little noise": {"idle": 1, "noise": 0.05},
}


COUNTS = {"Random": (30, 60, 100, 200), "Bayesian": (30, 60, 100)}
"""After how many results is looked; a Bayesian search for 200 takes longer than everything else here."""


@dataclass(frozen=True)
class Outcome:
    """One judgement of what was said of one history."""

    seed: int
    what: str
    case: str
    search: str
    count: int
    is_so: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=range(100, 110))
    parser.add_argument("--results", type=Path, help="the file of outcomes to go on with")
    parser.add_argument("--outlook", action="store_true")
    options = parser.parse_args()
    print(headline("numpy", "scipy"))
    if options.outlook:
        _foretell(options.seeds)
    else:
        _show(list(_outcomes(options.seeds, options.results)))


def _outcomes(seeds: Sequence[int], file: Path | None) -> Iterator[Outcome]:
    """Those of all seeds; the ones that the file has are taken from there, the others are added to it."""
    known = []
    if file is not None and file.exists():
        known = [Outcome(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
    for seed in seeds:
        old = [outcome for outcome in known if outcome.seed == seed]
        outcomes = old or list(_find(seed))
        if file is not None and not old:
            with file.open("a", encoding="utf-8") as lines:
                lines.writelines(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes)
        yield from outcomes


def _find(seed: int) -> Iterator[Outcome]:
    for family in FAMILIES:
        for case, planting in CASES.items():
            problem = planted(family, seed, **planting)  # type: ignore[arg-type]
            for search, counts in COUNTS.items():
                history = searched(problem, search, max(counts), seed)
                for count in counts:
                    for what, is_so in _judged(problem, _said(problem, history.prefix(count))):
                        yield Outcome(seed, what, case, search, count, is_so)


def _show(outcomes: Sequence[Outcome]) -> None:
    counts = sorted({count for each in COUNTS.values() for count in each})
    print("seeds:", *sorted({outcome.seed for outcome in outcomes}), end="\n\n")
    print(f"| what | search | of objectives with |{''.join(f' {count} results |' for count in counts)}")
    print("|---|---|---|" + "--:|" * len(counts))
    rows: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        rows[each.what, each.search, "all of them"].append(each)
        if each.what.endswith("found"):
            rows[each.what, each.search, each.case].append(each)
    for row, found in sorted(rows.items()):
        cells = [_cell([outcome.is_so for outcome in found if outcome.count == count]) for count in counts]
        print(f"| {' | '.join((*row, *cells))} |")


def _cell(outcomes: list[bool]) -> str:
    return f"{sum(outcomes)} of {len(outcomes)}: {np.mean(outcomes):.0%}" if outcomes else ""


def _said(problem: Planted, history: History) -> Iterator[Finding]:
    """The findings that are judged here, as `learn` makes them among others."""
    objective = Objective("loss")
    surrogate, beliefs = Surrogate.fit(history, objective), Beliefs.after(problem.space, history)
    if surrogate is None or beliefs is None:
        raise AssertionError(problem.name)
    idle = no_effect(importance(surrogate), importance(surrogate, "best"), "loss")
    yield from idle
    yield from without_idle_ends(boundary(beliefs, surrogate), idle)
    yield from filter(None, [noise(problem.space, history, objective, beliefs, surrogate)])


def _judged(problem: Planted, findings: Iterable[Finding]) -> Iterator[tuple[str, bool]]:
    """What was found of what is there, and what was found that is not."""
    by_kind = defaultdict(list)
    for finding in findings:
        by_kind[finding.kind].append(finding)
    ends = {(each.facts.parameter, each.facts.side) for each in by_kind[Kind.BOUNDARY]}
    true_ends = {
        (name, "upper" if centre > 0.5 else "lower")
        for name, centre in zip(problem.space.names, problem.centre, strict=True)
        if name in problem.at_edge
    }
    idle = {share.name for each in by_kind[Kind.NO_EFFECT] for share in each.facts.idle}
    noisy = any(each.severity is not Severity.FINE for each in by_kind[Kind.NOISE])
    if true_ends:
        yield "boundary found", true_ends <= ends
    yield "boundary false alarm", bool(ends - true_ends)
    if problem.idle:
        yield "idle found", problem.idle <= idle
    yield "idle false alarm", bool(idle - problem.idle)
    if problem.noise:
        yield "noise found", noisy
    else:
        yield "noise false alarm", noisy


def _foretell(seeds: Sequence[int]) -> None:
    """What more trials brought beside what they were to bring, in units of the rise from the best to the median."""
    from benchmarks.search import coco  # noqa: PLC0415 - a package of its own

    told: dict[int, list[tuple[float, float, bool]]] = defaultdict(list)
    problems = [*coco.bbob(short=False), *coco.mixed(short=False)]
    for seed, (i, plain) in product(seeds, enumerate(problems)):
        history = searched(with_noise(plain, 0.1) if i % 3 == 0 else plain, "Bayesian", 60, seed)
        losses = history.losses
        for count in (20, 40):
            beliefs = Beliefs.after(plain.space, history.prefix(count))
            if beliefs is None:
                continue
            facts = outlook(Objective("loss"), beliefs, modelled=True, ended=True, left=None).facts
            if not isinstance(facts, Outlook):
                raise TypeError(facts)
            unit = float(np.median(losses[:count]) - losses[:count].min())
            for steps in (5, 10, 20):
                actual = max(0.0, float(losses[:count].min() - losses[count : count + steps].min()))
                foretold = facts.improvement[steps - 1]
                inside = foretold.low <= actual <= foretold.high
                told[steps].append((foretold.value / unit, actual / unit, inside))
    print("| more trials | histories | foretold | came true | within the 90 % range |\n|--:|--:|--:|--:|--:|")
    for steps, outcomes in told.items():
        expected, actual, inside = np.mean(outcomes, axis=0)
        print(f"| {steps} | {len(outcomes)} | {expected:.3f} | {actual:.3f} | {inside:.3f} |")


if __name__ == "__main__":
    main()
