"""A document as Markdown: sentences and tables, no pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tunesmith.analysis.finding import Severity
from tunesmith.analysis.report.document import Block, Document, Figure, Findings, Paragraph, Table

_LABELS = {Severity.ALARM: "**Alarm**", Severity.NOTE: "**Note**", Severity.FINE: "Fine"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(document: Document) -> str:
    """Write a document as Markdown."""
    lines = [f"# {_plain(document.title)}", "", _plain(document.lead), ""]
    for section in document.sections:
        lines += [f"## {_plain(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    return "\n".join([*lines, f"*{_plain(document.foot)}*", ""])


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield _plain(text)
        case Findings(findings):
            for each in findings:
                told = f"{each.sentence} {each.advice or ''}"
                of = "" if each.algorithm is None else f" of {_plain(each.algorithm)}"
                yield f"- {_LABELS[each.severity]}{of}: {_plain(told)}"
        case Figure(title, alt, _, table):
            yield f"### {_plain(title)}"
            yield ""
            yield _plain(alt)
            if table is not None:
                yield ""
                yield from _table(table)
        case Table():
            yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield _row(table.heading)
    yield f"|{'|'.join('--:' if i in table.numeric else '---' for i in range(len(table.heading)))}|"
    yield from map(_row, table.rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Text of unknown origin in one line, with nothing that Markdown would take for markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
