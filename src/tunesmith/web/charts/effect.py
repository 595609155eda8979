"""The metric along a hyperparameter, averaged over all others, with its band."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.core.space import Value
from tunesmith.web.charts.base import Options, chart, tip
from tunesmith.web.charts.room import BARE, value_axis
from tunesmith.web.charts.slices import parameter_axis
from tunesmith.web.views import words
from tunesmith.web.views.axes import Axis
from tunesmith.web.views.lesson import Line

_BAND = """(params, api) => {
  const points = DATA;
  const up = points.map((p) => api.coord([p[0], p[2]])), down = points.map((p) => api.coord([p[0], p[1]])).reverse();
  return { type: "polygon", shape: { points: [...up, ...down] }, style: { fill: api.visual("color"), opacity: 0.18 }, silent: true };
}"""
_WHISKER = """(params, api) => {
  const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0), api.value(2)]);
  return { type: "line", shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: api.visual("color"), lineWidth: 8, opacity: 0.25 } };
}"""


def effect_chart(shown: Line, x: Axis, metric: str) -> Options:
    """A line with its 90 % band, or points with theirs for categories."""
    is_category = x.kind == "category"
    xs = [words.setting(each) for each in shown.xs] if is_category else list(shown.xs)
    band = [[at, low, high] for at, low, high in zip(xs, shown.low, shown.high, strict=True)]
    numbers = str([[float(at), low, high] for at, low, high in band]) if not is_category else ""
    colour = {"color": "var(--series-1)"}
    return chart(
        parameter_axis(x),
        value_axis(metric),
        [
            {
                "id": "band",
                "type": "custom",
                ":renderItem": _WHISKER if is_category else _BAND.replace("DATA", numbers),
                "encode": {"x": 0, "y": [1, 2]},
                "itemStyle": colour,
                "data": band if is_category else band[:1],
                "silent": True,
                "tooltip": {"show": False},
            },
            {"id": "extent", "type": "scatter", "symbolSize": 0, "silent": True, "data": _ends(band)},
            {
                "id": "mean",
                "type": "scatter" if is_category else "line",
                "symbol": "circle" if is_category else "none",
                "symbolSize": 9,
                "lineStyle": {**colour, "width": 2.5},
                "itemStyle": colour,
                "data": [list(point) for point in zip(xs, shown.mean, strict=True)],
            },
        ],
        tooltip=tip("axis"),
        grid=BARE,
        animation=False,
    )


def _ends(band: Sequence[Sequence[Value]]) -> list[list[Value]]:
    """The ends of the band as points that nobody sees, so that the axis reaches them."""
    return [[at, end] for at, low, high in band for end in (low, high)]
