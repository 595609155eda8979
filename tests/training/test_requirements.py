from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tunesmith.training.requirements import environment, python, wrap
from tunesmith.training.source import snapshot


def make_wheel(folder: Path, name: str, version: str) -> Path:
    """Make a wheel of a module that knows its version, without any tool that must be there."""
    info = f"{name}-{version}.dist-info"
    members = {
        f"{name}.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for path, text in members.items():
        digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text)}\n")
    members[f"{info}/RECORD"] = "".join(record) + f"{info}/RECORD,,\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    return wheel


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source that asks for a wheel of its own, and no index to look anything up in."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    folder = tmp_path / "src"
    folder.mkdir()
    wheel = make_wheel(folder, "tiny_package", "1.0")
    (folder / "requirements.txt").write_text(f"./{wheel.name}\n")
    return folder


def run(source: Path, cache: Path, script: str, failure: Path) -> subprocess.CompletedProcess[str]:
    frozen = snapshot(str(source), cache)
    overlay = environment(frozen, cache, package=(source / "setup.py").exists())
    assert overlay is not None
    command = wrap([python(overlay), "-c", script], overlay, frozen, failure)
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_overlay_adds_to_our_packages_and_leaves_them_alone(source: Path, tmp_path: Path) -> None:
    newer = make_wheel(source, "packaging", "999.0")
    with (source / "requirements.txt").open("a") as file:
        file.write(f"./{newer.name}\n")
    script = (
        "import sys, tiny_package, packaging, numpy, tunesmith.training.report as report;"
        "print(tiny_package.VERSION, packaging.VERSION, sys.prefix, report.__file__)"
    )
    cache = tmp_path / "cache"
    first, second = (run(source, cache, script, tmp_path / "failure") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stdout + first.stderr
    assert "building the environment" in first.stdout
    tiny, packaging, prefix, report = second.stdout.split()  # and nothing else: it is not built again
    assert (tiny, packaging) == ("1.0", "999.0")
    assert Path(prefix).parent == cache / "environments"
    assert report.endswith("tunesmith/training/report.py")
    assert not (tmp_path / "failure").exists()
    ours = subprocess.run(
        [sys.executable, "-c", "import packaging; print(packaging.__version__); import tiny_package"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ours.stdout.strip() not in {"", "999.0"}
    assert "No module named 'tiny_package'" in ours.stderr


def test_a_failing_installation_says_why(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").write_text("no-such-package-anywhere==1\n")
    failure = tmp_path / "failure"
    done = run(source, tmp_path / "cache", "print('ran')", failure)
    assert done.returncode == 1
    assert "ran\n" not in done.stdout
    reason = failure.read_text()
    assert reason.startswith("the script's requirements could not be installed: ERROR: ")
    assert "no-such-package-anywhere" in reason
    assert "no-such-package-anywhere" in done.stdout


def test_a_building_that_was_killed_starts_anew(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    overlay = environment(snapshot(str(source), cache), cache, package=False)
    assert overlay is not None
    (overlay / "source").mkdir(parents=True)
    (overlay / "source" / "half").touch()
    done = run(source, cache, "import tiny_package; print(tiny_package.VERSION)", tmp_path / "failure")
    assert done.stdout.splitlines()[-1] == "1.0"


@pytest.mark.long
def test_jobs_that_need_the_same_at_once_build_it_once(source: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        script = "import tiny_package; print(tiny_package.VERSION)"
        jobs = [pool.submit(run, source, tmp_path / "cache", script, tmp_path / f"f{i}") for i in range(3)]
        outputs = [job.result().stdout for job in jobs]
    assert [output.splitlines()[-1] for output in outputs] == ["1.0"] * 3
    assert sum("building the environment" in output for output in outputs) == 1


@pytest.mark.long
def test_a_package_is_installed_itself(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setuptools = pytest.importorskip("setuptools")
    if int(setuptools.__version__.split(".")[0]) < 71:
        pytest.skip("this setuptools needs another package to make wheels")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip's way to say: build with the setuptools at hand
    (source / "lib" / "my_module").mkdir(parents=True)
    (source / "lib" / "my_module" / "__init__.py").write_text("NAME = 'mine'")
    (source / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='mine', packages=['my_module'], package_dir={'': 'lib'})\n"
    )
    script = "import my_module, tiny_package; print(my_module.NAME)"
    done = run(source, tmp_path / "cache", script, tmp_path / "failure")
    assert done.stdout.splitlines()[-1] == "mine", done.stdout + done.stderr


def key(folder: Path, requirements: str, *, package: bool = False) -> str | None:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(requirements)
    overlay = environment(folder, folder.parent, package=package)
    return overlay.name if overlay else None


def test_an_environment_is_named_by_what_makes_it(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"  # two sources
    shared = (
        "numpy\n",
        "numpy>=2 ; python_version > '3'\n",
        "--index-url https://host/simple\nnumpy  # see docs/why.md\n",
        "git+https://host/project.git\n",
        "numpy==2.0 \\\n    --hash=sha256:00\n",
    )
    for requirements in shared:
        assert key(one, requirements) == key(two, requirements)
    for requirements in (
        "-r more.txt\n",
        "-e .\n",
        "-c limits.txt\n",
        "./lib\n",
        "x.whl\n",
        "--editable=lib\n",
    ):
        assert key(one, requirements) != key(two, requirements)
    assert key(one, "numpy\n", package=True) != key(two, "numpy\n", package=True)
    assert len({key(one, requirements) for requirements in shared}) == len(shared)


def test_nothing_to_install_needs_no_environment(tmp_path: Path) -> None:
    assert key(tmp_path / "1", " \n") is None
    (tmp_path / "2").mkdir()
    assert environment(tmp_path / "2", tmp_path, package=False) is None


@pytest.mark.long
def test_the_users_code_cannot_get_in_the_way(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("subprocess", "site", "venv", "pip"):
        (source / f"{name}.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(source)
    monkeypatch.setenv("PYTHONPATH", os.fspath(source))
    frozen = snapshot(str(source), tmp_path / "cache")
    overlay = environment(frozen, tmp_path / "cache", package=False)
    assert overlay is not None
    command = wrap([python(overlay), "-I", "-c", "print('ran')"], overlay, frozen, tmp_path / "failure")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "ran", done.stdout + done.stderr


@pytest.fixture
def interpreter(tmp_path: Path) -> str:
    """Give the interpreter of another environment, which has a module of its own."""
    folder = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "only_there.py").write_text("NAME = 'other'")
    return str(folder / "bin" / "python")


def test_an_environment_is_named_by_its_interpreter(interpreter: str, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "requirements.txt").write_text("numpy\n")
    given = [
        environment(tmp_path / "1", tmp_path, package=False, interpreter=python)
        for python in (sys.executable, interpreter, interpreter)
    ]
    assert given[0] != given[1] == given[2]


def test_an_interpreter_that_does_not_run_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^python: '/bin/false' is no Python interpreter"):
        environment(source, tmp_path, package=False, interpreter="/bin/false")


@pytest.mark.long
def test_the_overlay_adds_to_the_packages_of_its_interpreter(
    interpreter: str, source: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    frozen = snapshot(str(source), cache)
    overlay = environment(frozen, cache, package=False, interpreter=interpreter)
    assert overlay is not None
    script = "import only_there, tiny_package; print(only_there.NAME, tiny_package.VERSION)"
    command = wrap([python(overlay), "-c", script], overlay, frozen, tmp_path / "failure", interpreter)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "other 1.0", done.stdout + done.stderr
