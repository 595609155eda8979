"""Training data as SageMaker's built-in algorithms take it: CSV without header or libsvm, the label first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tunesmith.algorithms.container import AlgorithmError

_CSV = frozenset({"csv", "text/csv"})
_LIBSVM = frozenset({"libsvm", "text/libsvm", "text/x-libsvm"})


@dataclass(frozen=True)
class Table:
    """Labelled rows."""

    features: NDArray[np.float64] | csr_array  # (n, d); NaN is missing
    labels: NDArray[np.float64]  # (n,)
    weights: NDArray[np.float64] | None = None  # (n,)


def read(folder: Path, content_type: str | None, *, weighted: bool = False) -> Table:
    """Read all the files of a folder, in order of their names.

    Args:
        folder: Where the files are, also in folders below it.
        content_type: CSV or libsvm; None means libsvm, as SageMaker has it.
        weighted: Whether the second column of a CSV holds the rows' weights.

    Raises:
        AlgorithmError: There is no data, or a file is not of that format.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        msg = f"the channel {folder.name!r} holds no file"
        raise AlgorithmError(msg)
    kind = (content_type or "libsvm").partition(";")[0].strip().lower()
    if kind in _CSV:
        return _csv(files, weighted=weighted)
    if kind in _LIBSVM:
        return _libsvm(files)
    msg = f"the channel {folder.name!r} has the content type {content_type!r}; choose text/csv or text/libsvm"
    raise AlgorithmError(msg)


def _csv(files: list[Path], *, weighted: bool) -> Table:
    parts = [_csv_file(path) for path in files]
    widths = {part.shape[1] for part in parts}
    first = 2 if weighted else 1
    if len(widths) > 1 or min(widths) <= first:
        counted = ", ".join(f"{path.name}: {part.shape[1]}" for path, part in zip(files, parts, strict=True))
        msg = f"every CSV file needs the same number of columns, more than {first}; there are {counted}"
        raise AlgorithmError(msg)
    rows = np.concatenate(parts)
    return Table(rows[:, first:], _labels(rows[:, 0]), rows[:, 1] if weighted else None)


def _csv_file(path: Path) -> NDArray[np.float64]:
    with path.open(encoding="utf-8-sig") as lines:
        try:
            return np.loadtxt(lines, delimiter=",", ndmin=2, converters=_number, comments=None)
        except ValueError as error:
            msg = f"{path.name} is no CSV of numbers without a header, the label first: {error}"
            raise AlgorithmError(msg) from error


def _number(text: str) -> float:
    return float(text) if text.strip() else np.nan


def _libsvm(files: list[Path]) -> Table:
    labels: list[float] = []
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for path, number, line in _lines(files):
        try:
            label, *entries = line.split()
            labels.append(float(label.partition(":")[0]))
            for entry in entries:
                column, _, value = entry.partition(":")
                columns.append(int(column))
                values.append(float(value))
        except ValueError as error:
            msg = f"line {number} of {path.name} is no libsvm, such as '1 3:0.5 7:2': {error}"
            raise AlgorithmError(msg) from error
        starts.append(len(columns))
    if not labels or (columns and min(columns) < 0):
        msg = f"{files[0].name} holds no row" if not labels else "a libsvm column is a number from 0 on"
        raise AlgorithmError(msg)
    width = max(columns, default=0) + 1
    features = csr_array((values, columns, starts), shape=(len(labels), width))
    return Table(features, _labels(np.array(labels)))


def _lines(files: list[Path]) -> Iterator[tuple[Path, int, str]]:
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                content = line.partition("#")[0].strip()
                if content:
                    yield path, number, content


def _labels(column: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(column).all():
        msg = f"row {int(np.flatnonzero(~np.isfinite(column))[0]) + 1} has no label; it is the first column"
        raise AlgorithmError(msg)
    return column


def widened(table: Table, width: int) -> Table:
    """The same rows with columns up to `width`: a libsvm file does not say how many there are."""
    missing = width - table.features.shape[1]
    if missing <= 0 or not isinstance(table.features, csr_array):
        return table
    features = csr_array(
        (table.features.data, table.features.indices, table.features.indptr),
        shape=(table.features.shape[0], width),
    )
    return Table(features, table.labels, table.weights)
