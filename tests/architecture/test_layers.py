"""The import-linter contracts hold, and each was seen to fail on a violation planted in a copy of the source."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

PLANTED = {
    "upwards": (
        "core/trial.py",
        "from tunesmith.control import plan",
        "Imports point down, siblings do not see each other",
    ),
    "sideways": (
        "backends/slots.py",
        "from tunesmith.store import store",
        "Imports point down, siblings do not see each other",
    ),
    "sql": ("control/plan.py", "import sqlalchemy", "Only the store speaks SQL"),
    "clock": (
        "strategies/random.py",
        "import time",
        "Strategies, rules, analysis, numerics and core are pure: no processes, threads or clocks",
    ),
    "words": (
        "numerics/transforms.py",
        "from tunesmith.core import space",
        "The numerics know no word of tuning",
    ),
}


def lint(folder: Path) -> tuple[int, str]:
    result = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore)
    return tmp_path


def test_the_source_keeps_the_contracts(copy: Path) -> None:
    code, output = lint(copy)
    assert code == 0, output


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_breaks_its_contract(copy: Path, file: str, line: str, contract: str) -> None:
    planted = copy / "src" / "tunesmith" / file
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    code, output = lint(copy)
    assert code == 1
    assert f"{contract} BROKEN" in " ".join(output.split())
    assert "tunesmith." + file.removesuffix(".py").replace("/", ".") in output


def test_a_new_package_must_find_its_layer(copy: Path) -> None:
    package = copy / "src" / "tunesmith" / "newcomer"
    package.mkdir()
    (package / "__init__.py").touch()
    code, output = lint(copy)
    assert code == 1
    assert "newcomer" in output
