"""A document as a value: sections of sentences, tables and pictures, which each format shows in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tunesmith.analysis.finding import Finding


@dataclass(frozen=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells, all of the same length as the heading."""

    caption: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()  # columns that are aligned to the right


@dataclass(frozen=True)
class Figure:
    """A picture, what it shows in words, and the same as a table."""

    title: str
    alt: str
    svg: str
    table: Table | None
    narrow: bool = False  # whether several have room beside each other


@dataclass(frozen=True)
class Findings:
    """What was found, each with its severity."""

    findings: Sequence[Finding]


Block: TypeAlias = Paragraph | Table | Figure | Findings


@dataclass(frozen=True)
class Section:
    """A part of a document."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True)
class Document:
    """A whole document."""

    title: str
    lead: str  # one sentence below the title
    sections: Sequence[Section]
    foot: str
