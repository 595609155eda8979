"""Runs the Python code blocks of the pages below `docs`, those of a page one after the other.

Blocks that do not call Tunesmith are pieces of somebody's training script: these are only compiled.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXTS = {str(path.relative_to(DOCS)): path.read_text() for path in sorted(DOCS.rglob("*.md"))}
PAGES = [page for page, text in TEXTS.items() if BLOCK.search(text)]


def test_there_are_pages_with_code() -> None:
    assert {"howto/run_your_own_loop.md", "howto/tune_a_python_function.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEXTS[page]
    namespace: dict[str, Any] = {"__name__": "docs"}
    for block in BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        code = compile("\n" * lines_before + block[1], str(DOCS / page), "exec")
        if "tunesmith." in block[1]:
            exec(code, namespace)  # noqa: S102 - our own pages
