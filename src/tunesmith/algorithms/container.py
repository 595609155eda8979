"""The surroundings of a built-in algorithm, as SageMaker's training contract gives them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


class AlgorithmError(Exception):
    """A mistake in the data or the hyperparameters; the message is for the user."""


@dataclass(frozen=True)
class Container:
    """The folder that SageMaker calls /opt/ml."""

    base: Path

    @classmethod
    def current(cls) -> Self:
        """The one of this process."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))

    @property
    def hyperparameters(self) -> dict[str, str]:
        """The user's hyperparameters and the platform's, all of them text."""
        return self._config("hyperparameters")

    @property
    def model(self) -> Path:
        """Where the model goes."""
        return self.base / "model"

    def channel(self, name: str) -> Path | None:
        """The folder of a channel, None if the job has none of that name."""
        folder = self.base / "input/data" / name
        return folder if name in self._config("inputdataconfig") else None

    def content_type(self, channel: str) -> str | None:
        """What the user said of a channel's format."""
        settings: Mapping[str, str] = self._config("inputdataconfig")[channel]
        return settings.get("ContentType")

    def fail(self, reason: str) -> None:
        """Leave word why the training failed."""
        (self.base / "output").mkdir(parents=True, exist_ok=True)
        (self.base / "output/failure").write_text(reason, encoding="utf-8")

    def _config(self, name: str) -> dict[str, Any]:
        path = self.base / "input/config" / f"{name}.json"
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content
