"""What a report is made of: frozen values that know nothing of how they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tunesmith.analysis.algorithms import Share
from tunesmith.analysis.finding import Finding
from tunesmith.analysis.learned import Learned
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Parameter, Value

TOP = 20
"""Training jobs in the table of the best."""

CURVES = 30
"""Learning curves that are drawn at the most."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A training job in a table; its value is in units of the metric."""

    number: int
    name: str
    state: str
    value: float | None
    config: Config
    algorithm: str | None
    seconds: float | None  # of run time
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What a training job has reported of the objective, in order."""

    number: int
    values: tuple[float, ...]
    stopped: bool  # before it had completed


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an algorithm of the tuning job is, and what it may vary."""

    algorithm: str | None
    runs: str  # the program, command or function
    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a report tells of a tuning job."""

    name: str
    status: str
    reason: str | None
    objective: Objective
    settings: tuple[tuple[str, str], ...]  # strategy, limits and so on: what and how much
    setups: tuple[Setup, ...]
    created_at: datetime
    ended_at: datetime | None
    written_at: datetime
    version: str  # of the software
    counts: Mapping[str, int]  # training jobs by state
    best: Row | None
    first: Row | None  # the first training job: the defaults, or what else the search began with
    recommended: Row | None  # allowing for noise
    values: tuple[float | None, ...]  # in order of ending, None where a training job has none
    learned: tuple[Learned, ...]  # of each algorithm
    findings: tuple[Finding, ...]  # all of them, the most pressing first
    shares: tuple[Share, ...]  # of the algorithms, the best first; none if there is only one
    top: tuple[Row, ...]  # the best training jobs, the best first
    curves: tuple[Curve, ...]  # of the best, and of others to compare with
