"""The keys of a job file and the types of their values: the shape of what `tunesmith tune` reads.

What a value must be beyond its type (ranges that make sense, names that exist) is checked by the core values
that are made of it. docs/reference/job-file.md describes every key for people.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Number: TypeAlias = int | float
Scalar: TypeAlias = str | int | float | bool
Algorithm: TypeAlias = Literal["xgboost"]
Scale: TypeAlias = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
AtLeastOne = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
Money = Annotated[float, Meta(gt=0)]
NotNegativeNumber = Annotated[float, Meta(ge=0)]


class Keys(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of a job file with a fixed set of keys."""


class ScriptKeys(Keys, frozen=True):
    """A Python script inside a folder or an archive."""

    source: str
    entry: str
    python: str | None = None


class CommandKeys(Keys, frozen=True):
    """A command and the folder in which it runs."""

    arguments: str | list[str]
    directory: str | None = None
    literal: bool = False


class ChannelKeys(Keys, frozen=True):
    """Input data, and how it is meant."""

    location: str
    content_type: str | None = None
    input_mode: Literal["File", "FastFile"] = "File"
    data_type: Literal["S3Prefix", "ManifestFile"] = "S3Prefix"
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"


class ObjectiveKeys(Keys, frozen=True):
    """What to optimise."""

    metric: str
    goal: Literal["Maximize", "Minimize"]


class ContinuousKeys(Keys, frozen=True, tag_field="type", tag="continuous"):
    """A real number in a range."""

    low: Number
    high: Number
    scale: Scale = "Auto"


class IntegerKeys(Keys, frozen=True, tag_field="type", tag="integer"):
    """A whole number in a range."""

    low: int
    high: int
    scale: Scale = "Auto"


class CategoricalKeys(Keys, frozen=True, tag_field="type", tag="categorical"):
    """One of a list of choices."""

    choices: list[Scalar]


class AutoKeys(Keys, frozen=True, tag_field="type", tag="auto"):
    """A range to be chosen by the parameter's name and a value that it may have."""

    example: Scalar


class ResourcesKeys(Keys, frozen=True):
    """What one training job occupies."""

    cpus: AtLeastOne | None = None
    gpus: NotNegative = 0


class LimitsKeys(Keys, frozen=True):
    """When the tuning job, and each of its training jobs, ends at the latest."""

    trials: AtLeastOne | None = None
    parallel: AtLeastOne = 1
    seconds: Seconds | None = None
    job_seconds: Seconds | None = None
    grace_seconds: Annotated[float, Meta(ge=0)] = 120.0
    retries: NotNegative = 0
    wait_seconds: Seconds | None = None
    budget: Money | None = None


class PriceKeys(Keys, frozen=True):
    """What the slots of a training job cost."""

    cpu_hour: NotNegativeNumber = 0.0
    gpu_hour: NotNegativeNumber = 0.0
    currency: str = ""


class CompletionKeys(Keys, frozen=True):
    """What ends the tuning job before its limits do."""

    target: Number | None = None
    not_improving: Annotated[int, Meta(ge=3)] | None = None
    converged: bool = False


class ResourceKeys(Keys, frozen=True):
    """How many reports a training job may make, where the strategy hands them out."""

    most: AtLeastOne
    least: AtLeastOne = 1
    pause: bool = False


class WarmStartKeys(Keys, frozen=True):
    """The earlier tuning jobs to learn from."""

    parents: list[str]
    type: Literal["IdenticalDataAndAlgorithm", "TransferLearning"] = "TransferLearning"


class AlgorithmKeys(Keys, frozen=True, kw_only=True):
    """One of the algorithms to compare; a key that is left out is as at the top of the file."""

    script: str | ScriptKeys | None = None
    command: str | list[str] | CommandKeys | None = None
    algorithm: Algorithm | None = None
    objective: ObjectiveKeys | None = None
    metrics: dict[str, str] = {}
    parameters: dict[str, ContinuousKeys | IntegerKeys | CategoricalKeys | AutoKeys] = {}
    hyperparameters: dict[str, Scalar] = {}
    channels: dict[str, str | ChannelKeys] = {}
    output: str | None = None
    checkpoints: str | None = None
    environment: dict[str, Scalar] = {}
    resources: ResourcesKeys = ResourcesKeys()
    resource: ResourceKeys | None = None
    initial: list[dict[str, Scalar]] = []


class JobFile(Keys, frozen=True, kw_only=True):
    """A job file from its top."""

    name: str | None = None
    script: str | ScriptKeys | None = None
    command: str | list[str] | CommandKeys | None = None
    algorithm: Algorithm | None = None
    objective: ObjectiveKeys
    metrics: dict[str, str] = {}
    parameters: dict[str, ContinuousKeys | IntegerKeys | CategoricalKeys | AutoKeys] = {}
    algorithms: dict[str, AlgorithmKeys] = {}
    hyperparameters: dict[str, Scalar] = {}
    channels: dict[str, str | ChannelKeys] = {}
    output: str | None = None
    checkpoints: str | None = None
    environment: dict[str, Scalar] = {}
    resources: ResourcesKeys = ResourcesKeys()
    limits: LimitsKeys = LimitsKeys()
    price: PriceKeys | None = None
    strategy: str | None = None
    stopping: str | None = None
    completion: CompletionKeys = CompletionKeys()
    resource: ResourceKeys | None = None
    warm_start: WarmStartKeys | None = None
    seed: NotNegative | None = None
    initial: list[dict[str, Scalar]] = []
    isolation: Literal["none", "bubblewrap"] = "none"
