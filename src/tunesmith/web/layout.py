"""What all pages have: the header with the ways to go, the keys, and the style sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from nicegui import app, ui

from tunesmith.web import addresses
from tunesmith.web.gate import VISITOR
from tunesmith.web.sessions import Session

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2457d6"/>'
    '<path d="M7 11h6v7h6v4h6" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" '
    'stroke-linejoin="round"/></svg>'
)
"""A best value that falls in steps."""

PATIENCE = 30.0
"""Seconds until a page that is being built is given up; a busy machine may take many."""

_STATIC = Path(__file__).parent / "static"
_WAYS = (
    ("jobs", "Tuning jobs", addresses.home()),
    ("new", "New", addresses.NEW),
    ("search", "Search", addresses.SEARCH),
    ("compare", "Compare", addresses.COMPARE),
)
_KEYS = (
    ("/", "search"),
    ("n", "new tuning job"),
    ("g then j", "tuning jobs"),
    ("g then s", "search training jobs"),
    ("g then c", "compare tuning jobs"),
    ("t", "theme: auto, light, dark"),
    ("?", "these keys"),
)


def add_static_files() -> None:
    """Serve the style sheet and scripts, and name them in every page; once in a process."""
    app.add_static_files("/static", _STATIC, max_cache_age=31_536_000)
    ui.add_head_html(
        f'<script src="{_versioned("theme.js")}"></script>'
        f'<link rel="stylesheet" href="{_versioned("tunesmith.css")}">'
        f'<script defer src="{_versioned("page.js")}"></script>',
        shared=True,
    )


@contextmanager
def page(title: str, here: str = "") -> Iterator[None]:
    """Lay out a page; what is made inside is its content.

    Args:
        title: Of the browser's tab.
        here: Which of the ways in the header leads here: `jobs`, `new`, `search` or `compare`.
    """
    client = ui.context.client
    ui.page_title(f"{title} · Tunesmith")
    visitor: Session | None = client.request.scope.get(VISITOR)
    with client.layout:
        header = ui.html(_header(here, visitor), sanitize=False, tag="header").classes("site-header")
        header.move(client.layout, target_index=0)
        ui.html(_keys(), sanitize=False)
    with ui.element("div").classes("page") as content:
        content.props["id"] = "content"
        content.props["tabindex"] = "-1"
        yield


def _header(here: str, visitor: Session | None) -> str:
    ways = "".join(
        f'<a href="{address}"{" aria-current=page" if key == here else ""}>{label}</a>'
        for key, label, address in _WAYS
        if key != "new" or app.state.drives
    )
    return (
        '<a class="skip" href="#content">Skip to the content</a>'
        f'<a class="brand" href="{addresses.home()}"><span class="logo" aria-hidden="true"></span>Tunesmith</a>'
        f'<nav aria-label="Pages">{ways}</nav><div class="site-tools">{_visitor(visitor)}'
        '<button type="button" class="icon" data-show-keys aria-label="Keys" title="Keys (?)">?</button>'
        '<button type="button" class="icon theme" data-theme-switch aria-label="Theme">'
        '<span aria-hidden="true"></span></button></div>'
    )


def _visitor(visitor: Session | None) -> str:
    if visitor is None:
        return '<span class="visitor" title="Everybody on this machine may use this page">no sign-in</span>'
    return (
        f'<span class="visitor" title="Access key {escape(visitor.access_key)}">{escape(visitor.label)}</span>'
        f'<form method="post" action="{addresses.SIGN_OUT}"><button type="submit" class="plain">Sign out</button></form>'
    )


def _keys() -> str:
    rows = "".join(
        f"<dt>{' then '.join(f'<kbd>{escape(each)}</kbd>' for each in key.split(' then '))}</dt><dd>{what}</dd>"
        for key, what in _KEYS
    )
    return (
        f'<dialog id="keys" class="card" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2><dl>{rows}</dl>'
        '<form method="dialog"><button class="button" autofocus>Close</button></form></dialog>'
    )


def _versioned(name: str) -> str:
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{addresses.ROOT}/static/{name}?v={digest}"
