"""The folder of a training job: where things are, and the three files that describe the job to its script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tunesmith.core.training_job import Channel
from tunesmith.training.channels import resolved

Json: TypeAlias = dict[str, Any]

_INSTANCE_TYPE = "local"  # these two are the toolkit's own words for a machine that is not SageMaker's
_GROUP = "homogeneousCluster"


@dataclass(frozen=True)
class Layout:
    """The paths below a base folder, which SageMaker's containers call `/opt/ml`."""

    base: Path

    @property
    def input(self) -> Path:
        """What the job is given."""
        return self.base / "input"

    @property
    def config(self) -> Path:
        """The three JSON files."""
        return self.input / "config"

    @property
    def data(self) -> Path:
        """One folder for each channel."""
        return self.input / "data"

    @property
    def code(self) -> Path:
        """The job's own copy of the user's source."""
        return self.base / "code"

    @property
    def model(self) -> Path:
        """Where the script leaves its model; packed into `model.tar.gz`."""
        return self.base / "model"

    @property
    def output(self) -> Path:
        """What the job says of itself."""
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        """Where the script leaves anything else; packed into `output.tar.gz`."""
        return self.output / "data"

    @property
    def intermediate(self) -> Path:
        """Results that are of use while the job still runs; not packed."""
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        """The file in which a script says why it failed."""
        return self.output / "failure"

    @property
    def trouble(self) -> Path:
        """The file, beside the folder, that says what kept the job's data from it without its fault."""
        return self.base.parent / "trouble"

    @property
    def checkpoints(self) -> Path:
        """Where the script keeps what it needs to go on later; not packed."""
        return self.base / "checkpoints"

    @property
    def artifacts(self) -> Path:
        """Where the results are packed to."""
        return self.base / "artifacts"

    @property
    def archives(self) -> tuple[tuple[Path, Path], ...]:
        """What is kept of a job when it has ended: pairs of a folder and the .tar.gz of its contents."""
        return (
            (self.model, self.artifacts / "model.tar.gz"),
            (self.output_data, self.artifacts / "output.tar.gz"),
        )

    def create(self) -> None:
        """Make the folders that are not there yet, except `code`, which comes with its contents."""
        for folder in (
            self.config,
            self.data,
            self.model,
            self.output_data,
            self.intermediate,
            self.checkpoints,
            self.artifacts,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    def write_config(self, hyperparameters: Mapping[str, str], inputs: Json, resources: Json) -> None:
        """Write the three JSON files."""
        _write(self.config / "hyperparameters.json", dict(hyperparameters))
        _write(self.config / "inputdataconfig.json", inputs)
        _write(self.config / "resourceconfig.json", resources)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A training job's folder: as we reach it, and as the job itself does."""

    disk: Layout
    seen: Layout  # the same, unless the job is isolated
    host: str  # the name of the job's machine, as it sees it

    @property
    def is_isolated(self) -> bool:
        """Whether the job sees other paths than we do."""
        return self.seen != self.disk


def check_channels(channels: Mapping[str, str]) -> dict[str, str]:
    """Give each channel's location, absolute if it is on this machine. Raises ValueError as `resolved` does."""
    return {name: channel.location for name, channel in resolved(channels).items()}


def input_data_config(inputs: Mapping[str, Channel]) -> Json:
    """Give the contents of inputdataconfig.json."""
    return {name: _input_settings(channel) for name, channel in inputs.items()}


def _input_settings(channel: Channel) -> Json:
    settings = {
        "TrainingInputMode": channel.input_mode,
        "S3DistributionType": channel.distribution,
        "RecordWrapperType": channel.record_wrapper,
    }
    return settings if channel.content_type is None else {**settings, "ContentType": channel.content_type}


def resource_config(host: str, interface: str) -> Json:
    """Give the contents of resourceconfig.json for a job on one host, which is reached over `interface`."""
    group = {"instance_group_name": _GROUP, "instance_type": _INSTANCE_TYPE, "hosts": [host]}
    return {
        "current_host": host,
        "current_instance_type": _INSTANCE_TYPE,
        "current_group_name": _GROUP,
        "hosts": [host],
        "instance_groups": [group],
        "network_interface_name": interface,
    }


def _write(path: Path, content: Json) -> None:
    """Write a JSON file in one step: a reader finds all of it or nothing."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)
