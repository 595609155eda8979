"""The chart of several tuning jobs' best values so far."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.core.objective import Goal, Objective
from tunesmith.web.charts.base import SERIES, Options, axis, chart, tip
from tunesmith.web.charts.room import ROOM, value_axis
from tunesmith.web.views.comparison import Along, Course

_NAMES = {
    Along.TRIALS: "training jobs that ended",
    Along.TIME: "time since it was created",
    Along.RUN_TIME: "training time of all training jobs together",
    Along.MONEY: "money",
}
_UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
_SHOWN = "Number(Number(p.value[1]).toPrecision(6))"
_AT = "Number(Number(p.value[0]).toPrecision(4))"
_TIP = f"(p) => p.marker + p.seriesName + '<br><b>' + {_SHOWN} + '</b> at ' + {_AT}"


def comparison_chart(
    objective: Objective, courses: Sequence[Course], along: Along, currency: str = ""
) -> Options:
    """Best values by what was spent; each line ends where its tuning job does."""
    goal = "higher is better" if objective.goal is Goal.MAXIMIZE else "lower is better"
    size, unit = _unit(courses, along, currency)
    series = [
        {
            "id": each.name,
            "name": each.name,
            "type": "line",
            "step": "end",
            "symbolSize": 5,
            "symbol": _SYMBOLS[place % len(_SYMBOLS)],
            "lineStyle": {"color": colour, "width": 2.2},
            "itemStyle": {"color": colour},
            "data": [[x / size, value] for x, value in each.points],
        }
        for place, (each, colour) in enumerate(zip(courses, SERIES, strict=False))
    ]
    name = _NAMES[along] + (f" ({unit})" if unit else "")
    return chart(
        axis(name, min=0, nameGap=28, minInterval=1 if along is Along.TRIALS else 0),
        value_axis(f"best {objective.metric} ({goal})"),
        series,
        tooltip=tip(**{":formatter": _TIP}),
        animation=False,
        grid=ROOM,
    )


_SYMBOLS = ("circle", "rect", "triangle", "diamond", "emptyCircle")


def _unit(courses: Sequence[Course], along: Along, currency: str) -> tuple[float, str]:
    if along is Along.TRIALS:
        return 1, ""
    if along is Along.MONEY:
        return 1, currency
    longest = max((each.points[-1][0] for each in courses if each.points), default=0)
    return next(((size, unit) for size, unit in _UNITS if longest >= 2 * size), _UNITS[-1])
