from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tunesmith.algorithms import tables
from tunesmith.web.wizard.csv_data import Aim, aim_of, aims_of, first_rows, label_of, look_at, prepare

TEXT = """\
age;city;income;churned
31;Bern;5.5;yes
;Ulm;4;no
45;Bern;;no
27;Ulm;3;
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text(TEXT)
    return tmp_path / "rows.csv"


def test_columns_are_looked_at(file: Path) -> None:
    table = look_at(file)
    assert (table.delimiter, table.has_header, table.rows) == (";", True, 4)
    assert [(c.name, c.is_number, c.missing) for c in table.columns] == [
        ("age", True, 1),
        ("city", False, 0),
        ("income", True, 1),
        ("churned", False, 1),
    ]
    assert table.columns[1].distinct == ("Bern", "Ulm")


def test_it_says_what_will_be_done(file: Path) -> None:
    table = look_at(file)
    assert label_of(table) == 3
    assert list(table.advice(3)) == [
        "The first line holds names; it is left out of what the algorithm reads.",
        "The label 'churned' is moved to the front.",
        "1 rows have no label; they are left out.",
        "'city' holds texts; it becomes 2 columns of 0 and 1.",
        "The label's texts become numbers: no is 0, yes is 1.",
    ]


def test_the_algorithm_reads_what_is_prepared(file: Path, tmp_path: Path) -> None:
    train, validation = prepare(look_at(file), 3, tmp_path, share=0.0)
    assert validation.read_text() == ""
    table = tables.read(train.parent, "text/csv")
    assert table.labels.tolist() == [1, 0, 0]
    expected = np.array([[31, 1, 0, 5.5], [np.nan, 0, 1, 4], [45, 1, 0, np.nan]])
    np.testing.assert_array_equal(np.asarray(table.features), expected)


def test_rows_are_shared_out_by_the_seed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("".join(f"{i % 2},{i}\n" for i in range(1000)))
    table = look_at(tmp_path / "a.csv")
    lines = [
        [f.read_text().splitlines() for f in prepare(table, 0, tmp_path, seed=seed)] for seed in (1, 1, 2)
    ]
    assert lines[0] == lines[1] != lines[2]
    train, validation = lines[0]
    assert 150 < len(validation) < 250
    assert sorted(train + validation) == sorted(f"{i % 2},{i}" for i in range(1000))


def test_a_file_without_names_has_its_label_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2.5\n0,3.5\n")
    table = look_at(tmp_path / "a.csv")
    assert (table.has_header, label_of(table), list(table.advice(0))) == (False, 0, [])


def test_a_column_of_many_texts_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y,id\n" + "".join(f"{i},name {i}\n" for i in range(50)))
    table = look_at(tmp_path / "a.csv")
    assert "'id' holds more than 20 different texts; it is left out." in list(table.advice(0))
    with pytest.raises(ValueError, match="'id' holds more than 20 different texts and cannot be the label"):
        aim_of(table, 1)


@pytest.mark.parametrize(
    ("labels", "aim"),
    [
        (["0", "1"], Aim("validation:auc", "Maximize", {"objective": "binary:logistic"})),
        (["a", "b"], Aim("validation:auc", "Maximize", {"objective": "binary:logistic"})),
        (
            ["0", "2", "1"],
            Aim("validation:mlogloss", "Minimize", {"objective": "multi:softprob", "num_class": "3"}),
        ),
        (["1", "2"], Aim("validation:rmse", "Minimize", {"objective": "reg:squarederror"})),
        (["0.5", "2"], Aim("validation:rmse", "Minimize", {"objective": "reg:squarederror"})),
    ],
)
def test_the_label_decides_what_is_learnt(tmp_path: Path, labels: list[str], aim: Aim) -> None:
    (tmp_path / "a.csv").write_text("".join(f"{label},1\n" for label in labels))
    assert aim_of(look_at(tmp_path / "a.csv"), 0) == aim


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "needs a label"), ("1\n2\n", "needs a label"), ("1,2\n1,2,3\n", "row 2 has 3 values, the first 2")],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=fault):
        look_at(tmp_path / "a.csv")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe,1")
    with pytest.raises(ValueError, match="it is no CSV in UTF-8"):
        look_at(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="No such file"):
        look_at(tmp_path / "b.csv")


def test_a_label_that_comes_late_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("y,x\n" + "a,1\nb,2\n" * 5000 + "c,3\n")
    with pytest.raises(ValueError, match="the label 'c' is not among those of the first 10000 rows: a, b"):
        prepare(look_at(tmp_path / "a.csv"), 0, tmp_path)


def test_classes_that_are_numbers_may_be_numbers_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "1.5,0\n2,1\n3,2\n" * 5)
    table = look_at(tmp_path / "a.csv")
    titles = [aim.title for aim in aims_of(table, 1)]
    assert titles == ["Classification: one of 3 classes", "Regression: a number"]
    assert first_rows(table, 2) == [["1.5", "0"], ["2", "1"]]


def test_a_label_that_never_changes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,0\n2,0\n")
    with pytest.raises(ValueError, match="nothing to learn"):
        aims_of(look_at(tmp_path / "a.csv"), 1)
