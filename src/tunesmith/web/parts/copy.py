"""A button that copies a text."""

from __future__ import annotations

import json
from html import escape

from nicegui import ui

_COPY = """async (event) => {
  const text = %s, label = event.currentTarget.querySelector("span"), said = label.textContent;
  try { await navigator.clipboard.writeText(text); }
  catch {  // not a secure address: as it was done before
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  label.textContent = "Copied";
  setTimeout(() => { label.textContent = said; }, 1500);
}"""


def copy_button(label: str, text: str) -> ui.element:
    """A button that puts a text on the clipboard, in the browser alone."""
    with ui.element("button").classes("button").on("click", js_handler=_COPY % json.dumps(text)) as made:
        made.props["type"] = "button"
        ui.html(escape(label), sanitize=False, tag="span").props("aria-live=polite")
    return made
