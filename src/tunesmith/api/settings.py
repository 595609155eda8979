"""What an operator may configure of the AWS edge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from tunesmith.core.price import Price


@dataclass(frozen=True)
class Quotas:
    """Limits on what may be created; AWS's defaults."""

    concurrent_tuning_jobs: int = 100
    parallel_training_jobs: int = 100  # AWS gives 10 and raises it to 100 on request
    training_jobs: int = 750  # of one tuning job
    random_training_jobs: int = 10_000  # of one tuning job with the Random strategy
    tuning_seconds: int = 30 * 24 * 3600
    training_seconds: int = 28 * 24 * 3600


@dataclass(frozen=True)
class ImageRule:
    """Which runtime stands for the container images that match a pattern."""

    pattern: str  # a regular expression that is searched for in the image's name
    mode: Literal["script", "xgboost", "command"]
    python: str | None = None  # the interpreter of a script; None: the server's own
    command: tuple[str, ...] = ()  # of mode command: a program and its arguments

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            msg = f"images: pattern {self.pattern!r} is no regular expression: {error}"
            raise ValueError(msg) from error
        if (self.mode == "command") != bool(self.command):
            msg = f"images: {self.pattern!r}: a command belongs to mode command, and to no other"
            raise ValueError(msg)


@dataclass(frozen=True)
class Settings:
    """The configuration of the AWS edge."""

    account: str = "000000000000"
    region: str = "us-east-1"
    quotas: Quotas = field(default_factory=Quotas)
    images: tuple[ImageRule, ...] = ()  # come before the built-in rules
    isolation: Literal["none", "bubblewrap"] = "none"  # of training jobs
    price: Price | None = None  # of the slots, for budgets

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{12}", self.account):
            msg = f"account: {self.account!r} must be 12 digits, in quotes"
            raise ValueError(msg)
