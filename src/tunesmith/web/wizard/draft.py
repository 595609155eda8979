"""A tuning job that a person is about to describe: texts as they were typed, complete and right or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tunesmith.core.space import Config

Kind: TypeAlias = Literal["continuous", "integer", "categorical"]


@dataclass(frozen=True, kw_only=True)
class ScriptWork:
    """A Python script in a folder or an archive."""

    source: str = ""
    entry: str = ""
    python: str = ""  # the interpreter; empty: the one that runs Tunesmith


@dataclass(frozen=True, kw_only=True)
class CommandWork:
    """A command line."""

    command: str = ""  # as typed in a shell
    directory: str = ""  # where it runs; empty: in the training job's own folder
    literal: bool = False  # braces stay as they are


@dataclass(frozen=True, kw_only=True)
class BuiltInWork:
    """A built-in algorithm."""

    algorithm: str = "xgboost"


Work: TypeAlias = ScriptWork | CommandWork | BuiltInWork


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """A hyperparameter that is tuned."""

    name: str = ""
    kind: Kind = "continuous"
    low: str = ""
    high: str = ""
    scale: str = "Auto"
    choices: tuple[str, ...] = ()  # of a categorical one
    example: str = ""  # the value that it had where the range comes from, such as a script's default
    source: str = ""  # where the range comes from


@dataclass(frozen=True, kw_only=True)
class Row:
    """A name and a value, such as a fixed hyperparameter, a metric with its expression, or a variable."""

    name: str = ""
    value: str = ""
    source: str = ""  # why it is there, if it was not typed


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    """Input data."""

    name: str = ""
    location: str = ""
    content_type: str = ""
    input_mode: str = "File"
    data_type: str = "S3Prefix"
    distribution: str = "FullyReplicated"
    plain: bool = True  # by its location alone


@dataclass(frozen=True, kw_only=True)
class Draft:
    """All that is asked of a person; a text that is empty leaves the choice to Tunesmith, where there is one."""

    name: str = ""
    work: Work = field(default_factory=ScriptWork)
    metric: str = ""
    goal: str = "Minimize"
    metrics: tuple[Row, ...] = ()
    parameters: tuple[ParameterRow, ...] = ()
    fixed: tuple[Row, ...] = ()
    channels: tuple[ChannelRow, ...] = ()
    environment: tuple[Row, ...] = ()
    initial: tuple[Config, ...] = ()
    output: str = ""
    checkpoints: str = ""
    strategy: str = "Bayesian"
    seed: str = ""
    stopping: str = ""
    most_reports: str = ""  # of a training job, for strategies of Hyperband's kind
    least_reports: str = ""
    pause: bool = False  # those that are not among the best wait, instead of being stopped
    trials: str = ""
    parallel: str = "1"
    seconds: str = ""
    budget: str = ""  # money, by the price of a CPU and a GPU for an hour
    cpu_hour: str = ""
    gpu_hour: str = ""
    currency: str = ""
    job_seconds: str = ""
    wait_seconds: str = ""  # of a training job with all its interruptions, if it may be interrupted
    grace_seconds: str = "120"
    retries: str = ""
    target: str = ""
    not_improving: str = ""
    converged: bool = False
    parents: tuple[str, ...] = ()
    transfer: str = "TransferLearning"
    cpus: str = ""
    gpus: str = "0"
    isolation: str = "none"
