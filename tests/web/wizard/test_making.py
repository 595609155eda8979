from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tunesmith.core.price import Price
from tunesmith.core.space import Integer, Space
from tunesmith.core.training_job import Command, Function
from tunesmith.core.tuning_job import ReportRange, Transfer, TuningJob
from tunesmith.jobfile import builtin
from tunesmith.jobfile.file import parse
from tunesmith.testing.jobs import CREATED, comparisons, tuning_jobs
from tunesmith.web.wizard.cloning import draft_of
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    Row,
    ScriptWork,
)
from tunesmith.web.wizard.making import Made, job_of, yaml_of


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a script and data."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "train.py").touch()
        (Path(name) / "data").mkdir()
        yield Path(name)


def make(draft: Draft, folder: Path) -> Made:
    return job_of(draft, created_at=CREATED, cpus=8, folder=folder)


@given(data=st.data())
def test_a_clone_makes_the_same_job(data: st.DataObject, folder: Path) -> None:
    job = data.draw(tuning_jobs(folder))
    assert make(draft_of(job, name=job.name), folder) == Made(job)


@given(data=st.data())
def test_its_job_file_makes_the_same_job(data: st.DataObject, folder: Path) -> None:
    job = data.draw(tuning_jobs(folder))
    assume(job.objective.metric == job.objective.metric.strip())  # what people type is stripped
    text = yaml_of(draft_of(job, name=job.name))
    assert parse(text, folder / "job.yaml", created_at=CREATED, cpus=8) == job


@given(data=st.data())
def test_several_algorithms_are_refused(data: st.DataObject, folder: Path) -> None:
    job = data.draw(comparisons(folder))
    with pytest.raises(ValueError, match="compares 3 algorithms; copy it as YAML, and change that"):
        draft_of(job)


@pytest.fixture
def draft(folder: Path) -> Draft:
    """The least that makes a job."""
    return Draft(
        work=ScriptWork(source=str(folder), entry="train.py"),
        metric="loss",
        parameters=(ParameterRow(name="lr", low="1e-4", high=" 0.1"),),
        trials="9",
    )


def test_what_was_not_typed_is_chosen(draft: Draft, folder: Path) -> None:
    job = make(draft, folder).job
    assert job is not None
    assert (job.name, job.limits.trials, job.resources.cpus) == ("train-261125-093000", 9, 8)


