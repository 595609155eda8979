"""A page with every part on it, for tests and for looking: python tests/web/undriven.py PORT FOLDER gallery.py."""

from __future__ import annotations

from datetime import UTC, datetime

from nicegui import ui

from tunesmith.web import layout
from tunesmith.web.charts import base
from tunesmith.web.charts.sparkline import sparkline
from tunesmith.web.parts import fields, states
from tunesmith.web.parts.actions import button, tabs
from tunesmith.web.parts.chart import Chart
from tunesmith.web.parts.table import Table, column

COLUMNS = [
    column("link", "Link", "link", sortable=True),
    column("text", "Text", sortable=True),
    column("status", "Status", "status"),
    column("tags", "Tags", "tags"),
    column("spark", "Spark", "spark"),
    column("progress", "Progress", "progress"),
    column("clock", "Clock", "clock", align="right"),
]
TONES = ("live", "good", "warn", "bad", "calm")


def cells(tone: str) -> dict[str, object]:
    line = sparkline([(1, 3.0), (4, 2.0), (9, 0.5)], 12)
    assert line is not None
    return {
        "link": {"text": f"job-{tone}", "href": "#", "note": "Bayesian"},
        "text": {"text": "0.25", "note": "min loss"},
        "status": {"text": tone, "tone": tone},
        "tags": {"items": [{"text": tone, "tone": tone}]},
        "spark": {"path": line.path, "x": line.x, "y": line.y, "label": "falls"},
        "progress": {"share": 0.4, "text": "4 of 10", "tone": tone},
        "clock": {"since": int(datetime.now(UTC).timestamp() * 1000) - 65_000},
    }


def options() -> base.Options:
    one, two = (
        {"id": name, "name": name, "type": "line", "data": [[1, value], [2, value + 1]]}
        for name, value in (("line", 0.5), ("other", 2.0))
    )
    return base.chart(
        base.axis("training job"), base.axis("loss", nameGap=40), [one, two], tooltip=base.tip("axis")
    )


@ui.page("/gallery")
async def gallery() -> None:
    async def said(text: str) -> None:
        answer.set_content(f"said {text}")

    async def patch() -> None:
        table.patch([{"id": "bad", "cells": {**cells("bad"), "text": "patched"}}])
        chart.extend("line", [[3, 4], [4, 1]])
        await said("patched")

    with layout.page("Gallery"):
        ui.html("Gallery", tag="h1")
        tabs("Tabs", [("One", "#one"), ("Two", "#two")], "#one")
        with ui.element("div").classes("bar"):
            fields.search("Search", "", said)
            fields.choice("Choice", {"a": "First", "b": "Second"}, "b", said)
            button("Patch", patch)
            button("Start", patch, "primary")
            button("Stop", patch, "danger")
        answer = ui.html("nothing yet", tag="p")
        for tone in ("", "good", "warn", "bad"):
            ui.html(f"A notice that is {tone or 'plain'}", tag="p").classes(f"notice {tone}")
        table = Table("A table", COLUMNS, said)
        table.show([{"id": tone, "cells": cells(tone)} for tone in TONES], "text", descending=True)
        with ui.element("div").classes("grid"):
            with ui.element("div").classes("card"):
                chart = Chart("A line", options())
            with ui.element("div").classes("card"):
                ui.html("<dt>learning_rate</dt><dd>0.1</dd><dt>depth</dt><dd>6</dd>", tag="dl").classes(
                    "facts"
                )
        chart.merge({"series": [{"id": "line", "data": [[1, 1], [2, 2]]}]})
        states.empty("Nothing yet", "Start something.", action=("Start", "#"))
        states.loading()
        states.failed("It failed", "Try again.")
