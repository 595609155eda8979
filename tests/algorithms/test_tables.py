from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from tunesmith.algorithms.container import AlgorithmError
from tunesmith.algorithms.tables import read, widened


def test_csv_files_are_joined_in_order_and_gaps_are_missing(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("0,5,6\n")
    (tmp_path / "a.csv").write_text("1,2,\n0,3,4\n")
    (tmp_path / ".hidden").write_text("not a table")
    table = read(tmp_path, "text/csv; charset=utf-8")
    assert table.labels.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(table.features, [[2, np.nan], [3, 4], [5, 6]])


def test_csv_weights_are_the_second_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,0.5,2\n0,2,3\n")
    table = read(tmp_path, "csv", weighted=True)
    assert table.weights is not None
    assert table.weights.tolist() == [0.5, 2]
    np.testing.assert_array_equal(table.features, [[2], [3]])


def test_libsvm(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1 1:0.5 3:2  # a remark\n\n0 0:1\n")
    table = read(tmp_path, None)
    assert isinstance(table.features, csr_array)
    assert table.features.toarray().tolist() == [[0, 0.5, 0, 2], [1, 0, 0, 0]]
    assert table.labels.tolist() == [1, 0]
    assert widened(table, 6).features.shape == (2, 6)


@pytest.mark.parametrize(
    ("content", "content_type", "message"),
    [
        ("a,b\n1,2\n", "text/csv", "a.txt is no CSV of numbers"),
        ("1\n2\n", "text/csv", "more than 1; there are a.txt: 1"),
        (",1\n", "text/csv", "row 1 has no label"),
        ("1 x:1\n", "text/libsvm", "line 1 of a.txt is no libsvm"),
        ("", "text/libsvm", "holds no row"),
        ("1,2\n", "application/x-parquet", "choose text/csv or text/libsvm"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, content: str, content_type: str, message: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(AlgorithmError, match=message):
        read(tmp_path, content_type)


def test_an_empty_channel_is_named(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match="holds no file"):
        read(tmp_path, "text/csv")
