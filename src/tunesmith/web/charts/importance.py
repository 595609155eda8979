"""How much each hyperparameter matters, with 90 % intervals."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.analysis.words import percent
from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.room import ROOM
from tunesmith.web.views.lesson import ParameterShare, Shares

MOST = 15
"""Hyperparameters that are shown: the first of the ranking."""

_PERCENT = "(value) => Math.round(value * 100) + ' %'"
_WHISKER = """(params, api) => {
  const y = api.value(2);
  const a = api.coord([api.value(0), y]), b = api.coord([api.value(1), y]), h = 5, style = { stroke: api.visual("color"), lineWidth: 1.5 };
  const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
  return { type: "group", children: [line(a[0], a[1], b[0], b[1]), line(a[0], a[1] - h, a[0], a[1] + h), line(b[0], b[1] - h, b[0], b[1] + h)] };
}"""


def importance_chart(found: Shares) -> Options:
    """Bars of the total shares, the part of each alone in them, and the intervals of the totals."""
    shares = found.ranked[:MOST][::-1]
    names = [share.name for share in shares]
    whiskers = [[share.total.low, share.total.high, place] for place, share in enumerate(shares)]
    return chart(
        axis("share of the differences in the metric", min=0, max=1, axisLabel=_labels(_PERCENT)),
        axis("", "category", data=names, axisLabel={"color": "var(--text)"}),
        [
            _bars("total", "With others", "var(--series-6)", [share.total.value for share in shares], 0.35),
            _bars("main", "Alone", "var(--series-1)", [share.main.value for share in shares], 1.0),
            {
                "id": "intervals",
                "name": "90 % interval",
                "type": "custom",
                ":renderItem": _WHISKER,
                "encode": {"x": [0, 1], "y": 2},
                "itemStyle": {"color": "var(--text)"},
                "data": whiskers,
                "tooltip": {"show": False},
                "z": 5,
            },
        ],
        tooltip=tip("axis", axisPointer={"type": "shadow"}, **{":formatter": _said(shares)}),
        grid=ROOM,
        animation=False,
    )


def pairs_chart(found: Shares, names: Sequence[str]) -> Options:
    """A map of the hyperparameters by themselves, and of what two do together."""
    shown = [share.name for share in found.ranked[:MOST]]
    names = [name for name in names if name in shown]
    cells = [
        [names.index(share.name), names.index(share.name), round(share.main.value, 4)]
        for share in found.ranked
        if share.name in names
    ]
    for pair in found.pairs:
        if set(pair.names) <= set(names):
            i, j = (names.index(name) for name in pair.names)
            cells += [[i, j, round(pair.share.value, 4)], [j, i, round(pair.share.value, 4)]]
    top = max((cell[2] for cell in cells), default=1.0)
    label = {"color": "var(--text)", "hideOverlap": False, "interval": 0}
    return chart(
        axis("", "category", data=list(names), axisLabel={**label, "rotate": 30}),
        axis("", "category", data=list(names), axisLabel=label, inverse=True),
        [
            {
                "id": "pairs",
                "type": "heatmap",
                "data": cells,
                "label": {
                    "show": len(names) <= 8,
                    ":formatter": "(p) => Math.round(p.value[2] * 100) + ' %'",
                },
                "itemStyle": {"borderColor": "var(--surface)", "borderWidth": 2},
            }
        ],
        visualMap={
            "min": 0,
            "max": max(top, 0.01),
            "show": False,
            "inRange": {"color": ["var(--sunken)", "var(--series-6)"]},
        },
        tooltip=tip(**{":formatter": "(p) => (p.value[2] * 100).toFixed(1) + ' %'"}),
        grid={**ROOM, "top": 12},
        animation=False,
    )


def _bars(key: str, name: str, colour: str, values: list[float], opacity: float) -> Options:
    return {
        "id": key,
        "name": name,
        "type": "bar",
        "barGap": "-100%",
        "barMaxWidth": 18,
        "itemStyle": {"color": colour, "opacity": opacity, "borderRadius": [0, 3, 3, 0]},
        "data": [round(value, 4) for value in values],
    }


def _labels(formatter: str) -> Options:
    return {"color": "var(--quiet)", ":formatter": formatter}


def _said(shares: Sequence[ParameterShare]) -> str:
    """The numbers of a bar; names are not among them, which are the user's and may be anything."""
    texts = [
        f"alone {percent(s.main.value)} ({percent(s.main.low)} to {percent(s.main.high)})<br>"
        f"with others {percent(s.total.value)} ({percent(s.total.low)} to {percent(s.total.high)})"
        for s in shares
    ]
    return f"(items) => {texts!r}[items[0].dataIndex]"
