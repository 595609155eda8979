from __future__ import annotations

import re
from html.parser import HTMLParser

from tunesmith.analysis.report.compose import compose
from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.page import page

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Balanced(HTMLParser):
    """Notes which tags are open, and complains when one is closed that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(report: Report) -> Balanced:
    parser = Balanced()
    parser.feed(page(compose(report)))
    parser.close()
    return parser


def test_it_is_well_formed_html(report: Report) -> None:
    parser = parsed(report)
    assert parser.open == []
    assert [tag for tag, _ in parser.seen].count("svg") == 7
    assert [tag for tag, _ in parser.seen].count("h1") == 1


def test_it_asks_nobody_for_anything(report: Report) -> None:
    text = page(compose(report))
    assert not re.search(r"""src\s*=|href="(?!#)|url\(|@import|<script""", text)
    assert "default-src 'none'" in text


def test_names_of_unknown_origin_are_no_markup(report: Report) -> None:
    text = page(compose(report))
    assert "<b>" not in text
    assert "</script>" not in text
    assert "&lt;b&gt;|`x`" in text


def test_pictures_have_words_and_a_table_beside_them(report: Report) -> None:
    parser = parsed(report)
    pictures = [attributes for tag, attributes in parser.seen if tag == "svg"]
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in pictures)
    assert [tag for tag, _ in parser.seen].count("details") == len(pictures)


def test_sections_are_linked(report: Report) -> None:
    parser = parsed(report)
    links = {str(attributes["href"]) for tag, attributes in parser.seen if tag == "a"}
    ids = {f"#{attributes['id']}" for _, attributes in parser.seen if "id" in attributes}
    assert links <= ids
    assert len(links) == 7


def test_it_has_colours_for_light_dark_and_paper(report: Report) -> None:
    text = page(compose(report))
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
