"""Tuning jobs for property tests. Needs hypothesis."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space
from tunesmith.core.training_job import Channel, Command, Resources, Script
from tunesmith.core.tuning_job import Completion, Definition, Limits, MetricPattern, TuningJob

CREATED = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
"""When all of them were created."""

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_names = _texts.filter(str.strip)
_values = st.one_of(
    _texts, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)
_numbers = st.floats(-1e6, 1e6)


@st.composite
def _parameters(draw: DrawFn, name: str) -> Parameter:
    kind = draw(st.sampled_from(["continuous", "integer", "categorical"]))
    if kind == "categorical":
        return Categorical(name, tuple(draw(st.lists(_values, min_size=1, max_size=4, unique=True))))
    if kind == "integer":
        low = draw(st.integers(1, 100))
        return Integer(
            name, low, low + draw(st.integers(0, 100)), draw(st.sampled_from(["Auto", "Logarithmic"]))
        )
    ends = sorted(draw(st.tuples(_numbers, _numbers)))
    return Continuous(name, ends[0], ends[1], draw(st.sampled_from(["Auto", "Linear"])))


@st.composite
def _own_fields(draw: DrawFn, folder: Path) -> dict[str, Any]:
    """The fields that belong to one algorithm."""
    tuned = draw(st.lists(_names, min_size=1, max_size=4, unique=True))
    space = Space([draw(_parameters(name)) for name in tuned])
    work = draw(
        st.sampled_from(
            [
                Script(str(folder), "train.py", "python3"),
                Script(str(folder), "train.py"),
                Command(("sh", "-c", "echo '{x}: #'"), str(folder)),
                Command(("sh", "-c", "echo ${x}"), None, literal=True),
            ]
        )
    )
    metrics = dict.fromkeys(draw(st.lists(_names, max_size=2, unique=True)), r"(\d+) 'a' \"b\"")
    fixed = {
        name: value
        for name, value in draw(st.dictionaries(_names, _values, max_size=3)).items()
        if name not in tuned
    }
    return {
        "work": work,
        "space": space,
        "metrics": tuple(MetricPattern(name, regex) for name, regex in metrics.items()),
        "objective": Objective(draw(st.sampled_from([*metrics, "the metric"])), Goal.MAXIMIZE),
        "initial": tuple(space.decode(draw(st.lists(st.just([0.5] * len(space)), max_size=2)))),
        "hyperparameters": fixed,
        "channels": draw(
            st.sampled_from(
                [
                    {},
                    {
                        "train": str(folder / "data"),
                        "v": Channel("s3://b/k", "text/csv", "FastFile", "S3Prefix"),
                    },
                ]
            )
        ),
        "environment": draw(st.dictionaries(st.sampled_from(["A", "b_1"]), _texts)),
        "output": draw(st.sampled_from([None, "s3://bucket/out", str(folder / "out")])),
        "checkpoints": draw(st.sampled_from([None, "s3://bucket/kept", str(folder / "kept")])),
        "resources": Resources(draw(st.integers(1, 8)), draw(st.integers(0, 2))),
    }


@st.composite
def _shared_fields(draw: DrawFn) -> dict[str, Any]:
    """The fields that belong to a tuning job as a whole, but its early stopping and its parents."""
    seconds = st.none() | st.floats(1e-3, 1e9)
    trials = draw(st.none() | st.integers(1, 1000))
    limits = Limits(trials, draw(st.integers(1, 9)), draw(seconds) if trials else 60.5)
    completion = Completion(
        draw(st.none() | _numbers), draw(st.none() | st.integers(3, 99)), draw(st.booleans())
    )
    return {
        "name": draw(st.text(string.ascii_letters + string.digits, min_size=1, max_size=32)),
        "limits": limits,
        "completion": completion,
        "strategy": draw(st.sampled_from(["Bayesian", "Random", "Sobol"])),
        "stopping": draw(st.sampled_from([None, "median", "gain"])),
        "seed": draw(st.integers(0, 2**40)),
        "max_seconds": draw(seconds),
        "grace_seconds": draw(st.floats(0, 1e6)),
        "retries": draw(st.integers(0, 30)),
        "created_at": CREATED,
    }


@st.composite
def tuning_jobs(draw: DrawFn, folder: Path) -> TuningJob:
    """A tuning job without parents; the folder is to have a script `train.py` and a folder `data`."""
    return TuningJob(**draw(_own_fields(folder)), **draw(_shared_fields()))


@st.composite
def comparisons(draw: DrawFn, folder: Path) -> TuningJob:
    """A tuning job of three algorithms; `folder` is as that of `tuning_jobs`."""
    shared = draw(_shared_fields())
    same = {name: shared.pop(name) for name in ("max_seconds", "retries")}
    names = ("first", "2nd", "3")
    definitions = tuple(Definition(name=name, **draw(_own_fields(folder)), **same) for name in names)
    return TuningJob.comparing(definitions, **shared)
