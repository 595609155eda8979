"""What operations work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tunesmith.api.call import Call
from tunesmith.api.requests.context import InputCheck, RequestContext
from tunesmith.api.settings import Settings
from tunesmith.control.service import Service
from tunesmith.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Context:
    """The server, as far as it matters to operations."""

    service: Service
    settings: Settings
    now: Callable[[], datetime]  # timezone-aware
    cpus: int  # of this machine
    gpus: int
    inputs: InputCheck  # whether there is input data at a location

    @property
    def store(self) -> Store:
        """What is read from."""
        return self.service.store

    def for_request(self, call: Call) -> RequestContext:
        """What a call that creates something is judged against."""
        return RequestContext(
            settings=self.settings,
            now=self.now(),
            cpus=self.cpus,
            gpus=self.gpus,
            inputs=self.inputs,
            region=call.region,
        )
