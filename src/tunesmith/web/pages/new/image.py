"""A container image that SageMaker code names, and what stands for it on this machine."""

from __future__ import annotations

from nicegui import ui

from tunesmith.api.images import XGBOOST_IMAGE
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.parts.actions import button
from tunesmith.web.parts.ask import Ask
from tunesmith.web.wizard import beginnings
from tunesmith.web.wizard.sheet import started_from, turned_to


class ImagePart:
    """The field as one visitor sees it: it leads on to the kind of work that stands for the image."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build it."""
        self._field = Ask(
            "image",
            "Image",
            self._editor.sheet.image,
            self._keep,
            self._keep,
            wide=True,
            mono=True,
            example=XGBOOST_IMAGE,
            hint="As in TrainingImage of SageMaker. Nothing is pulled: the XGBoost image runs the built-in algorithm, a "
            "framework's image runs a script with a Python of this machine, and the operator may name a command for others.",
        )
        with ui.element("div"):
            button("Use what stands for it", self._use).props("id=use-image")

    def _keep(self, text: str) -> None:
        self._editor.change(image=text.strip())

    async def _use(self) -> None:
        image = self._editor.sheet.image
        rules = self._editor.site.settings.images
        try:
            begun = beginnings.from_image(image, {}, rules)
        except ValueError as error:
            self._field.judge(str(error) if image else "is missing", "")
            return
        kind = started_from(begun, "").kind
        turned = turned_to(self._editor.sheet, kind, begun)
        self._editor.change(kind=kind, draft=turned.draft, shelf=turned.shelf)
        await self._editor.show_step()
        self._editor.focus_id(f"kind-{kind}")
