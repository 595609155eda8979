"""What more training jobs would probably bring."""

from __future__ import annotations

from tunesmith.core.objective import Goal, Objective
from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.room import BARE, value_axis
from tunesmith.web.views.lesson import Future


def outlook_chart(objective: Objective, shown: Future) -> Options:
    """The best value after 0, 1, 2, ... more training jobs, with 90 % of the cases."""
    sign = 1.0 if objective.goal is Goal.MAXIMIZE else -1.0
    steps = [(0, 0.0, 0.0, 0.0), *((n, i.low, i.value, i.high) for n, i in enumerate(shown.improvement, 1))]
    mean = [[n, shown.best + sign * value] for n, _, value, _ in steps]
    low = [[n, min(shown.best + sign * a, shown.best + sign * b)] for n, a, _, b in steps]
    width = [[n, abs(b - a)] for n, a, _, b in steps]
    hidden = {"opacity": 0}
    band = {
        "type": "line",
        "stack": "band",
        "stackStrategy": "all",
        "symbol": "none",
        "lineStyle": hidden,
        "silent": True,
    }
    colour = "var(--series-3)"
    return chart(
        axis("more training jobs", minInterval=1, min=0, max=max(1, len(shown.improvement))),
        value_axis(f"best {objective.metric}"),
        [
            {**band, "id": "low", "data": low, "tooltip": {"show": False}},
            {
                **band,
                "id": "width",
                "data": width,
                "areaStyle": {"color": colour, "opacity": 0.18},
                "tooltip": {"show": False},
            },
            {
                "id": "mean",
                "type": "line",
                "symbol": "none",
                "lineStyle": {"color": colour, "width": 2.5},
                "itemStyle": {"color": colour},
                "data": mean,
            },
        ],
        tooltip=tip("axis"),
        grid=BARE,
        animation=False,
    )
