"""Environments for a script's requirements.txt, each built once and cached by its content.

This file is also a program, run in front of the user's script by the interpreter that the script is for,
ordinarily that of Tunesmith's own environment:

    python -I requirements.py ENVIRONMENT SOURCE FAILURE COMMAND...

It builds the environment unless it is there and then becomes the command. It uses the standard library alone and
is run by its path, so nothing in the user's code can get in its way, and so that it can be run by any interpreter
from Python 3.8 on.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
from collections import deque
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_REMOTE = re.compile(rb"https?://\S+|#.*")
# What may name a file of the source: -r, -c, -e, paths, archives.
_LOCAL = re.compile(rb"(?m)^\s*-[rce]|^\s*--(requirement|constraint|editable)|/|\.(whl|zip|tar\.gz)\s*$")
_INTRODUCTION = (
    "import json, sys, sysconfig; print(json.dumps([sys.version, sys.prefix, sysconfig.get_platform()]))"
)
_KEPT_LINES = 12  # of pip's output, as the reason of a failure


def environment(
    snapshot: Path, cache: Path, *, package: bool, interpreter: str = sys.executable
) -> Path | None:
    """Give the folder of the environment that a source needs, None where it needs none.

    The folder's name says what is in it: the requirements, the interpreter, and the source itself where it is
    part of the environment, because it is a package or its requirements name files of it.
    """
    listed = snapshot / "requirements.txt"
    requirements = listed.read_bytes() if listed.is_file() else b""
    if not requirements.strip() and not package:
        return None
    parts = [*_identity(interpreter), requirements.decode(errors="surrogateescape")]
    if package or _LOCAL.search(_REMOTE.sub(b"", requirements)):
        parts.append(snapshot.name)
    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape"))
    return cache.absolute() / "environments" / digest.hexdigest()


def _identity(interpreter: str) -> list[str]:
    """Give what tells an interpreter and its environment from others. Raises ValueError if it does not run."""
    if interpreter == sys.executable:
        return [sys.version, sys.prefix, sysconfig.get_platform()]
    return _asked(interpreter, Path(interpreter).stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _asked(interpreter: str, _changed: int) -> list[str]:
    command = [interpreter, "-I", "-c", _INTRODUCTION]
    try:
        answer = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
        identity: list[str] = json.loads(answer)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        msg = f"python: {interpreter!r} is no Python interpreter ({error})"
        raise ValueError(msg) from error
    return identity


def python(environment: Path) -> str:
    """Give the path of an environment's interpreter."""
    return str(environment / "bin" / "python")


def wrap(
    command: Sequence[str], environment: Path, source: Path, failure: Path, interpreter: str = sys.executable
) -> tuple[str, ...]:
    """Give the command that makes sure of the interpreter's environment and then becomes `command`."""
    program = (interpreter, "-I", str(Path(__file__).absolute()))
    return (*program, str(environment), str(source), str(failure), *command)


def main(arguments: Sequence[str]) -> None:
    """Build the environment, or say in the failure file why it cannot be built; then run the command."""
    target, source, failure = (Path(argument) for argument in arguments[:3])
    try:
        _ensure(target, source)
    except (OSError, subprocess.SubprocessError, InstallError) as error:
        failure.write_text(f"the script's requirements could not be installed: {error}\n", encoding="utf-8")
        sys.exit(f"tunesmith: the script's requirements could not be installed: {error}")
    os.execvp(arguments[3], list(arguments[3:]))  # noqa: S606 - it is the user's command


class InstallError(Exception):
    """The reason, in pip's words, why requirements cannot be installed."""


def _ensure(target: Path, source: Path) -> None:
    """Build the environment, unless it is complete; one process at a time, the others wait."""
    complete = target / ".complete"
    if complete.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # freed by the system when its holder ends in any way
        if complete.exists():
            return
        print(f"tunesmith: building the environment {target.name[:12]}", flush=True)  # noqa: T201 - to the log
        shutil.rmtree(target, ignore_errors=True)
        _build(target, source)
        complete.touch()


def _build(target: Path, source: Path) -> None:
    """Make a virtual environment that also sees the packages of ours, and install what the source needs."""
    _run([sys.executable, "-I", "-m", "venv", "--without-pip", str(target)])
    scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix"  # before Python 3.11
    packages = Path(sysconfig.get_path("purelib", scheme, {"base": str(target), "platbase": str(target)}))
    lines = [f"import site; site.addsitedir({folder!r})\n" for folder in _our_packages()]
    (packages / "_tunesmith_base.pth").write_text("".join(lines), encoding="utf-8")
    if not _has_pip(target):
        _run([python(target), "-I", "-m", "ensurepip", "--default-pip"])
    copy = target / "source"  # to build in; it stays, since packages may be installed as links to it
    shutil.copytree(source, copy)
    wanted = ["-r", "requirements.txt"] if (copy / "requirements.txt").is_file() else []
    wanted += ["."] if (copy / "setup.py").is_file() else []
    _run([python(target), "-I", "-m", "pip", "install", "--no-input", *wanted], directory=copy)


def _our_packages() -> list[str]:
    """Give the folders of packages that this interpreter sees, most important first."""
    folders = site.getsitepackages()
    if sys.prefix == sys.base_prefix:  # virtual environments do not see the user's own packages
        folders.append(site.getusersitepackages())
    return folders


def _has_pip(target: Path) -> bool:
    probe = [python(target), "-I", "-c", "import pip"]
    return subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode == 0


def _run(command: Sequence[str], directory: Path | None = None) -> None:
    """Run a step of the building with its output in the job's log; raise InstallError with its error lines, if any,
    else with the output's end."""
    end: deque[str] = deque(maxlen=_KEPT_LINES)
    errors: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            print(line, end="", flush=True)  # noqa: T201 - to the log
            end.append(line)
            if line.lstrip().lower().startswith("error"):
                errors.append(line)
    if process.returncode:
        raise InstallError("".join(errors or end).strip())


if __name__ == "__main__":
    main(sys.argv[1:])
