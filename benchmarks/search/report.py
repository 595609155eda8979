"""Tables of normalised regret, ranks and times from runs."""

# ruff: noqa: PLC0415 - matplotlib is needed only for the picture

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from benchmarks.search.problems import Problem
from benchmarks.search.runs import Run

_SHARES = (0.25, 0.5, 1.0)  # of the budget


def regrets(
    runs: Sequence[Run], problems: Mapping[str, Problem]
) -> dict[tuple[str, int], dict[str, np.ndarray]]:
    """For each problem and seed, each optimizer's normalised regret after each trial.

    0 is the optimum, or the best that any run found where it is unknown, and 1 the median of random configurations.
    """
    found: dict[str, float] = defaultdict(lambda: np.inf)
    for run in runs:
        found[run.problem] = min(found[run.problem], *run.incumbents)
    table: dict[tuple[str, int], dict[str, np.ndarray]] = defaultdict(dict)
    for run in runs:
        problem = problems[run.problem]
        best = found[run.problem] if problem.optimum is None else problem.optimum
        curve = (np.array(run.incumbents) - best) / (problem.typical - best)
        table[run.problem, run.seed][run.optimizer] = np.clip(curve, 0.0, 1.0)
    return dict(table)


def write(runs: Iterable[Run], problems: Mapping[str, Problem], picture: Path | None = None) -> str:
    """The report as Markdown: a table for each family and one for all; only what all optimizers ran counts."""
    runs = [run for run in runs if run.problem in problems]
    table = regrets(runs, problems)
    optimizers = sorted({run.optimizer for run in runs})
    full = {key: row for key, row in table.items() if len(row) == len(optimizers)}
    seconds = {
        name: float(np.median([run.seconds / len(run.incumbents) for run in runs if run.optimizer == name]))
        for name in optimizers
    }
    parts = []
    for family in [*dict.fromkeys(problem.family for problem in problems.values()), "all"]:
        rows = {k: row for k, row in full.items() if family in ("all", problems[k[0]].family)}
        if rows:
            parts.append(_section(family, rows, optimizers, seconds))
    if picture is not None:
        _draw(full, optimizers, picture)
    return "\n".join(parts)


def _section(
    family: str,
    rows: Mapping[tuple[str, int], Mapping[str, np.ndarray]],
    optimizers: Sequence[str],
    seconds: Mapping[str, float],
) -> str:
    curves = np.array(
        [[[row[name][_at(row[name], s)] for s in _SHARES] for name in optimizers] for row in rows.values()]
    )
    ranks = (
        (curves[:, :, None] > curves[:, None, :]).sum(2)
        + 0.5 * (curves[:, :, None] == curves[:, None, :]).sum(2)
        + 0.5
    )
    # problems are drawn with all their seeds, because seeds of one problem are not independent
    names = np.array([problem for problem, _ in rows])
    means = [_resampled(ranks, names, seed) for seed in range(500)]
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    lines = [
        f"### {family}: {len(set(names))} problems, {len(rows)} runs each",
        "",
        "| optimizer | regret at 25 % | 50 % | 100 % | log10 regret at 100 % | rank at 25 % | 50 % | 100 % | ms per trial |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for i in np.argsort(ranks[:, :, -1].mean(0)):
        regret = " | ".join(f"{value:.3f}" for value in curves[:, i].mean(0))
        log = np.log10(curves[:, i, -1] + 1e-3).mean()
        rank = " | ".join(
            f"{ranks[:, i, s].mean():.2f} ({low[i, s]:.2f}-{high[i, s]:.2f})" for s in range(len(_SHARES))
        )
        name = optimizers[i]
        lines.append(f"| {name} | {regret} | {log:.2f} | {rank} | {1e3 * seconds[name]:.0f} |")
    return "\n".join([*lines, ""])


def _at(curve: np.ndarray, share: float) -> int:
    return max(int(np.ceil(share * len(curve))) - 1, 0)


def _resampled(ranks: np.ndarray, names: np.ndarray, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).choice(np.unique(names), size=len(np.unique(names)))
    return np.asarray(ranks[np.concatenate([np.flatnonzero(names == name) for name in drawn])].mean(0))


def _draw(
    table: Mapping[tuple[str, int], Mapping[str, np.ndarray]], optimizers: Sequence[str], path: Path
) -> None:
    """Mean regret against the share of the budget, on a logarithmic scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shares = np.linspace(0.05, 1.0, 39)
    figure, axes = plt.subplots(figsize=(8, 5))
    for name in optimizers:
        curve = [np.mean([row[name][_at(row[name], share)] for row in table.values()]) for share in shares]
        axes.plot(100 * shares, curve, label=name, linewidth=2.5 if name == "tunesmith" else 1.2)
    axes.set(xlabel="% of the budget", ylabel="mean normalised regret", yscale="log")
    axes.legend(fontsize=8)
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.savefig(path, dpi=120, bbox_inches="tight")
