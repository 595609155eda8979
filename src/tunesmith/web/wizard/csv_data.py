"""A person's CSV file, looked at and made into what the built-in algorithm reads: numbers without a header, the label first."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

MOST_CATEGORIES = 20
"""Different texts of a column that becomes a column of 0 and 1 for each of them."""

_LOOKED_AT = 10_000  # rows
_DELIMITERS = ",;\t|"
_EMPTY = frozenset({"", "na", "nan", "null", "none", "?"})


@dataclass(frozen=True)
class Column:
    """What the first rows tell of a column."""

    name: str
    is_number: bool
    missing: int  # values
    distinct: tuple[
        str, ...
    ]  # different values in order of appearance, at most one more than `MOST_CATEGORIES`

    @property
    def is_usable(self) -> bool:
        """Whether it can become numbers."""
        return self.is_number or len(self.distinct) <= MOST_CATEGORIES


@dataclass(frozen=True)
class Table:
    """What the first rows of a CSV file tell."""

    file: Path
    delimiter: str
    has_header: bool
    columns: tuple[Column, ...]
    rows: int  # that were looked at

    def advice(self, label: int) -> Iterator[str]:
        """What will be done about what the algorithm does not read, with this column as the label."""
        if self.has_header:
            yield "The first line holds names; it is left out of what the algorithm reads."
        if label:
            yield f"The label {self.columns[label].name!r} is moved to the front."
        if self.columns[label].missing:
            yield f"{self.columns[label].missing} rows have no label; they are left out."
        for index, column in enumerate(self.columns):
            if column.is_number:
                continue
            if index == label:
                yield f"The label's texts become numbers: {_numbered(sorted(column.distinct))}."
            elif column.is_usable:
                yield f"{column.name!r} holds texts; it becomes {len(column.distinct)} columns of 0 and 1."
            else:
                yield f"{column.name!r} holds more than {MOST_CATEGORIES} different texts; it is left out."


@dataclass(frozen=True)
class Aim:
    """What to learn, and how well it is learned."""

    metric: str
    goal: str
    hyperparameters: Mapping[str, str]
    title: str = field(default="", compare=False)  # for people


_NUMBER = Aim("validation:rmse", "Minimize", {"objective": "reg:squarederror"}, "Regression: a number")


def look_at(file: Path) -> Table:
    """Look at the first rows of a CSV file. Raises ValueError, saying what to do, for a file that is none."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            sample = lines.read(1 << 16)
            delimiter = _delimiter(sample)
            lines.seek(0)
            rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _LOOKED_AT + 1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is no CSV in UTF-8 ({error})"
        msg = f"{file} cannot be read: {why}"
        raise ValueError(msg) from error
    width = len(rows[0]) if rows else 0
    uneven = next((number for number, row in enumerate(rows, start=1) if len(row) != width), None)
    if width < 2 or uneven is not None:
        line = (
            "" if uneven is None else f"; row {uneven} has {len(rows[uneven - 1])} values, the first {width}"
        )
        msg = f"{file} needs a label and at least one other column, and as many values in each row{line}"
        raise ValueError(msg)
    has_header = len(rows) > 1 and not any(_is_number(text) for text in rows[0]) and _is_other(rows)
    names = rows[0] if has_header else [f"column {number}" for number in range(1, width + 1)]
    body = rows[1:] if has_header else rows
    columns = tuple(_column(name, [row[i] for row in body]) for i, name in enumerate(names))
    return Table(file, delimiter, has_header, columns, len(body))


def label_of(table: Table) -> int:
    """The column that is probably the label: one that is called so, or the last one of a file with names."""
    called = ("target", "label", "class", "y", "outcome")
    names = [column.name.lower() for column in table.columns]
    return next(
        (names.index(name) for name in called if name in names), len(names) - 1 if table.has_header else 0
    )


def aim_of(table: Table, label: int) -> Aim:
    """What to learn of a label: one of two classes, one of several, or a number. Raises ValueError for other labels."""
    return aims_of(table, label)[0]


