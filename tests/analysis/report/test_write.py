from __future__ import annotations

import json

import pytest

from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.write import Format, write


@pytest.mark.parametrize(
    ("form", "start", "media_type"),
    [
        (Format.HTML, "<!DOCTYPE html>", "text/html"),
        (Format.MARKDOWN, "# Tuning job demo", "text/markdown"),
        (Format.JSON, "{", "application/json"),
    ],
)
def test_each_format(report: Report, form: Format, start: str, media_type: str) -> None:
    assert write(report, form).startswith(start)
    assert form.media_type == media_type


def test_json_is_json(report: Report) -> None:
    assert json.loads(write(report, Format.JSON))["best"]["number"] == 3


@pytest.mark.parametrize(
    ("suffix", "form"), [(".html", Format.HTML), (".MD", Format.MARKDOWN), (".json", Format.JSON)]
)
def test_a_file_tells_its_format(suffix: str, form: Format) -> None:
    assert Format.of_suffix(suffix) is form


def test_other_files_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must end in \.html, \.htm, \.md, \.markdown, \.json, got '\.pdf'"):
        Format.of_suffix(".pdf")
