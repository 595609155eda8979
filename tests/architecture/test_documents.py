"""The documents: links lead somewhere, and what the README and the tutorial tell people to type works."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("examples/**/*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(file: Path, language: str) -> list[str]:
    return [text for kind, text in FENCE.findall(file.read_text()) if kind.removesuffix("thon") == language]


def anchors(file: Path) -> set[str]:
    """The names of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```$", "", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$|`[^`\n]*`", "", document.read_text())
    for link in LINK.findall(text):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", ["README.md", "docs/tutorial/first_job.md"])
def test_the_first_job_works(document: str, tmp_path: Path) -> None:
    script = blocks(ROOT / document, "py")[0]
    job = blocks(ROOT / document, "yaml")[0]
    (tmp_path / "train.py").write_text(script)
    (tmp_path / "job.yaml").write_text(job)
    command = [sys.executable, "-m", "tunesmith", "tune", "job.yaml", "--trials", "2"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"Best (accuracy|auc): 0\.9", result.stdout)


def test_the_python_example_of_the_readme_works() -> None:
    program = blocks(ROOT / "README.md", "py")[1].replace("trials=20", "trials=3")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - it is ours
    assert re.search(r"\{'C': .*, 'gamma': .*\} 0\.\d+", output.getvalue())
