"""A button to send a file to the server with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments


class Upload(Element, component="upload.js"):
    """A button, and a place to drop a file at."""

    def __init__(
        self,
        id_: str,
        label: str,
        address: str,
        on_uploaded: Callable[[str], Awaitable[None]],
        *,
        accept: str,
        largest: int,
    ) -> None:
        """Show it.

        Args:
            id_: Of the button in the page.
            label: Of the button.
            address: Where the file is sent, with the query `name`; the answer is JSON with its `path`.
            on_uploaded: Called with the path of the file at the server.
            accept: The kinds of files that the browser offers, such as `.csv`.
            largest: The bytes that it may have.
        """
        super().__init__()
        with self._props.suspend_updates():
            self._props.update(
                {"id": id_, "label": label, "accept": accept, "address": address, "largest": largest}
            )

        async def handle(event: GenericEventArguments) -> None:
            await on_uploaded(str(event.args))

        self.on("uploaded", handle)
