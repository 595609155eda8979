"""Room for the names of the axes, which ECharts does not leave by itself."""

from __future__ import annotations

from typing import Any

from tunesmith.web.charts.base import Options, axis

ROOM: Options = {"left": 46, "right": 24, "top": 40, "bottom": 36, "containLabel": True}
"""Of a chart with a legend above."""

BARE: Options = {**ROOM, "top": 12}
"""Of a chart without one."""

_SHORT = "(value) => String(Number(Number(value).toPrecision(4)))"


def value_axis(name: str, kind: str = "value", **options: Any) -> Options:
    """The upright axis of a metric: its numbers are short enough for the room that is left."""
    made = axis(name, kind, nameGap=56, **options)
    label = {**made["axisLabel"], ":formatter": _SHORT}
    for end in ("min", "max"):  # if it is no round number, it would be written over one
        if isinstance(options.get(end), float):
            label[f"show{end.capitalize()}Label"] = False
    return {**made, "axisLabel": label}
