"""What ran when, live."""

from __future__ import annotations

from anyio import to_thread

from tunesmith.web.charts.slot_timeline import bar_items, slot_timeline_chart
from tunesmith.web.panels.detail import OnNumber, number_clicked
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views import words
from tunesmith.web.views.objective_history import Kind
from tunesmith.web.views.slot_timeline import MOST, SlotTimeline, TimelineBar, slot_timeline


class TimelinePanel:
    """The chart as one visitor sees it."""

    def __init__(self, shown: Shown, on_number: OnNumber) -> None:
        """Make room for it; `on_number` is called with the number of a training job that was clicked."""
        self._shown = shown
        self._sent: set[tuple[int, int, Kind]] = set()
        with card("Slots", wide=True):
            self._sentence = text("Reading the training jobs …")
            self._chart = Chart("Which training job ran in which slot, and when", {}, "240px")
        number_clicked(self._chart, on_number, place=3)

    async def load(self) -> None:
        """Read what ran when and draw it."""
        found = await to_thread.run_sync(slot_timeline, self._shown.site.service.store, self._shown.board)
        self._sent = {_key(bar) for bar in found.bars if bar.end is not None}
        self._chart.merge(slot_timeline_chart(found, self._now()))
        say(self._sentence, _told(found))

    async def news(self) -> None:
        """Send the bars that are new or have ended, and those that still grow."""
        found = await to_thread.run_sync(slot_timeline, self._shown.site.service.store, self._shown.board)
        fresh = [bar for bar in found.bars if bar.end is not None and _key(bar) not in self._sent]
        self._sent |= {_key(bar) for bar in fresh}
        for kind in Kind:
            items = bar_items((bar for bar in fresh if bar.kind is kind), self._now())
            if items and not kind.may_change:
                self._chart.extend(kind.value, items)
        changed = [
            {
                "id": kind.value,
                "data": bar_items((bar for bar in found.bars if bar.kind is kind), self._now()),
            }
            for kind in Kind
            if kind.may_change
        ]
        self._chart.merge({"yAxis": {"max": max(found.lanes, 2) - 0.5}, "series": changed})
        say(self._sentence, _told(found))

    def _now(self) -> float:
        return self._shown.site.now().timestamp() * 1000


def _key(bar: TimelineBar) -> tuple[int, int, Kind]:
    return bar.number, bar.attempt, bar.kind


def _told(found: SlotTimeline) -> str:
    if not found.bars:
        return "No training job has started yet."
    running = sum(bar.end is None for bar in found.bars)
    told = f"At most {words.count(found.lanes, 'training job')} ran at a time"
    told += f"; {running} {'runs' if running == 1 else 'run'} now." if running else "."
    return told if found.total <= MOST else f"{told} These are the latest {MOST:,} of {found.total:,}."
