"""What the training jobs of a job file run: a script, a command or a built-in algorithm."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from tunesmith.core.training_job import Command, Script, Work
from tunesmith.jobfile import builtin
from tunesmith.jobfile.check import closest
from tunesmith.jobfile.faults import Notes
from tunesmith.jobfile.schema import CommandKeys, JobFile, ScriptKeys
from tunesmith.jobfile.yaml_source import At
from tunesmith.training.program import PLACEHOLDER

_KINDS = ("script", "command", "algorithm")


class WorkBuilder:
    """Builds the work of one tuning job, noting every fault on the way."""

    def __init__(self, keys: JobFile, notes: Notes, folder: Path) -> None:
        self._keys = keys
        self._notes = notes
        self._folder = folder  # where relative paths start

    def build(self) -> Work | None:
        """Build the work, or None if it cannot be told what is to run."""
        given = [key for key in _KINDS if getattr(self._keys, key) is not None]
        if len(given) != 1:
            what = (
                f"give either {' or '.join(given)}, not both"
                if given
                else "give a script or a command to run"
            )
            self._notes.add((given[1],) if given else (), what)
            return None
        script, command = self._keys.script, self._keys.command
        if script is not None:
            return self._script(script)
        return builtin.WORK if command is None else self._command(command)

    def _script(self, script: str | ScriptKeys) -> Script | None:
        if isinstance(script, ScriptKeys):
            source = self._existing(("script", "source"), script.source)
            if source.is_dir() and not (source / script.entry).is_file():
                self._notes.add(("script", "entry"), f"there is no file {script.entry!r} in {source}")
            elif source.is_file() and not source.name.endswith((".tar.gz", ".tgz")):
                self._notes.add(("script", "source"), f"{source} is neither a folder nor a .tar.gz archive")
            return Script(str(source), script.entry, script.python)
        file = self._existing(("script",), script)
        if file.is_dir():
            self._notes.add(("script",), f"{file} is a folder; write {{source: {script}, entry: FILE.py}}")
        return Script(str(file.parent), file.name)

    def _command(self, command: str | list[str] | CommandKeys) -> Command | None:
        where: At = ("command",)
        directory: Path | None = self._folder
        literal = False
        if isinstance(command, CommandKeys):
            where, literal = ("command", "arguments"), command.literal
            if command.directory is not None:  # an empty text: the training job's own folder
                given = command.directory
                directory = self._existing(("command", "directory"), given) if given else None
            command = command.arguments
        try:
            arguments = shlex.split(command) if isinstance(command, str) else command
        except ValueError as error:
            self._notes.add(where, f"this cannot be split into words as a shell does: {error}")
            return None
        self._check_program(where, arguments, directory)
        if not literal:
            self._check_placeholders(where, arguments)
        return Command(tuple(arguments), None if directory is None else str(directory), literal)

    def _check_program(self, where: At, arguments: list[str], directory: Path | None) -> None:
        program = arguments[0] if arguments else ""
        place = str(directory / program) if "/" in program and directory is not None else program
        if not program:
            self._notes.add(where, "the command is empty")
        elif not PLACEHOLDER.search(program) and shutil.which(place) is None:
            self._notes.add(where, f"there is no program {place!r} that can be run")

    def _check_placeholders(self, where: At, arguments: list[str]) -> None:
        known = [*self._keys.parameters, *self._keys.hyperparameters]
        for name in PLACEHOLDER.findall(" ".join(arguments)):
            hint = "" if name in known else closest(name, known)
            if hint:  # otherwise the braces may well be meant for the program
                self._notes.add(where, f"there is no hyperparameter {name!r} to replace {{{name}}}{hint}")

    def _existing(self, path: At, text: str) -> Path:
        file = self._folder / Path(text).expanduser()
        if not file.exists():
            self._notes.add(path, f"there is no file or folder {file}")
        return file
