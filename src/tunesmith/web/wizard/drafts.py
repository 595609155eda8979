"""The sheets that people have not finished: whoever comes back finds everything as it was, after a restart too."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from tunesmith.storage.private_file import write_private
from tunesmith.web.sessions import Session
from tunesmith.web.wizard.sheet import Sheet
from tunesmith.web.wizard.sheet_text import read, written

LIFETIME = timedelta(days=30)
"""A sheet is removed when it was not touched for so long."""

MOST = 500
"""Sheets that are kept in memory; the one that was not touched for longest goes first."""

Visitor: TypeAlias = tuple[str, str]
"""Who fills in a sheet: an access key, and the browser it is used in."""

_SUFFIX = ".json"

_log = logging.getLogger(__name__)


class Drafts:
    """The sheet of each visitor: in memory at once, and in a file, that only its owner may read, after `save`.

    They may hold secrets, such as values of environment variables. What cannot be kept in a file is kept in memory.
    """

    def __init__(self, data: Path, clock: Callable[[], datetime]) -> None:
        """Use a data folder; nothing is made in it before there is a sheet."""
        self._folder = data.absolute() / "drafts"
        self._clock = clock
        self._lock = Lock()
        self._sheets: OrderedDict[Visitor, Sheet] = OrderedDict()

    def get(self, visitor: Visitor) -> Sheet:
        """The sheet of a visitor, an empty one to begin with."""
        with self._lock:
            return self._sheets.get(visitor) or self._read(self._file(visitor)) or Sheet()

    def put(self, visitor: Visitor, sheet: Sheet) -> None:
        """Keep a sheet in memory."""
        with self._lock:
            self._sheets[visitor] = sheet
            self._sheets.move_to_end(visitor)
            while len(self._sheets) > MOST:
                self._write(*self._sheets.popitem(last=False))

    def save(self, visitor: Visitor) -> None:
        """Write the sheet of a visitor to its file, if there still is one."""
        with self._lock:
            sheet = self._sheets.get(visitor)
            if sheet is not None:
                self._write(visitor, sheet)

    def drop(self, visitor: Visitor) -> None:
        """Forget a sheet: its job has started, or its person starts over."""
        with self._lock:
            self._sheets.pop(visitor, None)
            self._file(visitor).unlink(missing_ok=True)

    def remove_old(self) -> None:
        """Remove the files of those that were not touched for long; what is still in memory goes with the server."""
        for file in self._files():
            if self._is_old(file):
                file.unlink(missing_ok=True)

    def mentioned(self, pattern: re.Pattern[str]) -> set[str]:
        """What a pattern finds in all sheets that are kept."""
        with self._lock:
            texts = [written(sheet) for sheet in self._sheets.values()]
        for file in self._files():
            with suppress(FileNotFoundError):  # its person is done with it meanwhile
                texts.append(file.read_text(encoding="utf-8", errors="replace"))
        return {found for text in texts for found in pattern.findall(text)}

    def _file(self, visitor: Visitor) -> Path:
        name = hashlib.sha256("\n".join(visitor).encode()).hexdigest()
        return self._folder / f"{name}{_SUFFIX}"

    def _files(self) -> Iterator[Path]:
        return self._folder.glob(f"*{_SUFFIX}")

    def _is_old(self, file: Path) -> bool:
        try:
            written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except FileNotFoundError:  # another server has removed it
            return False
        return self._clock() - written_at > LIFETIME

    def _read(self, file: Path) -> Sheet | None:
        """The sheet of a file; None if there is none, or it is too old or not whole."""
        try:
            return None if self._is_old(file) else read(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("a form that somebody had begun to fill in cannot be read: %s: %s", file, error)
            return None

    def _write(self, visitor: Visitor, sheet: Sheet) -> None:
        file = self._file(visitor)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(file, written(sheet))
        except OSError as error:
            _log.warning("a form that somebody fills in cannot be kept in %s: %s", file, error)


def visitor_of(session: Session | None) -> Visitor:
    """Name a visitor; a page that is open to all has one for everybody."""
    return ("", "") if session is None else (session.access_key, session.browser)
