"""Several algorithms compared: the best value of each by what it has used."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.web.charts.base import SERIES, Options, axis, chart, tip
from tunesmith.web.charts.room import ROOM, value_axis
from tunesmith.web.views.algorithms import AlgorithmCourse

_LINES = ("solid", "dashed", "dotted")


def algorithms_chart(courses: Sequence[AlgorithmCourse], metric: str, *, seconds: bool) -> Options:
    """A line for each algorithm, told apart by colour and dashes."""
    return chart(
        axis("seconds of training time" if seconds else "training jobs that ended", min=0),
        value_axis(f"best {metric}"),
        [
            {
                "id": course.name,
                "name": course.name,
                "type": "line",
                "step": "end",
                "symbol": "none",
                "lineStyle": {"color": SERIES[place % 8], "width": 2.5, "type": _LINES[place // 4 % 3]},
                "itemStyle": {"color": SERIES[place % 8]},
                "data": course.by_seconds if seconds else course.by_jobs,
            }
            for place, course in enumerate(courses)
        ],
        tooltip=tip("item", **{":formatter": "(p) => Number(p.value[1].toPrecision(6))"}),
        grid=ROOM,
        animation=False,
    )
