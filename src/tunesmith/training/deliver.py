"""The program that takes a job's results to where the user wants them, when the work has ended.

Imported by it: the standard library and the storage, as ends of jobs wait for it.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from tunesmith.storage.shelf import TransferError
from tunesmith.storage.transfer import Places
from tunesmith.training import checkpoints, own_program

MODEL = "model.tar.gz"
"""The archive of a model, which is delivered even if there is nothing in it."""


def main(arguments: Sequence[str]) -> None:
    """Do what a plan says: `PLAN`. If it fails, the last line of its output says why."""
    plan = own_program.read(arguments[0])
    for folder in plan["discard"]:  # first, as the disk may be full
        shutil.rmtree(folder, ignore_errors=True)
    places = Places.from_json(plan["places"])
    failures = [
        *_tried("Checkpoint upload", lambda: _keep_checkpoints(plan["checkpoints"], places)),
        *_tried("Data upload", lambda: _deliver_all(plan["archives"], places)),
    ]
    if failures:
        sys.exit("; ".join(failures))


def _tried(what: str, task: Callable[[], None]) -> Iterator[str]:
    """Do something; say that and why it has failed, if it has."""
    try:
        task()
    except (TransferError, OSError) as error:
        yield f"{what} failed: {error}"


def _keep_checkpoints(planned: Sequence[str] | None, places: Places) -> None:
    if planned:
        checkpoints.mirror(planned, places).push_all()


def _deliver_all(archives: Iterable[Sequence[str]], places: Places) -> None:
    for folder, archive, target in archives:
        _deliver(Path(folder), Path(archive), target, places)


def _deliver(folder: Path, archive: Path, target: str, places: Places) -> None:
    """Deliver one archive. An empty folder has none: then a model's is made, and others are left out."""
    if not archive.exists():
        if folder.is_dir() and any(folder.iterdir()):
            msg = f"'{folder}' could not be packed"
            raise TransferError(msg)
        if archive.name != MODEL:
            return
        archive.parent.mkdir(parents=True, exist_ok=True)
        tarfile.open(archive, "w:gz").close()
    places.deliver(archive, target)
