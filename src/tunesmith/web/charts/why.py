"""What was expected of a suggestion, beside the earlier training jobs that are like it."""

from __future__ import annotations

from tunesmith.core.objective import Objective
from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.room import BARE
from tunesmith.web.views.lesson import Expectation

_WHISKER = """(params, api) => {
  const a = api.coord([api.value(0), api.value(2)]), b = api.coord([api.value(1), api.value(2)]);
  return { type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: api.visual("color"), lineWidth: 6, opacity: 0.3, lineCap: "round" } };
}"""


def why_chart(objective: Objective, shown: Expectation) -> Options:
    """Expected value with 90 % of the cases, the best then, and the nearest neighbours."""
    rows = [f"nearest: training job {number}" for number, _ in shown.nearest][::-1]
    values = [value for _, value in shown.nearest][::-1]
    names = [*rows, "best then", "expected"]
    spread = 1.645 * shown.deviation
    place = len(names) - 1
    points = [*values, shown.best, shown.expected]
    return chart(
        axis(objective.metric),
        axis("", "category", data=names, axisLabel={"color": "var(--text)"}),
        [
            {
                "id": "spread",
                "type": "custom",
                ":renderItem": _WHISKER,
                "encode": {"x": [0, 1], "y": 2},
                "itemStyle": {"color": "var(--series-1)"},
                "data": [[shown.expected - spread, shown.expected + spread, place]],
                "tooltip": {"show": False},
            },
            {
                "id": "values",
                "type": "scatter",
                "symbolSize": 11,
                "itemStyle": {"color": "var(--series-1)"},
                "data": [[value, row] for row, value in enumerate(points)],
            },
        ],
        tooltip=tip(**{":formatter": "(p) => Number(p.value[0].toPrecision(6))"}),
        grid=BARE,
        animation=False,
    )
