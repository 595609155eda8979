"""A document as one self-contained HTML page: no script, no request, light and dark, fit for printing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from tunesmith.analysis.finding import Finding, Severity
from tunesmith.analysis.report.document import Block, Document, Figure, Findings, Paragraph, Section, Table

_LABELS = {Severity.ALARM: "Alarm", Severity.NOTE: "Note", Severity.FINE: "Fine"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(document: Document) -> str:
    """Write a document as HTML."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    links = "".join(
        f'<li><a href="#s{i}">{escape(s.title)}</a></li>' for i, s in enumerate(document.sections)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(document.title)}</title><style>{style}</style></head><body>"
        f'<header><h1>{escape(document.title)}</h1><p class="lead">{escape(document.lead)}</p>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>'
        f"<main>{''.join(_section(i, section) for i, section in enumerate(document.sections))}</main>"
        f"<footer>{escape(document.foot)}</footer></body></html>\n"
    )


def _section(index: int, section: Section) -> str:
    heading = f'<h2 id="h{index}">{escape(section.title)}</h2>'
    return f'<section id="s{index}" aria-labelledby="h{index}">{heading}{"".join(_blocks(section.blocks))}</section>'


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    """The blocks; narrow pictures that follow each other stand side by side."""
    for is_narrow, group in groupby(blocks, key=lambda block: isinstance(block, Figure) and block.narrow):
        shown = "".join(map(_block, group))
        yield f'<div class="grid-of-figures">{shown}</div>' if is_narrow else shown


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Findings(findings):
            return f'<ul class="findings">{"".join(map(_finding, findings))}</ul>'
        case Figure():
            return _figure(block)
        case Table():
            return _table(block)


def _finding(finding: Finding) -> str:
    kind, label = finding.severity.value, _LABELS[finding.severity]
    advice = f'<p class="advice">{escape(finding.advice)}</p>' if finding.advice else ""
    return (
        f'<li class="{kind}"><p class="kind"><strong>{label}</strong> {escape(finding.kind.value)}{_of(finding)}</p>'
        f"<div><p>{escape(finding.sentence)}</p>{advice}</div></li>"
    )


def _of(finding: Finding) -> str:
    return "" if finding.algorithm is None else f" of {escape(finding.algorithm)}"


def _figure(figure: Figure) -> str:
    numbers = ""
    if figure.table is not None:
        numbers = (
            f"<details><summary>As a table: {escape(figure.title)}</summary>{_table(figure.table)}</details>"
        )
    return (
        f"<figure><h3>{escape(figure.title)}</h3>{figure.svg}<figcaption>{escape(figure.alt)}</figcaption>"
        f"{numbers}</figure>"
    )


def _table(table: Table) -> str:
    head = _cells("th", table.heading, table.numeric, ' scope="col"')
    body = "".join(f"<tr>{_cells('td', row, table.numeric)}</tr>" for row in table.rows)
    caption = escape(table.caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(tag: str, cells: Sequence[str], numeric: frozenset[int], more: str = "") -> str:
    return "".join(
        f"<{tag}{more}{' class=number' if i in numeric else ''}>{escape(cell)}</{tag}>"
        for i, cell in enumerate(cells)
    )
