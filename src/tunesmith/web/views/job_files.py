"""The files that a training job has left: its output, its artifacts and its checkpoints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunesmith.api.log_events import LogFile
from tunesmith.backends.run_folder import RunFolder
from tunesmith.storage.location import below
from tunesmith.storage.shelf import TransferError
from tunesmith.storage.transfer import Places
from tunesmith.store.records import TrainingJobRecord
from tunesmith.training.delivery import location
from tunesmith.training.layout import Layout

ARTIFACTS, CHECKPOINTS = "artifacts", "checkpoints"
"""The kinds of files."""

MOST = 200
"""Files of a kind that are listed."""


@dataclass(frozen=True)
class Found:
    """A file that can be had."""

    kind: str
    name: str  # below the folder of its kind, with slashes
    size: int  # bytes
    path: Path | None  # on this machine
    location: str | None  # where it was delivered to, if it was


@dataclass(frozen=True)
class JobFiles:
    """What there is of one training job."""

    data: Path  # the server's data folder
    places: Places
    record: TrainingJobRecord

    @property
    def _folder(self) -> RunFolder:
        return RunFolder.of(self.data, self.record.trial.handle or self.record.trial.name)

    @property
    def _layout(self) -> Layout:
        return Layout(self._folder.base)

    def log(self) -> LogFile | None:
        """The output; None if the training job has not begun to run."""
        trial = self.record.trial
        if trial.first_started_at is None:
            return None
        return LogFile(trial.name, self._folder.log, trial.first_started_at, complete=trial.state.is_final)

    def artifacts(self) -> list[Found]:
        """The archives of what the training job left, where they are on this machine, else where they were delivered."""
        output = self.record.tuning.job.parts[self.record.trial.definition].output
        found = []
        for _, archive in self._layout.archives:
            target = None if output is None else location(output, self.record.trial.name, archive.name)
            if archive.is_file():
                found.append(Found(ARTIFACTS, archive.name, archive.stat().st_size, archive, target))
            elif target is not None and self.record.trial.state.is_final:
                found += self._delivered(archive.name, target)
        return found

    def checkpoints(self) -> list[Found]:
        """What is in the checkpoint folder on this machine: not what links in it lead to."""
        folder, kept = self._layout.checkpoints, self.record.tuning.job.checkpoints
        found = []
        for path in _files(folder):
            name = path.relative_to(folder).as_posix()
            target = None if kept is None else below(kept, self.record.trial.name, name)
            found.append(Found(CHECKPOINTS, name, path.stat().st_size, path, target))
            if len(found) == MOST:
                break
        return found

    def find(self, kind: str, name: str) -> Found | None:
        """A file that is listed; any other name, wherever it leads, is none."""
        listed = {ARTIFACTS: self.artifacts, CHECKPOINTS: self.checkpoints}.get(kind)
        return None if listed is None else next((each for each in listed() if each.name == name), None)

    def _delivered(self, name: str, target: str) -> Iterator[Found]:
        try:
            size = self.places.size(target)
        except TransferError:
            return
        if size is not None:
            yield Found(ARTIFACTS, name, size, None, target)


def checkpoint_place(record: TrainingJobRecord) -> str | None:
    """Where the checkpoints are kept in step; None if they stay in the training job's own folder."""
    kept = record.tuning.job.checkpoints
    return None if kept is None else below(kept, record.trial.name)


def last_lines(log: LogFile | None, count: int) -> list[str]:
    """The last lines of the output of a training job."""
    if log is None:
        return []
    return [event.as_json(log)["message"] for event in log.backward(log.end(), count)]


def _files(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(path, name)
            if file.is_file() and not file.is_symlink():
                yield file
