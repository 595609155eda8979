"""What a training job runs, in words."""

from __future__ import annotations

import shlex

from tunesmith.core.training_job import Command, Script, Work
from tunesmith.store.rows import LostFunction


def what_runs(work: Work) -> str:
    """Say in a few words what a training job runs."""
    match work:
        case Script(source=source, entry=entry):
            return f"script {entry} in {source}"
        case Command(arguments=arguments):
            return f"command {shlex.join(arguments)}"
    target = work.target
    name = target.name if isinstance(target, LostFunction) else getattr(target, "__qualname__", str(target))
    return f"function {name}"
