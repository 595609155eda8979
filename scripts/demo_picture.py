"""The picture of a tuning job that `scripts/demo` draws: how the search went, and what mattered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

INK, FAINT, ACCENT = "#22313f", "#b8c4ce", "#d1495b"
AGE = LinearSegmentedColormap.from_list("age", ["#a9d6e5", "#2c7da0", "#012a4a"])  # early to late
SLICES = 4  # parameters that are shown
BINS = 4  # of equal size, along a parameter, to see how much it moves the value


@dataclass(frozen=True)
class Picture:
    """What is drawn: numeric parameters, one row a trial in order of ending; the first has the defaults."""

    title: str
    metric: str
    parameters: Sequence[str]
    logarithmic: frozenset[str]
    configs: np.ndarray  # (n, d)
    values: np.ndarray  # (n,), lower is better

    def save(self, file: Path) -> None:
        """Draw it and write it as a PNG."""
        figure = Figure(figsize=(10, 6.2), layout="constrained")
        figure.suptitle(self.title, color=INK, fontsize=13, x=0.01, ha="left", fontweight="bold")
        top, bottom = figure.subfigures(2, 1, height_ratios=[1.25, 1])
        self._history(top.subplots())
        chosen = self.most_telling()
        for i, (axes, column) in enumerate(
            zip(bottom.subplots(1, len(chosen), sharey=True), chosen, strict=True)
        ):
            self._slice(axes, column)
            axes.set_ylabel(self.metric if i == 0 else "")
        figure.savefig(file, dpi=110)

    def most_telling(self) -> list[int]:
        """The columns whose bins differ most: the share of the ranks' variance that lies between bins."""
        ranks = self.values.argsort().argsort().astype(float)
        shares = [_between(ranks[column.argsort(kind="stable")]) for column in self.configs.T]
        return sorted(np.argsort(shares)[::-1][:SLICES].tolist())

    def _history(self, axes: Axes) -> None:
        """Every trial, the best so far, and the defaults."""
        trials = np.arange(1, len(self.values) + 1)
        best = np.minimum.accumulate(self.values)
        axes.scatter(trials, self.values, c=trials, cmap=AGE, s=28, zorder=3, label="a training job")
        axes.step(trials, best, where="post", color=ACCENT, lw=2, zorder=2, label="best so far")
        axes.axhline(self.values[0], color=INK, lw=1, ls=(0, (4, 3)), zorder=1)
        _label(axes, f"XGBoost's defaults: {self.values[0]:.4f}", self.values[0], INK, above=True)
        _label(axes, f"best: {best[-1]:.4f}", best[-1], ACCENT, above=False)
        low, high = self._limits()
        above = self.values > high
        axes.plot(
            trials[above], np.full(above.sum(), high), "^", color=FAINT, clip_on=False, label="off the scale"
        )
        axes.set(xlabel="training jobs, in the order in which they ended", ylabel=self.metric)
        axes.set(ylim=(low, high), xlim=(0.3, len(trials) + 0.7))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=9, labelcolor=INK
        )
        _quiet(axes)

    def _slice(self, axes: Axes, column: int) -> None:
        """The value against one parameter; later trials are darker, as above."""
        x = self.configs[:, column]
        axes.scatter(x, self.values, c=np.arange(len(x)), cmap=AGE, s=18, zorder=2)
        winner = int(self.values.argmin())
        axes.scatter(
            x[winner], self.values[winner], s=90, facecolors="none", edgecolors=ACCENT, lw=1.8, zorder=3
        )
        axes.set(xlabel=self.parameters[column], ylim=self._limits())
        if self.parameters[column] in self.logarithmic:
            axes.set_xscale("log")
            decades = np.log10(x.max() / x.min())
            axes.xaxis.set_major_locator(LogLocator(subs=(1,) if decades > 1.5 else (1, 2, 5)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        _quiet(axes)

    def _limits(self) -> tuple[float, float]:
        """The range of values that is worth looking at: hopeless trials are shown at its upper edge."""
        low, high = float(self.values.min()), float(max(np.quantile(self.values, 0.9), self.values[0]))
        margin = 0.15 * (high - low)
        return low - margin, high + margin


def _between(ranks: np.ndarray) -> float:
    """The variance of the bins' means, for ranks in the order of a parameter."""
    return float(np.var([bin_.mean() for bin_ in np.array_split(ranks, BINS)]))


def _label(axes: Axes, text: str, height: float, color: str, *, above: bool) -> None:
    """Write on a horizontal line, at its right end, over whatever lies there."""
    axes.annotate(
        text,
        (1, height),
        (-4, 5 if above else -14),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        color=color,
        fontsize=9,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
        zorder=4,
    )


def _quiet(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=8, color=FAINT)
    axes.xaxis.label.set(color=INK, fontsize=9)
    axes.yaxis.label.set(color=INK, fontsize=9)
    axes.grid(axis="y", color=FAINT, alpha=0.35, lw=0.6)
    axes.set_axisbelow(True)
