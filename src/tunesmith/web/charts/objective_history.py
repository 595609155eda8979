"""The chart of the objective history."""

from __future__ import annotations

from typing import Any

from tunesmith.core.objective import Goal, Objective
from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.room import ROOM, value_axis
from tunesmith.web.views.expectations import NOTHING, Expectations
from tunesmith.web.views.objective_history import Kind, ObjectiveHistory

LOOKS: dict[Kind, tuple[str, str, str, int]] = {
    Kind.COMPLETED: ("Completed", "circle", "var(--series-1)", 7),
    Kind.STOPPED: ("Stopped", "diamond", "var(--series-5)", 9),
    Kind.FAILED: ("Failed", "path://M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z", "var(--bad)", 8),
    Kind.PAUSED: ("Paused", "emptyDiamond", "var(--series-5)", 9),
    Kind.OPEN: ("Running", "emptyCircle", "var(--series-6)", 9),
}
"""How training jobs are drawn: a label, a shape, a colour and a size."""

_DIGITS = "((value) => Number(value.toPrecision(4)))"
_TIP = (
    "(p) => p.seriesId === 'expected' ? 'Training job ' + p.value[0] + '<br>Expected without noise: <b>' + "
    f"{_DIGITS}(p.value[2]) + '</b>, 90 %: ' + {_DIGITS}(p.value[1]) + ' to ' + {_DIGITS}(p.value[3]) : "
    "p.seriesId === 'best' ? 'Best so far: <b>' + Number(p.value[1].toPrecision(6)) + '</b>' : "
    "'Training job ' + p.value[0] + '<br>' + p.seriesName + (p.seriesId === 'failed' ? '' : "
    "': <b>' + Number(p.value[1].toPrecision(6)) + '</b>')"
)
_PLACE = """const y = (value) => {
    const at = api.coord([api.value(0), value])[1], box = params.coordSys;
    return Number.isFinite(at) ? at : box.y + box.height;
  };"""  # what a logarithm cannot show is below
_WHISKER = f"""(params, api) => {{
  {_PLACE}
  const x = api.coord([api.value(0), api.value(2)])[0], [top, middle, end] = [3, 2, 1].map((i) => y(api.value(i)));
  const half = Math.min(5, Math.max(1.5, api.size([1, 0])[0] * 0.4)), stroke = api.visual("color");
  const line = (x1, y1, x2, y2, lineWidth) => ({{ type: "line", shape: {{ x1, y1, x2, y2 }}, style: {{ stroke, lineWidth }} }});
  return {{ type: "group", children: [line(x, top, x, end, half < 3 ? 1 : 2), line(x - half, middle, x + half, middle, 2)] }};
}}"""
_STEP = f"""(params, api) => {{
  {_PLACE}
  const x = api.coord([api.value(0), api.value(2)])[0], right = api.coord([api.value(1), api.value(2)])[0];
  const top = y(api.value(3)), height = Math.max(1, y(api.value(2)) - top);
  return {{ type: "rect", shape: {{ x, y: top, width: right - x, height }}, style: {{ fill: api.visual("color"), opacity: 0.22 }} }};
}}"""


def objective_history_chart(
    objective: Objective, history: ObjectiveHistory, scale: str, expected: Expectations = NOTHING
) -> Options:
    """Training jobs by number, with what the model expects; `scale` is `typical`, `all` or `log`."""
    goal = "higher is better" if objective.goal is Goal.MAXIMIZE else "lower is better"
    value = value_axis(f"{objective.metric} ({goal})", **scaled(history.typical, scale))
    failed = axis("", show=False, min=0, max=40, scale=False)
    return chart(
        axis("training job", minInterval=1, min=1, **{":max": "(seen) => Math.max(seen.max, 2)"}),
        value,
        [
            *_expectations(expected, scale),
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


def expectations_news(expected: Expectations, scale: str) -> Options:
    """What puts other expectations into the chart, or takes them out."""
    return {"series": [{"id": each["id"], "data": each["data"]} for each in _expectations(expected, scale)]}


def band_news(expected: Expectations, scale: str) -> Options:
    """What puts another band around the best so far into the chart."""
    return {"series": expectations_news(expected, scale)["series"][:1]}


def history_news(history: ObjectiveHistory) -> Options:
    """What replaces the parts that are small: the open training jobs, and the best so far."""
    changed = [{"id": kind.value, "data": history.points[kind]} for kind in Kind if kind.may_change]
    return {"series": [*changed, {"id": "best", "data": history.best}]}


def scaled(typical: tuple[float, float] | None, scale: str) -> dict[str, Any]:
    """Options of the axis of the objective."""
    if scale == "typical" and typical is not None:
        return {"min": float(f"{typical[0]:.4g}"), "max": float(f"{typical[1]:.4g}")}
    return {"kind": "log" if scale == "log" else "value", "min": None, "max": None}


def _expectations(expected: Expectations, scale: str) -> list[Options]:
    """On a logarithmic scale the lower ends do not widen the axis: some may be next to 0."""
    is_log = scale == "log"
    steps = [
        [e.begin, e.end, _short(e.low), _short(e.high)] for e in expected.steps if e.high > 0 or not is_log
    ]
    lines = [
        [number, *map(_short, (each.low, each.value, each.high))]
        for number, each in expected.of.items()
        if each.value > 0 or not is_log
    ]
    common: Options = {"type": "custom", "clip": True}
    return [
        {
            **common,
            "id": "truth",
            "name": "Best without noise",
            ":renderItem": _STEP,
            "encode": {"x": [0, 1], "y": [3] if is_log else [2, 3]},
            "itemStyle": {"color": "var(--series-3)"},
            "silent": True,
            "tooltip": {"show": False},
            "data": steps,
            "z": 0,
        },
        {
            **common,
            "id": "expected",
            "name": "Expected without noise",
            ":renderItem": _WHISKER,
            "encode": {"x": 0, "y": [2] if is_log else [1, 3]},
            "itemStyle": {"color": "var(--line-strong)"},
            "data": lines,
            "z": 1,
        },
    ]


def _short(value: float) -> float:
    return float(f"{value:.6g}")


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
