"""The page in the browser beside a command that drives a tuning job: `tunesmith tune --ui`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from types import TracebackType

    from tunesmith.cli.session import Session

_MISSING = "--ui: the page needs more packages: pip install 'tunesmith[ui]'"
_END_SECONDS = 10.0


def require() -> None:
    """Raise ClickException, which says what to do, if the packages of the page are not there."""
    if any(find_spec(package) is None for package in ("nicegui", "uvicorn", "boto3")):
        raise click.ClickException(_MISSING)


class Page:
    """A server of the page in a process of its own, which drives nothing and ends with this one."""

    def __init__(self, session: Session, name: str) -> None:
        """Start it for a tuning job."""
        from tunesmith.server.options import ServerOptions  # noqa: PLC0415 - an extra

        # In a process group of its own, so that the terminal's Ctrl-C does not end it before the command.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tunesmith.server.show"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            text=True,
        )
        options = ServerOptions(
            data=session.folder.absolute(), port=0, cpus=session.cpus, gpus=session.gpus, shows=name
        )
        self._tell(options.to_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=_END_SECONDS)

    def link(self) -> str:
        """Wait for the link that signs in once, and shows the tuning job. Raises ClickException if there is none."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline().strip()
        if not line:  # it has said why
            msg = "the page could not be shown"
            raise click.ClickException(msg)
        return line

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):  # it may have died at once: `link` sees that
            print(line, file=self._process.stdin, flush=True)


@contextmanager
def shown(session: Session, name: str) -> Iterator[None]:
    """Show the page of a tuning job, in the user's browser if there is one; at a terminal, until Ctrl-C in the end."""
    with Page(session, name) as page:
        link = page.link()
        click.echo(f"The page: {link}", err=True)
        if _has_browser():
            webbrowser.open(link)
        yield
        if sys.stdin.isatty():
            click.echo("The page is there until you press Ctrl-C.", err=True)
            with suppress(KeyboardInterrupt):
                signal.pause()


def _has_browser() -> bool:
    """Whether a browser with a window can be opened: others would take the terminal."""
    graphical = sys.platform == "darwin" or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return graphical and sys.stdout.isatty()
