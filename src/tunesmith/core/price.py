"""What training costs in money."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tunesmith.core.training_job import Resources

_SECONDS_PER_HOUR = 3600.0
_LONGEST_CURRENCY = 8


@dataclass(frozen=True)
class Price:
    """What a slot costs while a training job occupies it."""

    cpu_hour: float = 0.0  # one CPU for an hour
    gpu_hour: float = 0.0  # one GPU for an hour
    currency: str = ""  # as it is shown, such as EUR

    def __post_init__(self) -> None:
        for name in ("cpu_hour", "gpu_hour"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                msg = f"price: {name} must be a number >= 0, got {value!r}"
                raise ValueError(msg)
        if not self.cpu_hour + self.gpu_hour > 0:
            msg = "price: give cpu_hour, gpu_hour or both, above 0"
            raise ValueError(msg)
        if len(self.currency) > _LONGEST_CURRENCY or not self.currency.isprintable():
            msg = f"price: currency must be at most {_LONGEST_CURRENCY} letters, such as EUR, got {self.currency!r}"
            raise ValueError(msg)

    def per_second(self, resources: Resources) -> float:
        """What a training job with these resources costs in a second."""
        an_hour = self.cpu_hour * resources.cpus + self.gpu_hour * resources.gpus
        return an_hour / _SECONDS_PER_HOUR

    def show(self, amount: float) -> str:
        """An amount as people read it, such as `0.50 EUR`."""
        digits = f"{amount:.2f}" if amount >= 1 or amount == 0 else f"{amount:.2g}"
        return f"{digits} {self.currency}".rstrip()
