"""Where a job's results go when its work has ended."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.core.training_job import TrainingJob
from tunesmith.storage.location import below
from tunesmith.storage.transfer import Places
from tunesmith.training import checkpoints, own_program
from tunesmith.training.layout import Layout


def location(output: str, job: str, archive: str) -> str:
    """Give the place where an archive of a job is delivered to, below `TrainingJob.output`."""
    return below(output, job, "output", archive)


def command(job: TrainingJob, layout: Layout, staged: Sequence[str], places: Places) -> tuple[str, ...]:
    """Give the command that delivers a job's archives and checkpoints, and removes the data that was staged.

    No command, if there is nothing to do. If it fails, its last line of output says why.
    """
    if job.output is None and job.checkpoints is None and not staged:
        return ()
    archives = layout.archives if job.output is not None else ()
    plan = {
        "places": places.to_json(),
        "archives": [
            [str(folder), str(archive), location(job.output or "", job.name, archive.name)]
            for folder, archive in archives
        ],
        "checkpoints": checkpoints.plan(job.checkpoints, layout.checkpoints, layout.base.parent),
        "discard": [str(layout.data / name) for name in staged],
    }
    return own_program.command("tunesmith.training.deliver", layout.base.parent / "delivery.json", plan)
