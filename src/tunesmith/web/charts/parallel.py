"""Parallel coordinates: a line for each training job, over an axis for each hyperparameter."""

from __future__ import annotations

from tunesmith.web.charts.base import Options, tip
from tunesmith.web.views.axes import Axis
from tunesmith.web.views.settings_and_values import Lines

VALUE_AXIS = "value"
"""The id of the axis of the objective."""

_SHORT = "(value) => typeof value === 'number' ? String(Number(value.toPrecision(4))) : value"
_TIP = "(p) => 'Training job ' + p.data.number + ': <b>' + Number(p.data.last.toPrecision(6)) + '</b>'"


def parallel_chart(shown: Lines) -> Options:
    """The axes, with the objective as the last one, and the lines in the colours of their values."""
    objective = Axis(shown.metric, "value", shown.low, shown.high)  # its ends are those of the data
    axes = [_axis(place, each, f"axis {each.name}") for place, each in enumerate(shown.axes)]
    axes.append({**_axis(len(axes), objective, VALUE_AXIS), "min": "dataMin", "max": "dataMax"})
    return {
        "parallel": {
            "left": 48,
            "right": 96,
            "top": 48,
            "bottom": 28,
            "parallelAxisDefault": {
                "nameLocation": "end",
                "nameGap": 16,
                "nameTextStyle": {"color": "var(--text)", "fontSize": 12},
                "axisLabel": {
                    "color": "var(--text)",
                    "textBorderColor": "var(--surface)",
                    "textBorderWidth": 3,
                    ":formatter": _SHORT,
                    "hideOverlap": True,
                },
                "z": 10,
                "axisLine": {"lineStyle": {"color": "var(--line-strong)"}},
                "axisTick": {"lineStyle": {"color": "var(--line-strong)"}},
                "areaSelectStyle": {
                    "width": 18,
                    "borderWidth": 1,
                    "borderColor": "var(--accent)",
                    "color": "var(--accent)",
                    "opacity": 0.25,
                },
            },
        },
        "parallelAxis": axes,
        "visualMap": colours(shown, len(axes) - 1),
        "tooltip": tip(**{":formatter": _TIP}),
        "series": [lines_series(shown)],
        "animation": False,
    }


def lines_series(shown: Lines) -> Options:
    """The lines."""
    return {
        "id": "lines",
        "type": "parallel",
        "lineStyle": {"width": 1.3, "opacity": 0.55 if len(shown.lines) < 200 else 0.3},
        "inactiveOpacity": 0.04,
        "activeOpacity": 0.8,
        "smooth": False,
        "emphasis": {"lineStyle": {"width": 3, "opacity": 1}},
        "data": [
            {"value": [*_places(shown, line.places), line.value], "number": line.number, "last": line.value}
            for line in shown.lines
        ],
    }


def colours(shown: Lines, dimension: int) -> Options:
    """From pale, for bad values, to strong, for good ones."""
    ramp = ["var(--scale-low)", "var(--scale-high)"]
    return {
        "type": "continuous",
        "dimension": dimension,
        "min": shown.low,
        "max": shown.high if shown.high > shown.low else shown.low + 1,
        "inRange": {"color": ramp if shown.is_maximized else ramp[::-1]},
        "calculable": False,
        "right": 0,
        "top": "middle",
        "itemHeight": 120,
        "itemWidth": 12,
        "textStyle": {"color": "var(--quiet)"},
        ":formatter": "(value) => String(Number(Number(value).toPrecision(3)))",
    }


def _places(shown: Lines, places: tuple[float, ...]) -> list[float | str | None]:
    """Where a line crosses the axes; those of categories know their choices by name."""
    return [
        None if place != place else axis.choices[int(place)] if axis.kind == "category" else place  # noqa: PLR0124 - NaN
        for axis, place in zip(shown.axes, places, strict=True)
    ]


def _axis(dim: int, axis: Axis, key: str) -> Options:
    made: Options = {"dim": dim, "id": key, "name": axis.name, "type": axis.kind}
    if axis.kind == "category":
        return {**made, "data": list(axis.choices)}
    return {**made, "min": axis.low, "max": axis.high, **({"minInterval": 1} if axis.is_whole else {})}
