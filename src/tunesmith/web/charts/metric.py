"""The chart of one metric of one training job."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.views.training_metrics import Point

POINTS = "points"
"""The id of the series."""

_SHORT = "Number(Number(p[0].data[1]).toPrecision(6))"
_TIP = f"(p) => 'report ' + p[0].data[0] + ', after ' + p[0].data[2] + ' s<br><b>' + {_SHORT} + '</b>'"


def metric_chart(points: Sequence[Point], *, by_time: bool) -> Options:
    """All points, along the reports or the seconds since the start."""
    return chart(
        axis("seconds" if by_time else "report", nameGap=24, minInterval=0 if by_time else 1),
        axis(),
        [
            {
                "id": POINTS,
                "type": "line",
                "showSymbol": len(points) <= 1,
                "symbolSize": 5,
                "lineStyle": {"width": 1.8},
                "encode": {"x": 2 if by_time else 0, "y": 1},
                "data": [list(point) for point in points],
            }
        ],
        tooltip=tip("axis", **{":formatter": _TIP}),
        animation=False,
        grid={"left": 8, "right": 16, "top": 12, "bottom": 26, "containLabel": True},
    )
