"""What a method is given, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.curves.landscape import Landscape
from benchmarks.curves.problems import Problem

from tunesmith.core.space import Config


@dataclass(frozen=True)
class Task:
    """A problem with its recorded curves, and how much may be spent on it."""

    problem: Problem
    curves: Landscape
    budget: int  # epochs
    workers: int  # jobs at a time


@dataclass(frozen=True)
class Job:
    """What became of one training job."""

    config: Config
    losses: tuple[float, ...]
    stopped: bool  # given up by the method, not by the end of the budget


@dataclass(frozen=True)
class Outcome:
    """What a method did with its budget."""

    reports: list[float]  # the losses of all jobs, one for each epoch spent, in order of time
    jobs: list[Job]
