"""The artifacts and checkpoints of a training job, to download."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from nicegui import ui

from tunesmith.web import addresses
from tunesmith.web.panels.panel import card
from tunesmith.web.views import words
from tunesmith.web.views.job_files import MOST, Found


class FilesPanel:
    """The lists as one visitor sees them."""

    def __init__(self, name: str) -> None:
        """Make room for them; `name` is the training job's."""
        self._name = name
        with card("Artifacts and checkpoints"):
            self._content = ui.html("", sanitize=False)

    def show(
        self,
        artifacts: Sequence[Found],
        checkpoints: Sequence[Found],
        kept_at: str | None,
        *,
        has_ended: bool,
    ) -> None:
        """Show what there is now; `kept_at` is where checkpoints are kept in step, if they are."""
        none = (
            "It has left nothing in its model or output folder."
            if has_ended
            else "They are packed when the training job has ended."
        )
        shown = self._listed("Artifacts", artifacts) if artifacts else f'<p class="quiet">{none}</p>'
        if checkpoints:
            shown += self._listed("Checkpoints", checkpoints)
            if len(checkpoints) == MOST:
                shown += f'<p class="quiet">The first {MOST} files.</p>'
        if kept_at is not None:
            shown += f'<p class="quiet">Checkpoints are kept in step with <code>{escape(kept_at)}</code>.</p>'
        self._content.set_content(shown)

    def _listed(self, title: str, files: Sequence[Found]) -> str:
        rows = "".join(self._row(each) for each in files)
        return f'<h3>{title}</h3><ul class="files">{rows}</ul>'

    def _row(self, file: Found) -> str:
        address = f"{addresses.training_job(self._name)}/files/{file.kind}/{quote(file.name)}"
        place = f'<span class="note">{escape(file.location)}</span>' if file.location else ""
        return (
            f'<li><a href="{address}" download>{escape(file.name)}</a> '
            f'<span class="quiet number">{words.size(file.size)}</span>{place}</li>'
        )
