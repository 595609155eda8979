"""The program that fetches a job's data and checkpoints, in the job's own time, and then becomes the job.

Imported by it: the standard library and the storage, as jobs wait for it to start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tunesmith.storage.shelf import LocationError, TransferError
from tunesmith.storage.transfer import Places
from tunesmith.training import checkpoints, own_program


def main(arguments: Sequence[str]) -> None:
    """Fetch what a plan says and become a command: `PLAN COMMAND...`.

    What the job itself is to blame for, such as a channel without data, goes into its failure file, and anything
    else, such as a broken connection, into the file of its troubles.
    """
    plan = own_program.read(arguments[0])
    Path(arguments[0]).unlink()  # as it holds secrets
    places = Places.from_json(plan["places"])
    own = dict(os.environ)
    os.environ.clear()
    os.environ.update(plan["environment"])
    try:
        for location, kind, folder in plan["channels"]:
            places.fetch(location, Path(folder), kind)
        if plan["checkpoints"]:
            checkpoints.mirror(plan["checkpoints"], places).restore()
            # With places of its own: connections are not to be shared with another process.
            checkpoints.follow(
                lambda: checkpoints.mirror(plan["checkpoints"], Places.from_json(plan["places"]))
            )
    except LocationError as error:
        _give_up(plan["failure"], f"ClientError: {error}")
    except (TransferError, OSError) as error:
        _give_up(plan["trouble"], f"Data download failed: {error}")
    try:
        os.execvpe(arguments[1], list(arguments[1:]), own)  # noqa: S606 - it is the user's command
    except OSError as error:
        sys.exit(f"cannot run {arguments[1]!r}: {error}")


def _give_up(file: str, reason: str) -> None:
    Path(file).write_text(f"{reason}\n", encoding="utf-8", errors="replace")
    sys.exit(f"tunesmith: {reason}")
