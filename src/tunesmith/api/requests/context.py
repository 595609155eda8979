"""What a request is judged against, besides itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tunesmith.api.settings import Settings
from tunesmith.core.training_job import Resources

InputCheck: TypeAlias = Callable[[str], bool]
"""Says whether there is anything at a location, as `Places.exists` does, and raises what it raises."""


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """The server, as far as it matters to a request."""

    settings: Settings
    now: datetime  # becomes the creation time
    cpus: int  # of this machine
    gpus: int
    inputs: InputCheck
    region: str = "us-east-1"  # that the request was signed for

    @property
    def machine(self) -> Resources:
        """What all training jobs together have to share."""
        return Resources(self.cpus, self.gpus)
