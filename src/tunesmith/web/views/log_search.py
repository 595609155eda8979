"""Where a text is in the output of a training job, which may be larger than memory."""

from __future__ import annotations

from pathlib import Path

MOST = 500
"""Lines that are found at a time."""

_SPAN = 64 << 20  # bytes that are looked through at a time
_LONGEST = 1 << 20  # bytes of a line that are looked through together


def search(path: Path, text: str, after: int = 0) -> tuple[list[int], int | None]:
    """Look through a part of a file for lines with a text, in upper or lower case.

    Args:
        path: The file; one that is not there has no lines.
        text: What is sought.
        after: The byte to begin at, where a line begins.

    Returns:
        The bytes at which the lines begin, and where the search goes on; None if all was looked through.
    """
    sought, found, at = text.encode().lower(), list[int](), after
    try:
        with path.open("rb") as file:
            file.seek(after)
            while line := file.readline(_LONGEST):
                if sought in line.lower():
                    found.append(at)
                at += len(line)
                if len(found) == MOST or at - after >= _SPAN:
                    return found, at
    except FileNotFoundError:
        pass
    return found, None
