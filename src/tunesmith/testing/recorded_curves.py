"""Learning curves that were recorded once, for simulations to replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from tunesmith.core.space import Config, Space
from tunesmith.testing.simulated import Epoch


class RecordedCurves:
    """Answers with the curve of the nearest configuration that was recorded, in the unit cube of the space.

    So a search meets real curves, of a landscape with steps. A categorical parameter of another value is as far away
    as the whole range of a numeric one.
    """

    def __init__(self, space: Space, recordings: Iterable[tuple[Config, Sequence[Epoch]]]) -> None:
        """Keep the recordings.

        Args:
            space: Where the configurations are; each gives all its parameters a value.
            recordings: The configurations, and the epochs of each.

        Raises:
            ValueError: There are no recordings, or one is outside the space.
        """
        pairs = list(recordings)
        if not pairs:
            msg = "recordings: there must be at least one"
            raise ValueError(msg)
        for config, _ in pairs:
            space.check(config)
        self._space = space
        self._curves = [curve for _, curve in pairs]
        self._points = space.encode([config for config, _ in pairs])
        self._is_numeric = np.array([hasattr(parameter, "low") for parameter in space.parameters])

    def __call__(self, config: Config) -> Sequence[Epoch]:
        """The epochs of the nearest recorded configuration; what is not of the space is passed over."""
        return self._curves[self.nearest(config)]

    def nearest(self, config: Config) -> int:
        """The place of the nearest configuration in the recordings, the first of equals."""
        gaps = np.abs(self._points - self._space.encode([config]))
        gaps = np.where(self._is_numeric, gaps, gaps > 0)
        return int(np.argmin((gaps**2).sum(axis=1)))
