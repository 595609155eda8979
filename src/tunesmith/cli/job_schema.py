"""The keys of a job file and the types of their values: the shape of what `tunesmith tune` reads.

What a value must be beyond its type (ranges that make sense, names that exist) is checked by the core values
that are made of it. docs/reference/job-file.md describes every key for people.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Number: TypeAlias = int | float
Scalar: TypeAlias = str | int | float | bool
Scale: TypeAlias = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
AtLeastOne = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]


class Keys(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of a job file with a fixed set of keys."""


class ScriptKeys(Keys, frozen=True):
    """A Python script inside a folder or an archive."""

    source: str
    entry: str


class CommandKeys(Keys, frozen=True):
    """A command and the folder in which it runs."""

    arguments: str | list[str]
    directory: str | None = None


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


class JobFile(Keys, frozen=True, kw_only=True):
    """A job file from its top."""

    name: str | None = None
    script: str | ScriptKeys | None = None
    command: str | list[str] | CommandKeys | None = None
    objective: ObjectiveKeys
    metrics: dict[str, str] = {}
    parameters: dict[str, ContinuousKeys | IntegerKeys | CategoricalKeys]
    hyperparameters: dict[str, Scalar] = {}
    channels: dict[str, str] = {}
    environment: dict[str, Scalar] = {}
    resources: ResourcesKeys = ResourcesKeys()
    limits: LimitsKeys = LimitsKeys()
    strategy: str = "Bayesian"
    seed: NotNegative | None = None
    initial: list[dict[str, Scalar]] = []
    isolation: Literal["none", "bubblewrap"] = "none"
