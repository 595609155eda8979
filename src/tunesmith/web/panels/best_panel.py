"""The best configuration beside what the search began with."""

from __future__ import annotations

from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.web.panels.panel import Shown, card
from tunesmith.web.views.best import Beside, beside
from tunesmith.web.views.lesson import Sureness
from tunesmith.web.views.lessons import Known


class BestPanel:
    """The table as one visitor sees it."""

    def __init__(self, shown: Shown) -> None:
        """Make room for it."""
        self._shown = shown
        self._sureness: Sureness | None = None
        with card("Best configuration"):
            self._content = ui.html("", sanitize=False)

    async def load(self) -> None:
        """Read the best configuration and show it."""
        found = await to_thread.run_sync(beside, self._shown.board, self._sureness)
        self._content.set_content(_table(found))

    async def news(self) -> None:
        """The same again: it is small."""
        await self.load()

    async def learn(self, known: Known) -> None:
        """Show the recommended configuration, too, and how good it is."""
        self._sureness = known.lesson.sureness
        await self.load()


def _table(found: Beside | None) -> str:
    if found is None:
        return '<p class="quiet">None yet: no training job has ended with a value.</p>'
    heads = "".join(
        f'<th scope="col">{escape(each.title)}<span class="note">training job {each.number}</span></th>'
        for each in found.columns
    )
    values = "".join(f"<td><b>{each.value}</b>{_interval(each.interval)}</td>" for each in found.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(_cell(found, i, each.cells[i]) for each in found.columns)}</tr>'
        for i, name in enumerate(found.names)
    )
    return (
        f'<p class="quiet">{escape(found.sentence)}</p><div class="scroll" tabindex="0" role="region" '
        f'aria-label="Best configuration"><table class="beside"><thead><tr><td></td>{heads}</tr></thead><tbody>'
        f'<tr><th scope="row">{escape(found.metric)}</th>{values}</tr>{rows}</tbody></table></div>'
    )


def _interval(interval: str) -> str:
    return f'<span class="note">90 %: {interval}</span>' if interval else ""


def _cell(found: Beside, row: int, text: str) -> str:
    differs = text != found.columns[0].cells[row]
    return f'<td class="{"differs" if differs else ""}">{escape(text)}</td>'
