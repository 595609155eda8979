from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.views import log_search
from tunesmith.web.views.log_search import search


def test_lines_are_found_by_where_they_begin(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Epoch 1\nloss 0.5\nEPOCH 2\nloss 0.25, \N{GREEK SMALL LETTER ALPHA}\nepoch")
    assert search(log, "epoch") == ([0, 17, 39], None)
    assert search(log, "epoch", 17) == ([17, 39], None)
    assert search(log, "\N{GREEK SMALL LETTER ALPHA}") == ([25], None)
    assert search(log, "nothing") == ([], None)
    assert search(tmp_path / "missing", "epoch") == ([], None)


def test_a_large_log_is_searched_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "MOST", 2)
    monkeypatch.setattr(log_search, "_SPAN", 40)
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(30)))
    found, after = [], 0
    while True:
        part, following = search(log, "1", after)
        assert len(part) <= 2
        found += part
        if following is None:
            break
        assert following > after
        after = following
    assert found == search_all(log, "1")


def search_all(log: Path, text: str) -> list[int]:
    found, at = [], 0
    for line in log.read_bytes().splitlines(keepends=True):
        if text.encode() in line:
            found.append(at)
        at += len(line)
    return found


@given(st.lists(st.text("ab\r", max_size=5), max_size=20))
def test_finds_what_is_there(lines: list[str]) -> None:
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        log.write_bytes("\n".join(lines).encode())
        places, at = [], 0
        for line in lines:
            if "ab" in line:
                places.append(at)
            at += len(line) + 1
        assert search(log, "AB") == (places, None)
