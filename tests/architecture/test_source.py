"""What linters do not check about the source as a whole."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tunesmith"
MODULES = sorted(SOURCE.rglob("*.py"))
ACROSS = {"acceptance", "architecture", "compat", "docs", "examples"}  # folders of tests that cross packages
WITHOUT_TESTS = {"stopping", "testing"}  # an empty package, and one that is itself a set of tests
LIGHT = {"tunesmith", "tunesmith.version"}


def test_every_module_says_what_it_is() -> None:
    mute = [
        file.relative_to(SOURCE) for file in MODULES if not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert mute == []


def test_the_folders_of_tests_mirror_the_packages() -> None:
    packages = {file.parent.name for file in SOURCE.glob("*/__init__.py")}
    folders = {file.parent.name for file in (ROOT / "tests").glob("*/test_*.py")}
    assert folders - ACROSS <= packages
    assert packages - folders <= WITHOUT_TESTS


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = (
        "import sys; before = set(sys.modules); import tunesmith; print(*sorted(set(sys.modules) - before))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name for name in result.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert loaded == LIGHT
