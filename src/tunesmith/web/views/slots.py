"""How much of the machine training jobs use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunesmith.store.live import Occupation


@dataclass(frozen=True)
class Slots:
    """A kind of slot: how many are in use of how many."""

    kind: str
    used: int
    total: int

    @property
    def share(self) -> float:
        """The share in use, 0 to 1."""
        return min(1.0, self.used / self.total) if self.total else 0.0


def slots(occupations: Iterable[Occupation], cpus: int, gpus: int) -> tuple[Slots, ...]:
    """The slots of a machine; GPUs are left out where there are none."""
    found = list(occupations)
    used_cpus = sum(each.count * each.resources.cpus for each in found)
    used_gpus = sum(each.count * each.resources.gpus for each in found)
    shown = [Slots("CPU", used_cpus, cpus)]
    if gpus or used_gpus:
        shown.append(Slots("GPU", used_gpus, gpus))
    return tuple(shown)
