"""The user's program: which command runs a training job's work, and where."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunesmith.core.training_job import Command, Script, TrainingJob
from tunesmith.storage.location import local_path
from tunesmith.storage.transfer import Places
from tunesmith.training import requirements, script_mode, source
from tunesmith.training.layout import Place

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""What stands for a hyperparameter in an argument of a command."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command with its surroundings, in the job's own view of the file system."""

    command: tuple[str, ...]
    directory: Path
    entry: str | None = None  # the path of a script in its source
    arguments: tuple[str, ...] = ()  # of a script
    overlay: Path | None = None  # the environment of a script's requirements, if it has any
    snapshot: Path | None = None  # the source of a script
    python: str = sys.executable  # the interpreter of a script, without its requirements


def of_job(
    job: TrainingJob,
    hyperparameters: Mapping[str, str],
    place: Place,
    cache: Path,
    places: Places | None = None,
) -> Program:
    """Put in place what the job's work needs and give its program; `hyperparameters` are their texts.

    Raises ValueError, naming the field, for work that cannot run as a program.
    """
    path = job.environment.get("PATH", os.environ.get("PATH", os.defpath))
    if isinstance(job.work, Script):
        python = _interpreter(job.work.python, path)
        snapshot = source.snapshot(job.work.source, cache, places)
        return _of_script(job.work, snapshot, python, hyperparameters, place, cache)
    if isinstance(job.work, Command):
        return _of_command(job.work, hyperparameters, place, path)
    msg = "work: a Python function is no program; run it with a backend for functions, such as in_process"
    raise ValueError(msg)


def _interpreter(python: str | None, path: str) -> str:
    """Give the absolute path of the interpreter that a script asks for, looked for on `path` if it is a name."""
    if python is None:
        return sys.executable
    found = shutil.which(os.path.expanduser(python), path=path)  # noqa: PTH111 - a name stays a name
    if found is None:
        msg = f"python: {python!r} is no executable program; give the path of a Python interpreter"
        raise ValueError(msg)
    return str(Path(found).absolute())


def _of_script(
    work: Script, snapshot: Path, python: str, hyperparameters: Mapping[str, str], place: Place, cache: Path
) -> Program:
    files = [path.name for path in snapshot.iterdir()]
    package = script_mode.is_package(work.entry, files)
    _check_entry(work, snapshot, package=package)
    source.copy(snapshot, place.disk.code)
    if script_mode.is_shell(work.entry, files):
        (place.disk.code / work.entry).chmod(0o755)
    arguments = script_mode.arguments(script_mode.split(hyperparameters).user)
    overlay = requirements.environment(snapshot, cache, package=package, interpreter=python)
    runner = requirements.python(overlay) if overlay else python
    return Program(
        command=script_mode.command(work.entry, files, arguments, runner),
        directory=place.seen.code,
        entry=work.entry,
        arguments=tuple(arguments),
        overlay=overlay,
        snapshot=snapshot,
        python=python,
    )


def _check_entry(work: Script, snapshot: Path, *, package: bool) -> None:
    entry = Path(work.entry)
    inside = work.entry and not entry.is_absolute() and ".." not in entry.parts
    if not inside or not (package or (snapshot / entry).is_file()):
        there = ", ".join(sorted(path.name for path in snapshot.iterdir() if path.is_file()))
        msg = f"entry: {work.entry!r} is not a file of '{work.source}', which holds {there or 'no file'}"
        raise ValueError(msg)


def _of_command(work: Command, hyperparameters: Mapping[str, str], place: Place, path: str) -> Program:
    """Fill in the hyperparameters and look for the program, where it has no folder, on `path`.

    `{name}` becomes the text of the hyperparameter of that name; other braces, and all of a literal command's,
    stay as they are.
    """

    def fill(match: re.Match[str]) -> str:
        return hyperparameters.get(match[1], match[0])

    command = work.arguments
    if not work.literal:
        command = tuple(PLACEHOLDER.sub(fill, argument) for argument in command)
    if work.directory is None:
        _check_executable(command, place.disk.base, path)
        return Program(command=command, directory=place.seen.base)
    directory = local_path(work.directory, "directory")
    if not directory.is_dir():
        msg = f"directory: {work.directory!r} is not a folder"
        raise ValueError(msg)
    _check_executable(command, directory, path)
    return Program(command=command, directory=directory)


def _check_executable(command: Sequence[str], directory: Path, path: str) -> None:
    if not command or not command[0]:
        msg = "arguments: the command is empty; give a program and its arguments"
        raise ValueError(msg)
    program, where = command[0], "on the PATH"
    if os.sep in program:
        where, found = f"in '{directory}'", os.access(directory / program, os.X_OK)
    else:
        found = shutil.which(program, path=path) is not None
    if not found:
        msg = f"arguments: {program!r} is not an executable program {where}"
        raise ValueError(msg)
