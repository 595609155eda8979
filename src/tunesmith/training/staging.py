"""Data and checkpoints that are copied into the job's folder before its program runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tunesmith.core.training_job import Channel
from tunesmith.storage.transfer import Places
from tunesmith.training import checkpoints, own_program
from tunesmith.training.layout import Layout


def wrap(
    command: Sequence[str],
    channels: Mapping[str, Channel],
    layout: Layout,
    places: Places,
    checkpoints_at: str | None = None,
) -> tuple[str, ...]:
    """Give the command that copies the data of these channels into their folders and then becomes `command`.

    Before that it restores the checkpoints that are at a location, and begins to take new ones there. So a slow download holds nobody up but its job, and can be stopped with it.
    """
    plan = {
        "places": places.to_json(),
        "channels": [
            [channel.location, channel.data_type, str(layout.data / name)]
            for name, channel in channels.items()
        ],
        "checkpoints": checkpoints.plan(checkpoints_at, layout.checkpoints, layout.base.parent),
        "failure": str(layout.failure),
        "trouble": str(layout.trouble),
        "environment": dict(os.environ),  # has the keys to the data; the job's own may be others
    }
    program = own_program.command("tunesmith.training.stage", layout.base.parent / "staging.json", plan)
    return (*program, *command)
