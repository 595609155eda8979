"""Tables of plain text: whole values, aligned, fit for eyes and for `grep`."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """Align columns, two spaces apart.

    Args:
        rows: The rows, the heading first; all of one length.
        numeric: The columns that are aligned to the right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in numeric else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def pairs(facts: Sequence[tuple[str, str]], indent: str = "") -> str:
    """Align facts under each other: what, then how much."""
    width = max(len(label) for label, _ in facts)
    return "\n".join(f"{indent}{label.ljust(width)}  {value}".rstrip() for label, value in facts)
