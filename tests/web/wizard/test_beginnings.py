from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.api.settings import ImageRule
from tunesmith.testing.jobs import CREATED
from tunesmith.web.wizard import beginnings
from tunesmith.web.wizard.csv_data import aim_of, aims_of, look_at, prepare
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    Row,
    ScriptWork,
)
from tunesmith.web.wizard.making import job_of

SCRIPT = """
import argparse, torch
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--optimizer", choices=["adam", "sgd"], default="adam")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
print(f"train_loss={given.lr} val_acc={given.lr}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "helper.py").touch()
    (tmp_path / "deep" / "train.py").write_text(SCRIPT)
    return tmp_path


def test_scripts_with_arguments_come_first(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.py").touch()
    assert beginnings.scripts_in(folder) == ["deep/train.py", "helper.py"]


def test_a_script_tells_its_arguments_and_its_metric(folder: Path) -> None:
    draft = beginnings.from_script(folder, "deep/train.py")
    assert draft.work == ScriptWork(source=str(folder), entry="deep/train.py")
    rate, optimizer = draft.parameters
    assert (rate.name, rate.low, rate.high, rate.scale, rate.example) == (
        "lr",
        "1e-05",
        "0.1",
        "Logarithmic",
        "0.01",
    )
    assert "LCBench" in rate.source
    assert (optimizer.kind, optimizer.choices) == ("categorical", ("adam", "sgd"))
    assert [(row.name, row.value) for row in draft.fixed] == [("epochs", "3")]
    assert (draft.metric, draft.goal, draft.trials) == ("val_acc", "Maximize", "20")
    made = job_of(draft, created_at=CREATED, cpus=2, folder=folder)
    assert made.faults == ()
    assert made.job is not None
    assert made.job.metrics[0].name == "val_acc"


def test_what_is_no_python_is_refused(folder: Path) -> None:
    (folder / "helper.py").write_text("def")
    with pytest.raises(ValueError, match=r"helper\.py cannot be read as Python: "):
        beginnings.from_script(folder, "helper.py")
    with pytest.raises(ValueError, match="No such file"):
        beginnings.from_script(folder, "no.py")


def test_a_command_tunes_what_it_has_places_for() -> None:
    draft = beginnings.from_command("./train.sh {lr} --n={n} {lr}", "/work")
    assert draft.work == CommandWork(command="./train.sh {lr} --n={n} {lr}", directory="/work")
    assert draft.parameters == (ParameterRow(name="lr"), ParameterRow(name="n"))


def test_an_image_is_what_stands_for_it() -> None:
    rules = [ImageRule("mine", "command", command=("python", "a b.py"))]
    begin = beginnings.from_image
    command, script, built_in = (
        begin("mine:1", {}, rules),
        begin("x/pytorch-training:2", {"train": "s3://b/k"}),
        begin("sagemaker-xgboost:1.7-1", {}),
    )
    assert command.work == CommandWork(command="python 'a b.py'")
    assert (script.work, script.channels) == (
        ScriptWork(),
        (ChannelRow(name="train", location="s3://b/k"),),
    )
    assert built_in.work == BuiltInWork()
    with pytest.raises(ValueError, match="other: images are not pulled, and nothing stands for this one"):
        begin("other", {})


def test_a_csv_file_is_all_that_the_built_in_algorithm_needs(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("x,target\n" + "1,0\n2,1\n" * 30)
    table = look_at(file)
    draft = beginnings.from_csv(*prepare(table, 1, tmp_path), aim_of(table, 1))
    made = job_of(draft, created_at=CREATED, cpus=2, folder=tmp_path)
    assert made.faults == ()
    assert made.job is not None
    assert made.job.objective.metric == "validation:auc"
    assert made.job.hyperparameters == {
        "num_round": 100,
        "objective": "binary:logistic",
        "eval_metric": "auc",
        "_tuning_objective_metric": "validation:auc",
    }
    assert {"eta", "max_depth"} <= set(made.job.space.names)


def test_what_is_fixed_can_be_tuned_and_back(folder: Path) -> None:
    draft = beginnings.from_script(folder, "deep/train.py")
    fixed = beginnings.fix(draft, "lr")
    assert fixed.fixed[-1] == Row(name="lr", value="0.01")
    assert [row.name for row in fixed.parameters] == ["optimizer"]
    tuned = beginnings.tune(fixed, "lr").parameters[-1]
    assert (tuned.name, tuned.low, tuned.high, tuned.example) == ("lr", "1e-05", "0.1", "0.01")
    assert beginnings.tune(draft, "epochs").parameters[-1] == ParameterRow(name="epochs", example="3")


def test_it_says_what_it_leaves_out(folder: Path) -> None:
    ((name, why),) = beginnings.left_out(folder, "deep/train.py")
    assert (name, why) == ("verbose", "it takes no value, and a hyperparameter has one")
    with pytest.raises(ValueError, match="cannot be read as Python"):
        beginnings.left_out(folder, "missing.py")


def test_another_command_keeps_the_rows_that_it_still_names() -> None:
    first = beginnings.with_command(Draft(), "run {learning_rate} {odd}")
    rate, odd = first.parameters
    assert (rate.name, rate.kind, rate.scale) == ("learning_rate", "continuous", "Logarithmic")
    assert rate.source
    assert odd == ParameterRow(name="odd")
    edited = beginnings.fix(first, "odd")
    second = beginnings.with_command(edited, "run {odd} {more}")
    assert [row.name for row in second.parameters] == ["more"]
    assert [row.name for row in second.fixed] == ["odd"]


def test_other_tables_keep_ranges_and_change_the_aim(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "".join(f"{i},{-i},{i % 2}\n" for i in range(50)))
    table = look_at(tmp_path / "rows.csv")
    train, validation = prepare(table, 2, tmp_path)
    two, number = aims_of(table, 2)
    begun = beginnings.with_tables(Draft(), train, validation, two)
    edited = beginnings.fix(begun, "eta")
    again = beginnings.with_tables(edited, train, validation, number)
    assert "eta" not in [row.name for row in again.parameters]
    assert (again.metric, again.goal) == ("validation:rmse", "Minimize")
    assert {row.name: row.value for row in again.fixed} == {
        "num_round": "100",
        "eta": "0.3",
        "objective": "reg:squarederror",
        "eval_metric": "rmse",
    }
