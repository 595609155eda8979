"""The map of the objective over two hyperparameters."""

from __future__ import annotations

from tunesmith.web.charts.base import Options, chart, tip
from tunesmith.web.charts.room import BARE
from tunesmith.web.charts.slices import parameter_axis
from tunesmith.web.views.axes import Axis
from tunesmith.web.views.contour import Contour

_WIDEST = 56

_DRAW = """(params, api) => {
  const a = api.coord([api.value(0), api.value(2)]), b = api.coord([api.value(1), api.value(3)]);
  const size = api.size([1, 1]);
  const wide = api.value(0) === api.value(1) ? size[0] : 0, high = api.value(2) === api.value(3) ? size[1] : 0;
  const left = Math.min(a[0], b[0]) - wide / 2, top = Math.min(a[1], b[1]) - high / 2;
  return { type: "rect", shape: { x: left, y: top, width: Math.abs(b[0] - a[0]) + wide + 0.6,
    height: Math.abs(b[1] - a[1]) + high + 0.6 }, style: { fill: api.visual("color") }, silent: false };
}"""
_TIP = (
    "(p) => p.seriesId === 'points' ? 'Training job ' + p.value[3] + ': <b>' + Number(p.value[2].toPrecision(6)) + '</b>' : "
    "'about <b>' + Number(p.value[4].toPrecision(4)) + '</b> ± ' + Number(p.value[5].toPrecision(2))"
)


def contour_chart(shown: Contour) -> Options:
    """Cells in the colours of the expected value, and the training jobs as points."""
    ramp = ["var(--scale-low)", "var(--scale-high)"]
    return chart(
        parameter_axis(shown.x, splitLine={"show": False}),
        parameter_axis(shown.y, nameGap=_gap(shown.y), splitLine={"show": False}),
        [
            {
                "id": "cells",
                "type": "custom",
                ":renderItem": _DRAW,
                "encode": {"x": [0, 1], "y": [2, 3], "tooltip": 4},
                "data": shown.cells,
                "clip": True,
            },
            {
                "id": "points",
                "type": "scatter",
                "symbolSize": 7,
                "itemStyle": {"color": "var(--surface)", "borderColor": "var(--text)", "borderWidth": 1},
                "data": shown.points,
            },
        ],
        visualMap={
            "type": "continuous",
            "seriesIndex": 0,
            "dimension": 4,
            "min": shown.low,
            "max": shown.high if shown.high > shown.low else shown.low + 1,
            "inRange": {"color": ramp if shown.is_maximized else ramp[::-1]},
            "right": 0,
            "top": "middle",
            "itemWidth": 12,
            "itemHeight": 140,
            "textStyle": {"color": "var(--quiet)"},
            ":formatter": "(value) => String(Number(Number(value).toPrecision(3)))",
        },
        tooltip=tip(**{":formatter": _TIP}),
        grid={**BARE, "right": 84},
        animation=False,
    )


def _gap(y: Axis) -> int:
    """Between an upright axis and its name, in pixels: as wide as its numbers or choices."""
    if y.kind == "value" and not y.is_whole:
        return _WIDEST
    ends = y.choices or (f"{y.low:g}", f"{y.high:g}")
    return min(_WIDEST, 18 + 7 * max(map(len, ends)))
