"""The chart of the objective history."""

from __future__ import annotations

from typing import Any

from tunesmith.core.objective import Goal, Objective
from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.room import ROOM, value_axis
from tunesmith.web.views.objective_history import Kind, ObjectiveHistory

LOOKS: dict[Kind, tuple[str, str, str, int]] = {
    Kind.COMPLETED: ("Completed", "circle", "var(--series-1)", 7),
    Kind.STOPPED: ("Stopped", "diamond", "var(--series-5)", 9),
    Kind.FAILED: ("Failed", "path://M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z", "var(--bad)", 8),
    Kind.PAUSED: ("Paused", "emptyDiamond", "var(--series-5)", 9),
    Kind.OPEN: ("Running", "emptyCircle", "var(--series-6)", 9),
}
"""How training jobs are drawn: a label, a shape, a colour and a size."""

_TIP = (
    "(p) => p.seriesId === 'best' ? 'Best so far: <b>' + Number(p.value[1].toPrecision(6)) + '</b>' : "
    "'Training job ' + p.value[0] + '<br>' + p.seriesName + (p.seriesId === 'failed' ? '' : "
    "': <b>' + Number(p.value[1].toPrecision(6)) + '</b>')"
)


def objective_history_chart(objective: Objective, history: ObjectiveHistory, scale: str) -> Options:
    """Training jobs by number; `scale` is `typical`, `all` or `log`."""
    goal = "higher is better" if objective.goal is Goal.MAXIMIZE else "lower is better"
    value = value_axis(f"{objective.metric} ({goal})", **scaled(history.typical, scale))
    failed = axis("", show=False, min=0, max=40, scale=False)
    return chart(
        axis("training job", minInterval=1, min=1, **{":max": "(seen) => Math.max(seen.max, 2)"}),
        value,
        [
            *(_series(kind, history) for kind in Kind),
            {
                "id": "best",
                "name": "Best so far",
                "type": "line",
                "step": "end",
                "symbol": "none",
                "lineStyle": {"color": "var(--series-3)", "width": 2.5},
                "itemStyle": {"color": "var(--series-3)"},
                "data": history.best,
                "z": 1,
            },
        ],
        yAxis=[value, failed],
        tooltip=tip(**{":formatter": _TIP}),
        animation=False,
        grid=ROOM,
    )


def history_news(history: ObjectiveHistory) -> Options:
    """What replaces the parts that are small: the open training jobs, and the best so far."""
    changed = [{"id": kind.value, "data": history.points[kind]} for kind in Kind if kind.may_change]
    return {"series": [*changed, {"id": "best", "data": history.best}]}


def scaled(typical: tuple[float, float] | None, scale: str) -> dict[str, Any]:
    """Options of the axis of the objective."""
    if scale == "typical" and typical is not None:
        return {"min": float(f"{typical[0]:.4g}"), "max": float(f"{typical[1]:.4g}")}
    return {"kind": "log" if scale == "log" else "value", "min": None, "max": None}


def _series(kind: Kind, history: ObjectiveHistory) -> Options:
    label, shape, colour, size = LOOKS[kind]
    return {
        "id": kind.value,
        "name": label,
        "type": "scatter",
        "symbol": shape,
        "symbolSize": size,
        "itemStyle": {"color": colour, "opacity": 0.85},
        "yAxisIndex": 1 if kind is Kind.FAILED else 0,
        "data": history.points[kind],
        "cursor": "pointer",
    }