def aims_of(table: Table, label: int) -> list[Aim]:
    """All that could be learned of a label, what is probably meant first. Raises ValueError if there is nothing."""
    column = table.columns[label]
    if not column.is_usable:
        msg = f"{column.name!r} holds more than {MOST_CATEGORIES} different texts and cannot be the label"
        raise ValueError(msg)
    count = len(column.distinct)
    if count < 2:
        msg = f"{column.name!r} holds the same value in every row, so that there is nothing to learn"
        raise ValueError(msg)
    is_class = not column.is_number or (count <= MOST_CATEGORIES and _are_from_zero(column.distinct))
    return [*([_classes(count)] if is_class else []), *([_NUMBER] if column.is_number else [])]


def first_rows(table: Table, most: int = 5) -> list[list[str]]:
    """The first rows of a file, without the names."""
    with table.file.open(encoding="utf-8-sig", newline="") as lines:
        rows = (row for row in csv.reader(lines, delimiter=table.delimiter) if row)
        return list(islice(rows, int(table.has_header), most + int(table.has_header)))


def _classes(count: int) -> Aim:
    if count == 2:
        title = "Classification: one of two classes"
        return Aim("validation:auc", "Maximize", {"objective": "binary:logistic"}, title)
    classes = {"objective": "multi:softprob", "num_class": str(count)}
    title = f"Classification: one of {count} classes"
    return Aim("validation:mlogloss", "Minimize", classes, title)


def prepare(table: Table, label: int, folder: Path, share: float = 0.2, seed: int = 0) -> tuple[Path, Path]:
    """Write what the algorithm reads, rows for training and for validation; give the two files.

    Args:
        table: What is known of the person's file.
        label: The number of the label's column.
        folder: Where to write.
        share: Of the rows, those for validation.
        seed: Decides which they are.
    """
    train, validation = folder / "train" / "rows.csv", folder / "validation" / "rows.csv"
    for file in (train, validation):
        file.parent.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)  # noqa: S311 - no secret
    with (
        table.file.open(encoding="utf-8-sig", newline="") as lines,
        train.open("w", encoding="utf-8") as first,
        validation.open("w", encoding="utf-8") as second,
    ):
        rows = csv.reader(lines, delimiter=table.delimiter)
        for row in islice(rows, int(table.has_header), None):
            if row and not _is_empty(row[label]):
                target = second if draw.random() < share else first
                target.write(",".join(_encoded(table, label, row)) + "\n")
    return train, validation


def _encoded(table: Table, label: int, row: Sequence[str]) -> Iterator[str]:
    column = table.columns[label]
    yield row[label].strip() if column.is_number else str(_place(sorted(column.distinct), row[label]))
    for index, (each, text) in enumerate(zip(table.columns, row, strict=True)):
        if index == label or not each.is_usable:
            continue
        if each.is_number:
            yield "" if _is_empty(text) else text.strip()
        else:
            yield from (str(int(text.strip() == choice)) for choice in each.distinct)


def _place(choices: Sequence[str], text: str) -> int:
    try:
        return choices.index(text.strip())
    except ValueError:
        msg = f"the label {text!r} is not among those of the first {_LOOKED_AT} rows: {', '.join(choices)}"
        raise ValueError(msg) from None


def _delimiter(sample: str) -> str:
    try:
        return csv.Sniffer().sniff(sample, _DELIMITERS).delimiter
    except csv.Error:
        return ","


def _column(name: str, texts: Sequence[str]) -> Column:
    given = [text.strip() for text in texts if not _is_empty(text)]
    distinct = tuple(islice(dict.fromkeys(given), MOST_CATEGORIES + 1))
    return Column(name, all(map(_is_number, given)), len(texts) - len(given), distinct)


def _is_other(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds numbers below a first row of words."""
    return any(all(_is_number(row[i]) or _is_empty(row[i]) for row in rows[1:]) for i in range(len(rows[0])))


def _is_empty(text: str) -> bool:
    return text.strip().lower() in _EMPTY


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _are_from_zero(texts: Sequence[str]) -> bool:
    """Whether numbers are 0, 1, 2 and so on, as classes are written."""
    return sorted(map(float, texts)) == list(range(len(texts)))


def _numbered(choices: Sequence[str]) -> str:
    return ", ".join(f"{text} is {number}" for number, text in enumerate(choices))
