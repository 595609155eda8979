from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.objective import Goal
from tunesmith.core.space import Categorical, Continuous, Integer
from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile.draft import draft
from tunesmith.jobfile.file import load
from tunesmith.jobfile.script_arguments import read

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def loaded(folder: Path, source: str, script: str = "train.py") -> TuningJob:
    (folder / script).touch()
    file = folder / "job.yaml"
    file.write_text(draft(script, read(source)), encoding="utf-8")
    return load(file, created_at=NOW, cpus=2)


def added(*calls: str) -> str:
    return "\n".join(f"parser.add_argument({call})" for call in calls)


SCRIPT = "import torch\n" + added(
    '"--lr", type=float, default=1e-3',
    '"--hidden", type=int, default=128',
    '"--factor", type=float, default=3',
    '"--optimizer", choices=["sgd", "adam"]',
    '"--nesterov", type=str2bool, default=True',
    '"--epochs", type=int, default=10',
    '"--data", default="./data"',
    '"--out", required=True',
    '"--amp", action="store_true"',
    '"--untyped", default=0.5',
    '"--odd", type=int, default=0.5',
)


def test_arguments_become_parameters_and_fixed_values(tmp_path: Path) -> None:
    job = loaded(tmp_path, SCRIPT + '\nprint(f"train_loss={a} val_acc={b}")')
    assert job.space.parameters == (
        Continuous("lr", 1e-5, 0.1, "Logarithmic"),
        Integer("hidden", 16, 1024, "Logarithmic"),
        Continuous("factor", 0.3, 30.0, "Logarithmic"),
        Categorical("optimizer", ("sgd", "adam")),
        Categorical("nesterov", ("true", "false")),
    )
    assert job.hyperparameters == {"epochs": 10, "data": "./data", "out": ""}
    assert (job.objective.metric, job.objective.goal) == ("val_acc", Goal.MAXIMIZE)
    assert job.limits.trials == 50


def test_comments_say_why() -> None:
    text = draft("train.py", read(SCRIPT))
    assert "default 0.001; LCBench" in text
    assert "'' # FILL IN" in text.replace("  #", " #")
    assert "# Left out: amp: it takes no value" in text
    assert "# Left out: untyped: it has no type=" in text
    assert "# Left out: odd: type=int does not read its values" in text


def test_without_a_metric_there_is_one_to_fill_in(tmp_path: Path) -> None:
    job = loaded(tmp_path, added('"--lr", type=float, default=1e-3'))
    assert job.objective.metric == "objective"
    assert "# FILL IN" in (tmp_path / "job.yaml").read_text()


def test_a_reported_metric_has_no_pattern(tmp_path: Path) -> None:
    job = loaded(tmp_path, added('"--lr", type=float, default=1e-3') + "\ntunesmith.report(score=1)")
    assert job.metrics == ()
    assert (job.objective.metric, job.objective.goal) == ("score", Goal.MAXIMIZE)


def test_a_script_without_anything_to_tune_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no argument of a\.py could be tuned \(its arguments: data\)"):
        draft("a.py", read(added('"--data"')))


def test_at_most_thirty_are_tuned(tmp_path: Path) -> None:
    job = loaded(tmp_path, added(*(f'"--lr{n}", type=float, default=0.1' for n in range(40))))
    assert len(job.space) == 30
    assert len(job.hyperparameters) == 10


SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.none()
)
NAMES = st.one_of(
    st.sampled_from(
        ["lr", "y", "on", "null", "max-depth", "C", "gamma", "beta1", "subsample", "n_estimators"]
    ),
    st.text(min_size=1, max_size=8),
)


@st.composite
def calls(draw: st.DrawFn) -> str:
    keywords: dict[str, str] = {}
    for name, values in {
        "default": SCALARS.map(repr),
        "choices": st.lists(SCALARS, max_size=4).map(repr),
        "type": st.sampled_from(["int", "float", "str", "bool", "str2bool", "lambda text: text"]),
        "required": st.booleans().map(repr),
        "nargs": st.sampled_from(["'?'", "'+'", "2"]),
        "action": st.sampled_from(["'store_true'", "'store'", "'count'", "Mine"]),
        "help": st.text(max_size=5).map(repr),
    }.items():
        if draw(st.integers(0, 4)) < {"default": 4, "type": 4, "choices": 2}.get(name, 1):
            keywords[name] = draw(values)
    dashes = draw(st.sampled_from(["--", "--", "--", "-", ""]))
    parts = [repr(dashes + draw(NAMES)), *(f"{name}={value}" for name, value in keywords.items())]
    return f"parser.add_argument({', '.join(parts)})"


@st.composite
def messages(draw: st.DrawFn) -> str:
    texts = draw(st.lists(st.text("ab_ :=\n\\'\"{}ä(", max_size=6), max_size=4))
    return "print(" + ", ".join(part for text in texts for part in (repr(text), "value")) + ")"


@given(st.lists(calls(), max_size=6), st.lists(messages(), max_size=3))
def test_what_is_drafted_can_be_loaded(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], prints: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("draft")
    source = "\n".join([*lines, *prints, added('"--lr", type=float, default=0.1')])
    job = loaded(folder, source)
    assert set(job.space.names).isdisjoint(job.hyperparameters)


@given(
    st.text(min_size=1, max_size=10).filter(lambda name: not set(name) & set("/\0\r\n") and name.strip(" ./"))
)
def test_a_script_may_have_any_name(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    try:
        job = loaded(tmp_path_factory.mktemp("name"), added('"--lr", type=float, default=0.1'), f"{name}.py")
    except UnicodeEncodeError:  # a name that this file system cannot have
        return
    assert job.work.entry == f"{name}.py"  # type: ignore[union-attr]
