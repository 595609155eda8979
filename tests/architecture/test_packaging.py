"""What people get who install the package, and what the scripts install."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True
    )
    (file,) = folder.glob("tunesmith-*.whl")
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_wheel_has_all_of_the_source(wheel: set[str]) -> None:
    source = ROOT / "src"
    files = {str(file.relative_to(source)) for file in source.rglob("*") if file.is_file()}
    wanted = {file for file in files if "__pycache__" not in file and ".egg-info" not in file}
    assert wanted <= wheel


def test_the_wheel_has_what_is_easily_forgotten(wheel: set[str]) -> None:
    assert "tunesmith/py.typed" in wheel
    assert any(re.fullmatch(r"tunesmith/store/migrations/versions/\w+\.py", name) for name in wheel)
    assert any(name.endswith("/licenses/LICENSE") for name in wheel)
    assert not any(name.startswith(("tests", "docs", "examples")) for name in wheel)


def test_constraints_name_versions_and_nothing_else() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        requirement = Requirement(line)
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), line
        assert requirement.url is None, line


def test_constraints_cover_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    pinned = {Requirement(line).name for line in (ROOT / "constraints.txt").read_text().splitlines()}
    names = {canonicalize_name(Requirement(line).name) for line in wanted}
    assert names - {project["name"]} <= pinned  # an extra may name another one of ours


@pytest.mark.parametrize("script", ["setup", "demo", "test", "check", "bench", "../.ci/run"])
def test_scripts_are_valid_shell(script: str) -> None:
    file = ROOT / "scripts" / script
    subprocess.run(["/bin/sh", "-n", str(file)], check=True)
    assert script == "setup" or file.stat().st_mode & 0o100