def test_other_kinds_of_clones(draft: Draft, folder: Path) -> None:
    job = make(draft, folder).job
    assert job is not None
    for other in (
        replace(job, strategy="Hyperband", resource=ReportRange(81, 3)),
        replace(
            job, limits=replace(job.limits, budget=9.5), price=Price(0.5, 2.25, "EUR"), max_wait_seconds=99
        ),
        replace(job, parents=("one",), transfer=Transfer.IDENTICAL),
        replace(
            job,
            work=builtin.WORK,
            space=Space([Integer("max_depth", 1, 9)]),
            objective=replace(job.objective, metric="train:auc"),
            metrics=builtin.metrics(()),
            hyperparameters=builtin.hyperparameters({"num_round": 3}, "train:auc"),
        ),
    ):
        assert make(draft_of(other, name=other.name), folder) == Made(other)
    with pytest.raises(ValueError, match="it runs a Python function"):
        draft_of(replace(job, work=Function(len)))


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "a_b"}, ("name",), "'a_b' must be 1 to 32 letters"),
        ({"metric": " "}, ("metric",), "is missing; give the name"),
        ({"parameters": ()}, ("parameters",), "there is none to tune"),
        ({"parameters": (ParameterRow(),)}, ("parameters", 0, "name"), "is missing"),
        ({"parameters": (ParameterRow(name="a", low="1"),)}, ("parameters", 0, "high"), "is missing; give"),
        (
            {"parameters": (ParameterRow(name="a", low="one", high="2"),)},
            ("parameters", 0, "low"),
            "'one' is not a number",
        ),
        (
            {"parameters": (ParameterRow(name="a", low="3", high="2"),)},
            ("parameters", 0, "low"),
            "must not exceed high",
        ),
        (
            {"parameters": (ParameterRow(name="a", low="0", high="2", scale="Logarithmic"),)},
            ("parameters", 0, "low"),
            "Logarithmic needs low > 0",
        ),
        (
            {"parameters": (ParameterRow(name="a", low="0.5", high="2", kind="integer"),)},
            ("parameters", 0, "low"),
            "0.5 is not a whole number",
        ),
        (
            {"parameters": (ParameterRow(name="a", kind="categorical"),)},
            ("parameters", 0, "choices"),
            "give at least one",
        ),
        (
            {"parameters": (ParameterRow(name="a", kind="categorical", choices=("1", "1")),)},
            ("parameters", 0, "choices"),
            "must be distinct",
        ),
        ({"fixed": (Row(name="a"), Row(name="a"))}, ("fixed", 0, "name"), "'a' is there more than once"),
        ({"fixed": (Row(name="lr", value="1"),)}, ("fixed", 0, "value"), "lr cannot be both tuned and fixed"),
        ({"metrics": (Row(name="loss", value="loss=1"),)}, ("metrics", 0, "value"), "needs a group"),
        ({"channels": (ChannelRow(name="t", location="no"),)}, ("channels", 0, "location"), "does not exist"),
        ({"trials": "0"}, ("trials",), "0 is not a whole number >= 1"),
        ({"trials": ""}, ("trials",), "give trials, seconds or both"),
        ({"trials": "many"}, ("trials",), "'many' is not a whole number"),
        ({"parallel": "1.5"}, ("parallel",), "1.5 is not a whole number"),
        ({"target": "high"}, ("target",), "'high' is not a number"),
        ({"not_improving": "2"}, ("not_improving",), "2 is not a whole number >= 3"),
        ({"cpus": "9"}, ("cpus",), "9 are more than the 8"),
        ({"seed": "-1"}, ("seed",), "-1 is not a whole number >= 0"),
        ({"strategy": "Bayes"}, ("strategy",), "did you mean 'Bayesian'?"),
        ({"strategy": "Hyperband"}, ("most_reports",), "must know how many reports"),
        ({"strategy": "Grid"}, ("strategy",), "Grid"),
        ({"most_reports": "0", "strategy": "Hyperband"}, ("most_reports",), "0 is not a whole number >= 1"),
        ({"stopping": "mean"}, ("stopping",), "'mean' is not one of"),
        ({"checkpoints": "ftp://a"}, ("checkpoints",), "is not on this machine"),
        ({"work": ScriptWork()}, ("work", "source"), "is missing"),
        ({"work": ScriptWork(source="no", entry="a.py")}, ("work", "source"), "there is no file or folder"),
        ({"work": ScriptWork(source=".", entry="a.py")}, ("work", "entry"), "there is no file 'a.py'"),
        ({"work": CommandWork(command="a 'b")}, ("work", "command"), "No closing quotation"),
        ({"work": CommandWork(command="no-such-program x")}, ("work", "command"), "there is no program"),
        (
            {"work": BuiltInWork(), "metric": "train:auc"},
            ("parameters", 0, "low"),
            "is not tunable in the built-in XGBoost",
        ),
    ],
)
def test_a_fault_is_told_at_its_field(
    draft: Draft, folder: Path, changes: dict[str, Any], field: tuple[str | int, ...], message: str
) -> None:
    made = make(replace(draft, **changes), folder)
    assert made.job is None
    fault = made.faults[0]
    assert fault.field == field
    assert message in fault.message


def test_all_faults_are_told(draft: Draft, folder: Path) -> None:
    made = make(replace(draft, trials="x", target="y"), folder)
    assert [fault.field for fault in made.faults] == [("trials",), ("target",)]


def test_a_typed_value_may_be_in_quotes(draft: Draft, folder: Path) -> None:
    rows = (Row(name="a", value="'3'"), Row(name="b", value="3"), Row(name="c", value="true"))
    job = make(replace(draft, fixed=(*rows, Row(name="d", value="it's"))), folder).job
    assert job is not None
    assert job.hyperparameters == {"a": "3", "b": 3, "c": True, "d": "it's"}


def test_a_command_runs_where_it_says(draft: Draft, folder: Path) -> None:
    job = make(replace(draft, work=CommandWork(command="sh -c 'echo {lr}'")), folder).job
    assert isinstance(job, TuningJob)
    assert job.work == Command(("sh", "-c", "echo {lr}"), None)
    assert job.name == "sh-261125-093000"


def test_what_is_missing_hides_no_other_fault(draft: Draft, folder: Path) -> None:
    rows = (ParameterRow(name="lr", low="5", high="0.1"), ParameterRow(name="", low="1", high=""))
    made = make(replace(draft, parameters=rows, trials="0"), folder)
    found = {fault.field for fault in made.faults}
    assert {("parameters", 1, "name"), ("parameters", 1, "high"), ("trials",)} <= found
    made = make(replace(draft, parameters=rows), folder)
    assert any(fault.field[:2] == ("parameters", 0) for fault in made.faults)
