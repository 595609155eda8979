from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.core.training_job import Resources
from tunesmith.store.store import Store
from tunesmith.testing.jobs import CREATED
from tunesmith.web.wizard.draft import BuiltInWork, ChannelRow, Draft, ParameterRow, Row, ScriptWork
from tunesmith.web.wizard.in_words import sentence, sentences
from tunesmith.web.wizard.judging import Judge, Judged
from tunesmith.web.wizard.sheet import Sheet, with_value


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    (tmp_path / "train.py").touch()
    with Store() as store:
        yield Judge(store=store, machine=Resources(cpus=4), folder=tmp_path)


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(
        work=ScriptWork(source=str(tmp_path), entry="train.py"),
        metric="loss",
        parameters=(ParameterRow(name="lr", low="1e-4", high="0.1", scale="Logarithmic"),),
        trials="12",
        parallel="2",
    )


def look(judge: Judge, draft: Draft) -> Judged:
    return judge.judge(Sheet(kind="script", draft=draft), CREATED)


def test_a_blank_sheet_says_where_to_begin(judge: Judge) -> None:
    judged = judge.judge(Sheet(), CREATED)
    assert [fault.message for fault in judged.faults_at(0)] == ["choose what to run"]


def test_a_good_sheet_makes_a_job_and_doubts(judge: Judge, draft: Draft) -> None:
    judged = look(judge, draft)
    assert judged.job is not None
    assert judged.job.limits.parallel == 2
    assert [doubt.field for doubt in judged.doubts_at(2)] == [("metric",)]


def test_a_budget_needs_a_price_at_its_step(judge: Judge, draft: Draft) -> None:
    judged = look(judge, replace(draft, budget="2.5"))
    (fault,) = judged.faults_at(3)
    assert (fault.field, fault.message) == (("cpu_hour",), "must be known to keep the budget of 2.5")


def test_the_fewest_reports_are_no_more_than_the_most(judge: Judge, draft: Draft) -> None:
    staged = replace(draft, strategy="Hyperband", most_reports="9")
    judged = look(judge, replace(staged, least_reports="27"))
    (fault,) = judged.faults
    assert fault.field == ("least_reports",)
    assert fault.message == "must be at most 9, the most reports of a training job"
    assert look(judge, replace(staged, least_reports="9")).job is not None


def test_faults_belong_to_steps(judge: Judge, draft: Draft) -> None:
    judged = look(judge, replace(draft, trials="many", metric=""))
    assert judged.job is None
    assert [fault.field for fault in judged.faults_at(2)] == [("metric",)]
    assert [fault.field for fault in judged.faults_at(3)] == [("trials",)]


def test_what_the_strategy_refuses_is_a_fault_of_the_search(judge: Judge, draft: Draft) -> None:
    (fault,) = look(judge, replace(draft, strategy="Hyperband")).faults
    assert fault.field == ("most_reports",)
    (fault,) = look(judge, replace(draft, parents=("nobody",))).faults
    assert fault.field == ("parents",)


def test_the_operator_decides_on_isolation(judge: Judge, draft: Draft) -> None:
    job = look(replace(judge, isolation="bubblewrap"), draft).job
    assert job is not None
    assert job.isolation == "bubblewrap"


def test_a_job_is_told_in_words(judge: Judge, draft: Draft) -> None:
    job = look(judge, replace(draft, stopping="median", seconds="5400", target="0.1", seed="1")).job
    assert job is not None
    said = dict.fromkeys(sentences(job))
    assert list(said)[1:] == [
        (1, "1 hyperparameter tuned: lr."),
        (2, "The objective metric loss is minimised; it is reported by the script."),
        (
            3,
            (
                "The Bayesian strategy chooses the values of up to 12 training jobs, at most 1 h 30 min, "
                "2 at a time with 2 CPUs each."
            ),
        ),
        (3, "Training jobs that look hopeless are stopped early, by the rule median."),
        (3, "It ends as soon as loss reaches 0.1."),
    ]


def test_a_remark_begins_with_a_capital_letter_but_for_names() -> None:
    assert sentence("there is one", {"lr"}) == "There is one"
    assert sentence("lr is searched", {"lr"}) == "lr is searched"


def test_the_built_in_algorithm_needs_data(judge: Judge) -> None:
    draft = Draft(
        work=BuiltInWork(),
        metric="validation:auc",
        parameters=(ParameterRow(name="eta", low="0.1", high="0.5"),),
    )
    (fault, *_) = judge.judge(Sheet(kind="xgboost", draft=draft), CREATED).faults
    assert (fault.field, fault.message[:16]) == (("channels",), "there is no data")


TEXTS = st.text(max_size=12) | st.sampled_from(["[", "{a: b", "- 1", "'", "\\", "1e999", "~", "null", "&a"])
FIELDS = st.sampled_from(
    [
        ("work", "source"),
        ("work", "entry"),
        ("metric",),
        ("parameters", 0, "name"),
        ("parameters", 0, "low"),
        ("fixed", 0, "name"),
        ("fixed", 0, "value"),
        ("metrics", 0, "value"),
        ("channels", 0, "location"),
        ("trials",),
        ("seconds",),
        ("seed",),
        ("name",),
        ("currency",),
        ("budget",),
        ("target",),
        ("output",),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(FIELDS, TEXTS, min_size=1, max_size=3))
def test_whatever_is_typed_is_judged(
    judge: Judge, draft: Draft, changes: dict[tuple[str | int, ...], str]
) -> None:
    draft = replace(
        draft,
        fixed=(Row(name="a", value="1"),),
        metrics=(Row(name="loss", value="loss=(.*)"),),
        channels=(ChannelRow(name="train", location=str(judge.folder)),),
    )
    for where, text in changes.items():
        draft = with_value(draft, where, text)
    judged = look(judge, draft)
    assert (judged.job is None) == bool(judged.faults)


def test_a_name_is_used_once(judge: Judge, draft: Draft) -> None:
    job = look(judge, replace(draft, name="mine")).job
    assert job is not None
    judge.store.create_tuning_job(job)
    (fault,) = look(judge, replace(draft, name="Mine")).faults
    assert fault.field == ("name",)
