"""The chart of what ran when."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.objective_history import LOOKS
from tunesmith.web.charts.room import ROOM
from tunesmith.web.views.objective_history import Kind
from tunesmith.web.views.slot_timeline import SlotTimeline, TimelineBar

_DRAW = """(params, api) => {
  const [left, y] = api.coord([api.value(0), api.value(2)]);
  const right = api.coord([api.value(1), api.value(2)])[0];
  const height = Math.max(2, Math.min(18, api.size([0, 1])[1] * 0.72));
  const frame = params.coordSys;
  const begin = Math.max(left, frame.x), end = Math.min(Math.max(right, left + 1.5), frame.x + frame.width);
  if (end <= begin) return;
  return { type: "rect", shape: { x: begin, y: y - height / 2, width: end - begin, height, r: Math.min(3, (end - begin) / 3) },
    style: api.style(), emphasis: { style: { opacity: 1 } } };
}"""
_TIP = (
    "(p) => 'Training job ' + p.value[3] + (p.value[4] > 1 ? ', attempt ' + p.value[4] : '') + '<br>' + p.seriesName + ', ' + "
    "Math.max(0, Math.round((p.value[1] - p.value[0]) / 1000)).toLocaleString('en') + ' s'"
)


def slot_timeline_chart(shown: SlotTimeline, now: float) -> Options:
    """Bars in lanes; `now` is where those end that still run."""
    return chart(
        axis("", kind="time", splitLine={"show": False}),
        axis(
            "",
            minInterval=1,
            min=-0.5,
            max=max(shown.lanes, 2) - 0.5,
            inverse=True,
            axisLabel={"show": False},
        ),
        [_series(kind, shown.bars, now) for kind in Kind],
        tooltip=tip(**{":formatter": _TIP}),
        animation=False,
        grid={**ROOM, "left": 24, "bottom": 8},
    )


def bar_items(bars: Iterable[TimelineBar], now: float) -> list[list[float]]:
    """Bars as data of a series: begin, end, lane, number, attempt."""
    return [
        [bar.start, max(now, bar.start) if bar.end is None else bar.end, bar.lane, bar.number, bar.attempt]
        for bar in bars
    ]


def _series(kind: Kind, bars: Iterable[TimelineBar], now: float) -> Options:
    label, _, colour, _ = LOOKS[kind]
    return {
        "id": kind.value,
        "name": label,
        "type": "custom",
        ":renderItem": _DRAW,
        "encode": {"x": [0, 1], "y": 2},
        "itemStyle": {"color": colour, "opacity": 0.85},
        "data": bar_items((bar for bar in bars if bar.kind is kind), now),
    }
