"""COCO's test functions: Hansen et al., "COCO: a platform for comparing continuous optimizers" (2021)."""

# ruff: noqa: PLC0415 - packages are imported only where they are used

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from benchmarks.search.problems import Problem

from tunesmith.core.space import Config, Continuous, Integer, Parameter, Space

_FUNCTIONS = (1, 3, 6, 8, 10, 15, 17, 20, 21, 22, 23, 24)  # some of each of COCO's five groups
_SHORT = (1, 8, 15, 21)


def bbob(*, short: bool) -> Iterator[Problem]:
    """Continuous functions in 3 and 6 dimensions (the suite has 2, 3, 5, 10, ...: 3 and 5)."""
    for dimension in (3,) if short else (3, 5):
        for function in _SHORT if short else _FUNCTIONS:
            yield _problem("bbob", function, dimension, 20 if short else 60)


def mixed(*, short: bool) -> Iterator[Problem]:
    """The same functions with four fifths of the axes discretised to 2, 4, 8 and 16 values."""
    for function in _SHORT if short else _FUNCTIONS:
        yield _problem("bbob-mixint", function, 5, 20 if short else 60)


def _problem(suite: str, function: int, dimension: int, budget: int) -> Problem:
    problem = _load(suite, function, dimension)
    integers = problem.number_of_integer_variables
    parameters: list[Parameter] = [
        Integer(f"x{i}", int(low), int(high), "Linear")
        if i < integers
        else Continuous(f"x{i}", low, high, "Linear")
        for i, (low, high) in enumerate(zip(problem.lower_bounds, problem.upper_bounds, strict=True))
    ]
    names = [parameter.name for parameter in parameters]

    def truth(config: Config) -> float:
        return float(problem(np.array([float(config[name]) for name in names])))

    return Problem(
        f"{suite} f{function} d{dimension}",
        "bbob" if suite == "bbob" else "mixed",
        Space(parameters),
        truth,
        budget,
        _optimum(problem),
    )


def _load(suite: str, function: int, dimension: int) -> Any:
    index = list(_suite(suite, dimension).ids()).index(f"{suite}_f{function:03d}_i01_d{dimension:02d}")
    return _suite(suite, dimension).get_problem(index)


@lru_cache
def _suite(name: str, dimension: int) -> Any:
    import cocoex

    return cocoex.Suite(name, "", f"dimensions:{dimension} instance_indices:1")


def _optimum(problem: Any) -> float:
    """The minimum. COCO tells where it is only by writing it to a file in the working directory."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        problem._best_parameter("print")  # noqa: SLF001 - there is no public way
        return float(problem(np.loadtxt("._bbob_problem_best_parameter.txt")))
