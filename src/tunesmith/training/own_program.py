"""Programs of Tunesmith's own that a training job's supervisor runs: each does what a file, its plan, says."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CODE = "import sys; sys.path.append(sys.argv.pop(1)); from {} import main; main(sys.argv[1:])"


def command(module: str, plan: Path, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Write the plan and give the command that runs the module's `main` with it, and any further arguments.

    It runs in our own interpreter and finds our own packages, whatever the variables of the job say.
    """
    private = os.open(plan, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="ascii") as file:
        json.dump(content, file)
    return sys.executable, "-I", "-c", _CODE.format(module), str(Path(__file__).parents[2]), str(plan)


def read(plan: str) -> dict[str, Any]:
    """Read a plan."""
    content: dict[str, Any] = json.loads(Path(plan).read_text(encoding="ascii"))
    return content
