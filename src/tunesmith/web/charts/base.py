"""What charts have in common: axes, a tip and room for the labels, in the colours of the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Options: TypeAlias = dict[str, Any]
"""Options of ECharts, or a part of them, as JSON has it."""

SERIES = tuple(f"var(--series-{number})" for number in range(1, 9))
"""Colours that can be told apart, in the order in which they are to be used."""

_SHORT = "(value) => Number(value).toPrecision(6).replace(/\\.?0+(e|$)/, '$1')"


def axis(name: str = "", kind: str = "value", **options: Any) -> Options:
    """Make an axis; `kind` is `value`, `log`, `category` or `time`. Numbers do not have to begin at 0."""
    quiet = {"color": "var(--quiet)"}
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 30,
        "nameTextStyle": quiet,
        "axisLabel": {**quiet, "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": "var(--line-strong)"}},
        "axisTick": {"show": False},
        "splitLine": {"show": kind != "category", "lineStyle": {"color": "var(--line)"}},
        **({"scale": True} if kind == "value" else {}),
        **options,
    }


def tip(trigger: str = "item", **options: Any) -> Options:
    """What is shown beside the pointer; `trigger` is `item` or `axis`."""
    return {
        "trigger": trigger,
        "backgroundColor": "var(--surface)",
        "borderColor": "var(--line)",
        "textStyle": {"color": "var(--text)", "fontSize": 12},
        "confine": True,
        ":valueFormatter": _SHORT,
        **options,
    }


def chart(x: Options, y: Options, series: Sequence[Options], **options: Any) -> Options:
    """Put a chart of two axes together; series have ids, so that more can be merged into them."""
    several = sum("name" in each for each in series) > 1
    return {
        "grid": {"left": 16, "right": 16, "top": 32 if several else 16, "bottom": 16, "containLabel": True},
        "legend": {
            "show": several,
            "type": "scroll",  # one line, however narrow
            "top": 0,
            "icon": "roundRect",
            "textStyle": {"color": "var(--text)"},
            "pageTextStyle": {"color": "var(--quiet)"},
            "pageIconColor": "var(--text)",
            "pageIconInactiveColor": "var(--line)",
        },
        "xAxis": x,
        "yAxis": y,
        "tooltip": tip(),
        "color": list(SERIES),
        "series": list(series),
        **options,
    }
