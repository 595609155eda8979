"""A file on the server: by its path, or sent from the browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from nicegui import ui

from tunesmith.web import addresses
from tunesmith.web.parts.ask import Ask
from tunesmith.web.parts.upload import Upload
from tunesmith.web.wizard.uploads import LARGEST


def source_path(
    name: str, label: str, value: str, on_path: Callable[[str], Awaitable[None]], *, accept: str, hint: str
) -> Ask:
    """Show a field for a path and a button to send a file.

    Args:
        name: Of the field in the page.
        label: What is asked.
        value: The path that is filled in.
        on_path: Called with another path.
        accept: The kinds of files that the browser offers.
        hint: Shown below.
    """
    before = value

    async def left(text: str) -> None:
        nonlocal before
        if text.strip() and text.strip() != before:
            before = text.strip()
            await on_path(before)

    async def uploaded(path: str) -> None:
        nonlocal before
        before = path
        field.put(path)
        await on_path(path)

    with ui.element("div").classes("source"):
        Upload(
            f"{name}-upload",
            "Upload a file",
            addresses.UPLOADS,
            uploaded,
            accept=accept,
            largest=LARGEST,
        )
        field = Ask(
            name,
            label,
            value,
            lambda _: None,
            left,
            hint=hint,
            wide=True,
            mono=True,
            example="/path/on/the/server",
        )
    return field


def server_path(text: str) -> Path:
    """The file or folder of a path that was typed. Raises ValueError for one that starts nowhere."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError as error:  # ~ of a user who is not there
        raise ValueError(str(error)) from error
    if not path.is_absolute():
        msg = f"{text}: give the whole path on the server, such as {Path.home() / text}"
        raise ValueError(msg)
    return path
