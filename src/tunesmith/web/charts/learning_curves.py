"""The chart of learning curves: one series of lines for each kind, however many curves there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.objective_history import LOOKS
from tunesmith.web.charts.room import ROOM, value_axis
from tunesmith.web.views.learning_curves import LearningCurve
from tunesmith.web.views.objective_history import Kind

_TIP = (
    "(p) => 'Training job ' + p.data.number + (p.data.best ? ', the best' : '') + '<br>last value <b>' + "
    "Number(p.data.last.toPrecision(6)) + '</b>' + (p.data.reason ? '<br><span style=\"white-space:normal\">' + "
    "p.data.reason + '</span>' : '')"
)
_MARGIN = 0.04


def learning_curves_chart(
    metric: str,
    curves: Sequence[LearningCurve],
    best: int | None,
    *,
    typical: tuple[float, float] | None,
    scale: str,
    seconds: bool,
) -> Options:
    """All curves.

    Args:
        metric: The objective.
        curves: What is drawn.
        best: The number of the best training job, which stands out.
        typical: The range of most final values.
        scale: `typical`, `all` or `log`.
        seconds: Whether x is the time since the start of the training job, else the number of the report.
    """
    y, x = _extent(curves, typical, scale), 2 if seconds else 0
    right = max((curve.points[-1][x] for curve in curves), default=1)
    return chart(
        axis("seconds" if seconds else "report", min=0 if seconds else 1, max=max(right, 2), minInterval=1),
        value_axis(metric, "log" if scale == "log" else "value", min=y[0], max=y[1]),
        [
            *(_lines(kind, curves, best, seconds=seconds) for kind in Kind),
            {**_bare(Kind.COMPLETED), **best_series(curves, best, seconds=seconds)},
        ]
        + [_ends(kind, curves, seconds=seconds) for kind in (Kind.STOPPED, Kind.FAILED)],
        tooltip=tip(extraCssText="max-width: 340px; white-space: normal;", **{":formatter": _TIP}),
        animation=False,
        grid=ROOM,
    )


def curve_items(curves: Iterable[LearningCurve], *, seconds: bool) -> list[Options]:
    """Curves as data of a series."""
    x = 2 if seconds else 0
    return [
        {
            "coords": [
                [point[x], point[1]]
                for point in (curve.points * 2 if len(curve.points) == 1 else curve.points)
            ]
        }
        | _item(curve)
        for curve in curves
    ]


def best_series(curves: Iterable[LearningCurve], best: int | None, *, seconds: bool) -> Options:
    """The curve of the best training job, on top of all others."""
    found = [curve for curve in curves if curve.number == best]
    return {
        "id": "lines best",
        "name": "Best",
        "lineStyle": {"color": "var(--series-3)", "width": 3, "opacity": 1},
        "itemStyle": {"color": "var(--series-3)"},
        "data": [{**item, "best": True} for item in curve_items(found, seconds=seconds)],
        "z": 6,
    }


def end_items(curves: Iterable[LearningCurve], *, seconds: bool) -> list[Options]:
    """Where curves end, as data of a series."""
    x = 2 if seconds else 0
    return [{"value": [curve.points[-1][x], curve.points[-1][1]]} | _item(curve) for curve in curves]


def _item(curve: LearningCurve) -> Options:
    """What is told of a curve."""
    reason = {"reason": _escaped(curve.reason)} if curve.reason else {}
    return {"number": curve.number, "last": curve.points[-1][1], **reason}


def _bare(kind: Kind) -> Options:
    """A series of lines without any."""
    label, _, colour, _ = LOOKS[kind]
    return {
        "id": f"lines {kind.value}",
        "name": label,
        "type": "lines",
        "coordinateSystem": "cartesian2d",
        "polyline": True,
        "itemStyle": {"color": colour},
        "emphasis": {"lineStyle": {"width": 3, "opacity": 1}},
        "clip": True,
    }


def _lines(kind: Kind, curves: Sequence[LearningCurve], best: int | None, *, seconds: bool) -> Options:
    own = [curve for curve in curves if curve.kind is kind and curve.number != best]
    style = {"color": LOOKS[kind][2], "width": 1.2, "opacity": _opacity(len(curves))}
    return {**_bare(kind), "lineStyle": style, "data": curve_items(own, seconds=seconds)}


def _ends(kind: Kind, curves: Sequence[LearningCurve], *, seconds: bool) -> Options:
    label, shape, colour, size = LOOKS[kind]
    return {
        "id": f"ends {kind.value}",
        "name": label,
        "type": "scatter",
        "symbol": shape,
        "symbolSize": size - 1,
        "itemStyle": {"color": colour, "opacity": 0.85},
        "data": end_items((curve for curve in curves if curve.kind is kind), seconds=seconds),
    }


def _opacity(curves: int) -> float:
    return 0.75 if curves <= 30 else 0.45 if curves <= 200 else 0.25


def _extent(
    curves: Sequence[LearningCurve], typical: tuple[float, float] | None, scale: str
) -> tuple[float, float]:
    """The ends of the axis of values: a series of lines has no say in them."""
    values = sorted(point[1] for curve in curves for point in curve.points)
    if scale == "log":
        values = [value for value in values if value > 0]
    if not values:
        return (1.0, 10.0) if scale == "log" else (0.0, 1.0)
    low, high = values[0], values[-1]
    if scale == "log":
        return low / 1.1, high * 1.1
    if scale == "typical":
        low, high = values[len(values) // 50], values[-1 - len(values) // 50]
        if typical is not None:
            low, high = min(low, typical[0]), max(high, typical[1])
    margin = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    return float(f"{low - margin:.4g}"), float(f"{high + margin:.4g}")


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;")[:300]
