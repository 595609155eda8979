from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space, Value
from tunesmith.core.training_job import Channel, Command, Function, Resources, Script
from tunesmith.core.tuning_job import (
    Completion,
    Definition,
    Limits,
    MetricPattern,
    ReportRange,
    Transfer,
    TuningJob,
)
from tunesmith.store.rows import LostFunction, clean
from tunesmith.store.store import Store

MakeJob = Callable[..., TuningJob]

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # with NUL and lone surrogates
FINITE = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(-(2**53), 2**53)
VALUES: st.SearchStrategy[Value] = FINITE | st.integers() | ANY_TEXT | st.booleans()


def ranges(numbers: st.SearchStrategy[Any], kind: type[Continuous | Integer]) -> st.SearchStrategy[Parameter]:
    bounds = (
        st.lists(numbers, min_size=2, max_size=2).map(sorted).filter(lambda b: math.isfinite(b[1] - b[0]))
    )
    names, scales = ANY_TEXT.filter(str.strip), st.sampled_from(["Auto", "Linear"])
    return st.builds(lambda name, b, scale: kind(name, b[0], b[1], scale), names, bounds, scales)


PARAMETERS = st.one_of(
    ranges(FINITE, Continuous),
    ranges(WHOLE, Integer),
    st.builds(Categorical, ANY_TEXT.filter(str.strip), st.lists(VALUES, min_size=1, max_size=4, unique=True)),
)
SPACES = st.lists(PARAMETERS, min_size=1, max_size=4, unique_by=lambda p: p.name).map(Space)
WORKS = st.one_of(
    st.builds(Script, ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT),
    st.builds(Command, st.lists(ANY_TEXT).map(tuple), st.none() | ANY_TEXT, st.booleans()),
)
POSITIVE = st.floats(0, exclude_min=True, allow_infinity=False)
CHANNELS = st.dictionaries(
    ANY_TEXT,
    ANY_TEXT | st.builds(Channel, *[ANY_TEXT, st.none() | ANY_TEXT, *[ANY_TEXT] * 4]),
    max_size=3,
)
TEXTS = st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3)


@st.composite
def tuning_jobs(draw: st.DrawFn) -> dict[str, Any]:
    space = draw(SPACES)
    parents = tuple(draw(st.lists(ANY_TEXT, max_size=2)))
    units = st.lists(st.floats(0, 1), min_size=len(space), max_size=len(space))
    price = draw(st.none() | st.builds(Price, POSITIVE, st.just(0.0) | POSITIVE, st.just("EUR")))
    budget = draw(st.none() | POSITIVE) if price else None
    return {
        "work": draw(WORKS),
        "space": space,
        "objective": Objective(draw(ANY_TEXT.filter(bool)), draw(st.sampled_from(Goal))),
        "limits": Limits(draw(st.integers(1)), draw(st.integers(1)), draw(st.none() | POSITIVE), budget),
        "price": price,
        "strategy": draw(ANY_TEXT),
        "seed": draw(st.integers(0)),
        "metrics": tuple(draw(st.lists(st.builds(MetricPattern, ANY_TEXT, ANY_TEXT), max_size=2))),
        "initial": tuple(space.decode(draw(st.lists(units, max_size=2)))),
        "hyperparameters": draw(
            st.dictionaries(ANY_TEXT.filter(lambda n: n not in space.names), VALUES, max_size=3)
        ),
        "channels": draw(CHANNELS),
        "output": draw(st.none() | ANY_TEXT),
        "environment": draw(TEXTS),
        "resources": Resources(draw(st.integers(1)), draw(st.integers(0))),
        "max_seconds": draw(st.none() | POSITIVE),
        "grace_seconds": draw(POSITIVE),
        "isolation": draw(ANY_TEXT),
        "stopping": draw(st.none() | ANY_TEXT),
        "completion": draw(
            st.builds(Completion, st.none() | FINITE, st.none() | st.integers(3), st.booleans())
        ),
        "resource": draw(st.none() | st.builds(ReportRange, st.integers(9, 20_000), st.integers(1, 9))),
        "parents": parents,
        "transfer": draw(st.sampled_from(Transfer)) if parents else None,
        "retries": draw(st.integers(0)),
        "max_wait_seconds": draw(st.none() | POSITIVE),
        "checkpoints": draw(st.none() | ANY_TEXT),
        "alone": draw(st.booleans()),
        "definitions": (),
    }


@st.composite
def compared(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a tuning job with two definitions."""
    drawn = [draw(tuning_jobs()) | {"parents": (), "transfer": None} for _ in range(2)]
    own = {f.name for f in fields(Definition)} - {"name"}
    goal = drawn[0]["objective"].goal
    definitions = tuple(
        Definition(
            name=name,
            **{field: job[field] for field in own - {"objective"}},
            objective=Objective(job["objective"].metric, goal),
        )
        for name, job in zip(("first", "second"), drawn, strict=True)
    )
    return drawn[0] | {"definitions": definitions}


@given(drawn=tuning_jobs() | compared())
def test_every_field_of_a_tuning_job_comes_back(make_job: MakeJob, drawn: dict[str, Any]) -> None:
    assert {*drawn, "name", "created_at"} == {f.name for f in fields(TuningJob)}  # none is forgotten
    job = make_job(**drawn)
    with Store() as store:
        store.create_tuning_job(job)
        stored = store.tuning_job(job.name).job
    assert stored == job
    assert repr(stored) == repr(job)  # 1, 1.0 and True are equal, but not the same choice


def test_a_mapping_of_any_kind_is_stored(make_job: MakeJob) -> None:
    job = make_job(hyperparameters=MappingProxyType({"kind": "Script", "n": 1}))
    with Store() as store:
        store.create_tuning_job(job)
        assert store.tuning_job("job").job == job


def train(config: Config) -> float:
    return float(config["x"])


class Trainer:
    def __call__(self, config: Config) -> float:
        return float(config["x"])


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (train, f"{__name__}:train"),
        (Trainer(), f"{__name__}:Trainer"),
        (partial(train), "functools:partial"),
        (LostFunction("m:f"), "m:f"),
    ],
)
def test_a_function_comes_back_by_name(make_job: MakeJob, target: Callable[[Config], Any], name: str) -> None:
    with Store() as store:
        store.create_tuning_job(make_job(work=Function(target)))
        store.set_limits("job", Limits(trials=3), make_job().created_at)
        work = store.tuning_job("job").job.work
    assert work == Function(LostFunction(name))
    with pytest.raises(RuntimeError, match=f"pass {name} again to go on"):
        work.target({"x": 0.5})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_refused(make_job: MakeJob, value: float) -> None:
    with Store() as store, pytest.raises(ValueError, match="JSON compliant"):
        store.create_tuning_job(make_job(hyperparameters={"n": value}))


def test_what_has_no_json_is_refused_by_name(make_job: MakeJob) -> None:
    with Store() as store, pytest.raises(TypeError, match="cannot store a complex: 1j"):
        store.create_tuning_job(make_job(hyperparameters={"n": 1j}))


@given(text=ANY_TEXT)
def test_a_clean_text_suits_every_database(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned
    if "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert cleaned == text
