"""The head of a tuning job's page: how it stands, and what can be done."""

from __future__ import annotations

from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.web import addresses
from tunesmith.web.panels.job_controls import JobControls
from tunesmith.web.panels.panel import Shown
from tunesmith.web.views.job_head import JobHead, Meter, job_head


class HeadPanel:
    """The head as one visitor sees it."""

    def __init__(self, shown: Shown) -> None:
        """Make room for it."""
        self._shown = shown
        with ui.element("div").classes("bar job-head"):
            self._title = ui.html(f"<h1>{escape(shown.name)}</h1>", sanitize=False)
            self._controls = JobControls(shown)
        self._reason = ui.html("", sanitize=False)
        self._meters = ui.html("", sanitize=False)

    async def load(self) -> None:
        """Read how the job stands and show it."""
        head = await to_thread.run_sync(self._read)
        self._title.set_content(_title(head))
        tone = {"bad": "bad", "good": ""}.get(head.tone, "")
        reason = f'<p class="notice {tone}">{escape(_sentence(head.reason))}</p>' if head.reason else ""
        self._reason.set_content(reason)
        self._meters.set_content(_strip(head))
        self._controls.show(head)

    async def news(self) -> None:
        """The same again: it is small."""
        await self.load()

    def _read(self) -> JobHead:
        site, board = self._shown.site, self._shown.board
        return job_head(board, site.service.store.summary(board.name), site.now())


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}" + ("" if reason.endswith((".", "!", "?")) else ".")


def _title(head: JobHead) -> str:
    return (
        f'<div class="above quiet"><a href="{addresses.home()}">Tuning jobs</a></div>'
        f'<h1>{escape(head.name)} <span class="badge {head.tone}" role="status">{escape(head.status)}</span></h1>'
        f'<p class="quiet">{escape(head.subtitle)}</p>'
    )


def _strip(head: JobHead) -> str:
    counts = "".join(
        f'<span class="count {tone}"><b class="number">{number:,}</b> {escape(state.lower())}</span>'
        for state, number, tone in head.counts
    )
    return (
        f'<div class="strip">{"".join(_meter(each, is_live=head.is_open) for each in head.meters)}'
        f'<div class="figure"><span class="quiet">Training jobs by state</span><div class="counts">{counts}</div></div></div>'
    )


def _meter(meter: Meter, *, is_live: bool) -> str:
    tone = "" if is_live else "calm"
    bar = (
        f'<span class="meter {tone}" aria-hidden="true"><span style="width: {meter.share:.1%}"></span></span>'
        if meter.share is not None
        else ""
    )
    return (
        f'<div class="figure"><span class="quiet">{escape(meter.label)}</span>'
        f'<b class="number">{escape(meter.text)}</b>{bar}</div>'
    )
