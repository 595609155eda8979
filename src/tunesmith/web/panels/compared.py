"""The parts of the page that compares tuning jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.store.store import Store
from tunesmith.web import addresses
from tunesmith.web.charts.base import SERIES
from tunesmith.web.charts.comparison import comparison_chart
from tunesmith.web.panels.panel import card
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.parts.location import keep_in_address
from tunesmith.web.views.board import Board
from tunesmith.web.views.comparison import (
    Along,
    Course,
    Row,
    at_equal_spend,
    best_rows,
    course,
    has_prices,
    noise_sentence,
    range_rows,
    setting_rows,
    summary_rows,
)


class Sentences:
    """Who is ahead, and whether that is more than luck."""

    def __init__(self) -> None:
        """Make room for them."""
        with card("In short", wide=True):
            self._ahead = ui.html("", sanitize=False)
            self._noise = ui.html("", sanitize=False)

    async def load(self, boards: Sequence[Board]) -> None:
        """Say who is ahead."""
        told = await to_thread.run_sync(at_equal_spend, boards)
        self._ahead.set_content(f"<p>{escape(told)}</p>")

    async def judge(self, store: Store, boards: Sequence[Board]) -> None:
        """Say whether that is more than luck."""
        self._noise.set_content(
            '<p class="quiet" role="status">Weighing the difference against the noise …</p>'
        )
        told = await to_thread.run_sync(noise_sentence, store, boards)
        self._noise.set_content(f'<p class="notice">{escape(told)}</p>' if told else "")


class Spent:
    """The chart of the best values so far."""

    def __init__(self, boards: Sequence[Board], along: Along) -> None:
        """Make room for it."""
        self._boards, self._along = boards, along
        options = {
            Along.TRIALS.value: "By training jobs",
            Along.TIME.value: "By time",
            Along.RUN_TIME.value: "By training time",
        }
        if has_prices(boards):
            options[Along.MONEY.value] = "By money"
        elif along is Along.MONEY:
            self._along = Along.TRIALS
        with card("Best so far", wide=True) as tools:
            with tools:
                fields.choice("Along", options, self._along.value, self._turn)
            names = ", ".join(board.name for board in boards)
            self._chart = Chart(f"The best value so far of {names}", {}, "360px")

    async def load(self) -> None:
        """Draw it."""
        courses = await to_thread.run_sync(self._read)
        job = self._boards[0].job
        currency = "" if job.price is None else job.price.currency
        self._chart.merge(comparison_chart(job.objective, courses, self._along, currency))

    def _read(self) -> list[Course]:
        return [course(board, self._along) for board in self._boards]

    async def _turn(self, along: str) -> None:
        self._along = Along(along)
        address = addresses.compare([board.name for board in self._boards], along)
        keep_in_address(address)
        await self.load()


class Compared:
    """The tables."""

    def __init__(self, store: Store, boards: Sequence[Board]) -> None:
        """Make room for them."""
        self._boards = boards
        self._tables: list[tuple[ui.html, Callable[[], list[Row]], str]] = []
        reads: tuple[tuple[str, Callable[[], list[Row]]], ...] = (
            ("Results", lambda: summary_rows(store, boards)),
            ("Best configurations", lambda: best_rows(boards)),
            ("Settings", lambda: setting_rows(boards)),
            ("Ranges", lambda: range_rows(boards)),
        )
        with ui.element("div").classes("grid"):
            for title, read in reads:
                with card(title):
                    self._tables.append((ui.html("", sanitize=False), read, title))

    async def load(self) -> None:
        """Fill them."""
        for content, read, title in self._tables:
            rows = await to_thread.run_sync(read)
            content.set_content(_table(self._boards, rows, title))


def _table(boards: Sequence[Board], rows: Sequence[Row], title: str) -> str:
    heads = "".join(
        f'<th scope="col"><span class="swatch" aria-hidden="true" style="background: {colour}"></span>'
        f'<a href="{addresses.tuning_job(board.name)}">{escape(board.name)}</a></th>'
        for board, colour in zip(boards, SERIES, strict=False)
    )
    body = "".join(map(_line, rows))
    same = sum(not row.differs for row in rows)
    marked = f"The same: {same} of {len(rows)}; the others are marked." if same else ""
    told = f'<p class="note">{"All are the same." if same == len(rows) else marked}</p>'
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table class="beside">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>{told}"
    )


def _line(row: Row) -> str:
    tone = ' class="differs"' if row.differs else ""
    mark = '<span class="unseen">differs: </span>' if row.differs else ""
    cells = "".join(f"<td{tone}>{escape(cell)}</td>" for cell in row.cells)
    return f'<tr><th scope="row">{mark}{escape(row.label)}</th>{cells}</tr>'
