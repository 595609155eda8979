"""The tuning job as a text that creates it elsewhere."""

from __future__ import annotations

import json
from functools import partial
from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.jobfile.copy_as import LANGUAGES, copy_as
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.parts.actions import button

_TITLES = {"yaml": "YAML", "boto3": "boto3", "aws": "AWS CLI", "sdk": "SageMaker SDK"}
# Without https or localhost browsers keep the clipboard away from pages; then a selected text is copied.
_COPY = """
(async (text) => {
  try { await navigator.clipboard.writeText(text); return; } catch { /* the other way */ }
  getSelection().selectAllChildren(document.querySelector('dialog.copy pre'));
  document.execCommand('copy');
})(%s)
"""


class CopyDialog:
    """Buttons for the languages, and a dialog that shows the text."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._text = ""

    def show(self) -> None:
        """Build them."""
        with ui.element("div").classes("bar") as bar:
            for language, title in _TITLES.items():
                made = button(title, partial(self._open, language), "small")
                made.props["title"] = LANGUAGES[language]
        bar.props("role=group aria-label='Copy as'")
        self._note = ui.html("", sanitize=False, tag="p").classes("note").props("role=status")
        with ui.element("dialog").classes("card copy").props("aria-labelledby=copy-title") as self._box:
            self._title = ui.html("", sanitize=False, tag="h2").props("id=copy-title")
            self._code = ui.html("", sanitize=False)
            with ui.element("div").classes("bar"):
                button("Copy", self._copy, "primary").props("id=copy-text")
                button("Close", self._close)
                self._done = ui.html("", tag="span").classes("note").props("role=status")

    async def _open(self, language: str) -> None:
        job = (await self._editor.settle()).job
        if job is None:
            self._note.set_content("Fill in what is missing first.")
            return
        self._note.set_content("")
        try:
            self._text = await to_thread.run_sync(copy_as, job, language)
        except ValueError as error:
            self._note.set_content(f"{escape(_TITLES[language])}: {escape(str(error))}")
            return
        await to_thread.run_sync(self._editor.uploads.keep, self._text)
        self._done.set_content("")
        self._title.set_content(f"{_TITLES[language]}: {escape(LANGUAGES[language])}")
        self._code.set_content(
            f'<pre tabindex="0" role="region" aria-label="Text to copy">{escape(self._text)}</pre>'
        )
        self._run("showModal")

    def _copy(self) -> None:
        ui.run_javascript(_COPY % json.dumps(self._text))
        self._done.set_content("Copied.")

    def _close(self) -> None:
        self._run("close")

    def _run(self, method: str) -> None:
        ui.run_javascript(f"getHtmlElement({self._box.id})?.{method}()")
