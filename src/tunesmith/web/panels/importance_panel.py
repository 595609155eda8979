"""Which hyperparameters matter, alone and together."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.analysis.words import percent
from tunesmith.web.charts.importance import MOST, importance_chart, pairs_chart
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views.lesson import Shares
from tunesmith.web.views.lessons import Known

_WAIT = "Looking at the results …"
_NOTHING = "Nothing to see yet: too few training jobs have a value, or all have the same."


class ImportancePanel:
    """Bars of importance, and a map of what two hyperparameters do together."""

    def __init__(self, shown: Shown, definition: str | None) -> None:
        """Make room for both."""
        self._shown, self._definition = shown, definition
        self._names = shown.board.job.parts[definition].space.names
        with ui.element("div").classes("grid"):
            with card("Which hyperparameters matter"):
                self._sentence = text(_WAIT)
                self._bars = ui.element("div")
            with card("What they do together"):
                self._together = text(_WAIT)
                self._map = ui.element("div")

    async def learn(self, known: Known) -> None:
        """Draw both."""
        found = known.lesson.of(self._definition).shares
        self._bars.clear()
        self._map.clear()
        if found is None:
            say(self._sentence, _NOTHING)
            say(self._together, _NOTHING)
            return
        say(self._sentence, _told(found))
        with self._bars:
            height = f"{90 + 34 * min(MOST, len(found.ranked))}px"
            bars = Chart("Importance of each hyperparameter; the table below has the numbers", {}, height)
            _table(found)
        bars.merge(importance_chart(found))
        say(self._together, _pairs_told(found))
        if found.pairs:
            with self._map:
                cells = Chart(
                    "Shares of pairs of hyperparameters", {}, f"{140 + 30 * min(MOST, len(self._names))}px"
                )
            cells.merge(pairs_chart(found, self._names))


def _told(found: Shares) -> str:
    first = found.ranked[0]
    told = f"{first.name} explains {percent(first.total.value)} of the differences in the metric"
    idle = [share.name for share in found.ranked if share.matters is False]
    return f"{told}; {', '.join(idle[:4])} hardly any." if idle else f"{told}, the most of all."


def _pairs_told(found: Shares) -> str:
    if not found.pairs:
        return "There is only one hyperparameter."
    pair = found.pairs[0]
    if pair.share.value < 0.02:
        return (
            "On the diagonal, each alone. No two of them depend on each other: each can be chosen by itself."
        )
    first, second = pair.names
    return f"On the diagonal, each alone. {first} and {second} depend on each other the most: {percent(pair.share.value)} is due to both together."


def _table(found: Shares) -> None:
    rows = "".join(
        f'<tr><th scope="row">{escape(s.name)}</th><td>{percent(s.main.value)}</td>'
        f"<td>{percent(s.total.value)}</td><td>{percent(s.total.low)} to {percent(s.total.high)}</td></tr>"
        for s in found.ranked[:MOST]
    )
    ui.html(
        "<details><summary>In numbers</summary><table class='beside'><thead><tr><td></td><th>Alone</th>"
        f"<th>With others</th><th>90 % interval</th></tr></thead><tbody>{rows}</tbody></table></details>",
        sanitize=False,
    )
