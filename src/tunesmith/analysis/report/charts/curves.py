"""Learning curves: what training jobs reported of the objective, one report after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunesmith.analysis.report.charts import svg
from tunesmith.analysis.report.contents import Curve
from tunesmith.analysis.report.document import Figure, Table
from tunesmith.analysis.words import count, figure
from tunesmith.core.objective import Objective

_WIDTH, _HEIGHT, _BOTTOM, _TOP = 760, 300, 40, 24
_POINTS = 150  # of each curve that are drawn at the most
_ROWS = 10
_WORST = 0.95  # share of the losses that the picture has room for


def learning_curves(objective: Objective, curves: Sequence[Curve], best: int | None) -> Figure | None:
    """Draw learning curves, the best one over the others; None if no training job reported more than once."""
    curves = [curve for curve in curves if len(curve.values) > 1]
    if not curves:
        return None
    stopped = sum(curve.stopped for curve in curves)
    alt = (
        f"{objective.metric} over the reports of {count(len(curves), 'training job')}, "
        f"{stopped or 'none'} of them stopped before the end (dashed)."
    )
    rows = [
        (
            str(c.number),
            str(len(c.values)),
            figure(c.values[0]),
            figure(c.values[-1]),
            "yes" if c.stopped else "no",
        )
        for c in curves[:_ROWS]
    ]
    heading = ("Training job", "Reports", "First", "Last", "Stopped early")
    table = Table("Learning curves", heading, rows, frozenset({0, 1, 2, 3}))
    return Figure("Learning curves", alt, _picture(objective, curves, best, alt), table)


def _picture(objective: Objective, curves: Sequence[Curve], best: int | None, alt: str) -> str:
    losses = np.array([objective.loss(v) for curve in curves for v in curve.values])
    ends = [objective.value(float(loss)) for loss in (losses.min(), np.quantile(losses, _WORST))]
    low, high = svg.padded(ends)
    y = svg.Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    x = svg.Scale(1, max(len(curve.values) for curve in curves), svg.LEFT + 8, _WIDTH - 12)
    parts = [svg.left_axis(y, _WIDTH - 12, objective.metric), svg.bottom_axis(x, _HEIGHT - _BOTTOM, "report")]
    for curve in sorted(curves, key=lambda curve: curve.number == best):  # the best comes last, on top
        chosen = np.unique(np.linspace(0, len(curve.values) - 1, _POINTS).round().astype(int))
        style = "line" if curve.number == best else "thin stopped" if curve.stopped else "thin"
        parts.append(svg.line([(x.at(i + 1), y.at(curve.values[i])) for i in chosen], style))
    return svg.picture(_WIDTH, _HEIGHT, alt, parts)
