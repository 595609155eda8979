"""What is shown where there is nothing to show: empty, loading, and gone wrong. Each says what to do."""

from __future__ import annotations

from html import escape

from nicegui import ui

ONLY_SHOWS = (
    "This page only shows what runs. <code>tunesmith serve</code> with the same data folder "
    "can start tuning jobs here."
)
"""What is said where nobody would run a new tuning job, as HTML."""


def empty(title: str, text: str, *, action: tuple[str, str] | None = None) -> ui.html:
    """Say that there is nothing yet, and what brings something; `action` is a label and an address."""
    link = (
        ""
        if action is None
        else f'<a class="button primary" href="{escape(action[1])}">{escape(action[0])}</a>'
    )
    return _state("empty", title, text, link)


def loading(text: str = "Loading …") -> ui.html:
    """Say that something is on its way; remove it when it is there."""
    content = f'<span class="spinner" aria-hidden="true"></span><p>{escape(text)}</p>'
    return ui.html(f'<div class="state" role="status">{content}</div>', sanitize=False)


def failed(title: str, text: str, *, action: tuple[str, str] | None = None) -> ui.html:
    """Say what went wrong and what to do; `action` is a label and an address."""
    link = "" if action is None else f'<a class="button" href="{escape(action[1])}">{escape(action[0])}</a>'
    return _state("failed", title, text, link, role="alert")


def _state(kind: str, title: str, text: str, link: str, role: str = "status") -> ui.html:
    words = f"<h2>{escape(title)}</h2><p>{escape(text)}</p>"
    return ui.html(f'<div class="state {kind}" role="{role}">{words}{link}</div>', sanitize=False)
