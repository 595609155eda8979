"""A report in each format that it can be had in."""

from __future__ import annotations

import json
from enum import StrEnum

from tunesmith.analysis.report.compose import compose
from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.facts import facts
from tunesmith.analysis.report.markdown import markdown
from tunesmith.analysis.report.page import page


class Format(StrEnum):
    """What a report can be written as."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """The type as HTTP calls it."""
        return {"html": "text/html", "markdown": "text/markdown", "json": "application/json"}[self.value]

    @classmethod
    def of_suffix(cls, suffix: str) -> Format:
        """The format of a file by the end of its name, such as `.md`. Raises ValueError for any other."""
        formats = {
            ".html": cls.HTML,
            ".htm": cls.HTML,
            ".md": cls.MARKDOWN,
            ".markdown": cls.MARKDOWN,
            ".json": cls.JSON,
        }
        found = formats.get(suffix.lower())
        if found is None:
            msg = f"a report's file must end in {', '.join(formats)}, got {suffix!r}"
            raise ValueError(msg)
        return found


def write(report: Report, form: Format) -> str:
    """Write a report."""
    match form:
        case Format.HTML:
            return page(compose(report))
        case Format.MARKDOWN:
            return markdown(compose(report))
        case Format.JSON:
            return json.dumps(facts(report), indent=2, ensure_ascii=False) + "\n"
