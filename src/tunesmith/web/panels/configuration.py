"""Everything that a tuning job was set up with, and how to set up another one like it."""

from __future__ import annotations

import json
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.jobfile.copy_as import LANGUAGES, copy_as
from tunesmith.web import addresses
from tunesmith.web.panels.panel import Tab, card
from tunesmith.web.parts import fields
from tunesmith.web.parts.actions import button
from tunesmith.web.views.job_settings import AlgorithmSettings, Facts, JobSettings, job_settings

_LABELS = {"yaml": "YAML", "boto3": "boto3", "aws": "AWS CLI", "sdk": "SageMaker SDK"}


class Configuration(Tab):
    """The tab of the settings."""

    key = "configuration"

    def build(self) -> None:
        """Show the settings; the text that makes another job comes when the page is there."""
        settings = job_settings(self._shown.board.job)
        if self._shown.site.drives:
            link = escape(addresses.clone(self._shown.name))
            ui.html(
                f'<a class="button primary" href="{link}">Clone: a new tuning job like this</a>',
                sanitize=False,
            ).classes("bar")
        ui.html(_settings(settings), sanitize=False)
        self._changes = ui.html("", sanitize=False)
        with card(
            "Copy as", "What sets up the same tuning job, from a terminal or a program.", wide=True
        ) as tools:
            with tools:
                labels = {key: _LABELS.get(key, key) for key in LANGUAGES}
                fields.choice("Language", labels, "yaml", self._write)
                button("Copy", self._copy)
            self._told = ui.html("", sanitize=False)
            self._code = ui.html("", sanitize=False)
        self._text = ""
        self.panels = (self,)

    async def load(self) -> None:
        """Write the text, and what people have changed."""
        await self._write("yaml")
        await self._show_changes()

    async def news(self) -> None:
        """Show what people have changed meanwhile."""
        await self._show_changes()

    async def _show_changes(self) -> None:
        found = await to_thread.run_sync(self._shown.site.service.store.interventions, self._shown.name)
        rows = "".join(
            f"<tr><td>{each.at:%Y-%m-%d %H:%M:%S} UTC</td><td>{escape(each.words)}</td><td>{escape(each.by or '')}</td></tr>"
            for each in found
        )
        self._changes.set_content(
            '<section class="card panel"><h2>What people have changed</h2><div class="scroll"><table class="beside"><thead>'
            f"<tr><th>When</th><th>What</th><th>Who</th></tr></thead><tbody>{rows}</tbody></table></div></section>"
            if rows
            else ""
        )

    async def _write(self, language: str) -> None:
        record = self._shown.board.record
        told = escape(LANGUAGES[language].replace("`", ""))
        self._told.set_content(f'<p class="quiet">{told[0].upper()}{told[1:]}.</p>')
        try:
            self._text = await to_thread.run_sync(partial(copy_as, record.job, language, record.request))
        except ValueError as error:
            self._text = ""
            self._code.set_content(f'<p class="notice warn">{escape(str(error))}.</p>')
            return
        code = f'<pre class="code" tabindex="0" role="region" aria-label="Text to copy">{escape(self._text)}</pre>'
        self._code.set_content(code)

    async def _copy(self) -> None:
        ui.run_javascript(f"navigator.clipboard?.writeText({json.dumps(self._text)})")
        self._told.set_content('<p class="quiet" role="status">Copied.</p>')


def _settings(settings: JobSettings) -> str:
    cards = [("Search", _facts(settings.search)), ("Limits", _facts(settings.limits))]
    for each in settings.algorithms:
        of = "" if each.name is None else f"{each.name}: "
        cards.append((f"{of}what runs" if of else "What runs", _facts(each.runs)))
        cards.append((f"{of}hyperparameters" if of else "Hyperparameters", _parameters(each)))
    return '<div class="grid">{}</div>'.format(
        "".join(
            f'<section class="card panel"><h2>{escape(title)}</h2>{content}</section>'
            for title, content in cards
        )
    )


def _facts(facts: Facts) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f'<dl class="facts">{rows}</dl>'


def _parameters(of: AlgorithmSettings) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(values)}</td><td>{escape(scale)}</td></tr>'
        for name, values, scale in of.parameters
    )
    fixed = f"<h3>The same for all</h3>{_facts(of.fixed)}" if of.fixed else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Hyperparameters"><table class="beside"><thead><tr>'
        f"<th>Name</th><th>Values</th><th>Scale</th></tr></thead><tbody>{rows}</tbody></table></div>{fixed}"
    )
