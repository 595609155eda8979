"""All training jobs of a tuning job in columns of numbers, kept up to date: what every picture of it is made from.

100,000 training jobs take some ten megabytes, and are read once for all pages that show them.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock, RLock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Parameter, Value
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.glances import Glance
from tunesmith.store.store import Store

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]
"""Places in the columns, ascending."""

STATES = tuple(TrialState)
"""What the codes in the column of states stand for."""

_CODES = {state: code for code, state in enumerate(STATES)}
_FINAL = np.array([state.is_final for state in STATES])
_NAN = math.nan
_BOARDS = 4  # that are kept
_CHUNK = 1000  # trials that are taken in at a time
_FLOATS = ("value", "loss", "rank", "created", "started", "ended")


class Board:
    """The columns of one tuning job; hold `lock` while reading them."""

    def __init__(self, store: Store, name: str) -> None:
        """Read nothing yet but the tuning job. Raises NotFound."""
        self._store = store
        self.lock = RLock()
        self.record = store.tuning_job(name)
        self.name = name
        self.serial = 0  # grows whenever something has changed
        self.count = 0
        self.parameters: dict[str, Parameter] = {}
        for part in self.job.parts.values():
            self.parameters |= {each.name: each for each in part.space.parameters}
        self.definitions = tuple(self.job.parts)
        self._columns = {name: np.empty(0) for name in (*_FLOATS, *map(_of_config, self.parameters))}
        self._codes = {
            name: np.empty(0, dtype=np.int64) for name in ("number", "state", "definition", "stamp")
        }
        self._choices = {
            each.name: {choice: float(i) for i, choice in enumerate(each.choices)}
            for each in self.parameters.values()
            if isinstance(each, Categorical)
        }

    @property
    def job(self) -> TuningJob:
        """The tuning job, with the limits that it has now."""
        return self.record.job

    @property
    def number(self) -> Rows:
        """The numbers of the trials, ascending."""
        return self._codes["number"][: self.count]

    @property
    def state(self) -> Rows:
        """The codes of their states."""
        return self._codes["state"][: self.count]

    @property
    def definition(self) -> Rows:
        """Which of `definitions` each is of."""
        return self._codes["definition"][: self.count]

    @property
    def is_final(self) -> NDArray[np.bool_]:
        """Which have ended."""
        return np.asarray(_FINAL[self.state])

    def floats(self, column: str) -> Floats:
        """`value`, `loss` (of values to choose by), `rank`, and the moments `created`, `started`, `ended` in ms; NaN if none."""
        return self._columns[column][: self.count]

    def setting(self, parameter: str) -> Floats:
        """The values of a hyperparameter, of a categorical one the places of its choices; NaN where there is none."""
        return self._columns[_of_config(parameter)][: self.count]

    def refresh(self) -> None:
        """Read what has changed."""
        with self.lock:
            self.record = self._store.tuning_job(self.name)
            last = int(self.number[-1]) if self.count else 0
            unended = self.number[~self.is_final].tolist()
            stamp, changed = self.serial + 1, False
            for chunk in _chunks(self._store.glances(self.name, last, unended), _CHUNK):
                new = [glance for glance in chunk if glance.number > last]
                for glance in chunk[: len(chunk) - len(new)]:
                    changed = self._change(glance, stamp) or changed
                if new:
                    self._append(new, stamp)
                    changed = True
            self.serial += changed

    def since(self, serial: int) -> Rows:
        """The rows that have changed after a serial."""
        return np.flatnonzero(self._codes["stamp"][: self.count] > serial)

    def rows_of(self, numbers: Iterable[int]) -> Rows:
        """The rows of the trials of these numbers that there are."""
        wanted = np.array(sorted(set(numbers)), dtype=np.int64)
        found = np.searchsorted(self.number, wanted)
        inside = found < self.count
        found, wanted = found[inside], wanted[inside]
        return np.asarray(found[self.number[found] == wanted])

    def config(self, row: int) -> dict[str, Value]:
        """The configuration of a row."""
        found: dict[str, Value] = {}
        for name, parameter in self.parameters.items():
            value = float(self.setting(name)[row])
            if not math.isnan(value):
                found[name] = restored(parameter, value)
        return found

    def _change(self, glance: Glance, stamp: int) -> bool:
        """Write a known trial anew; whether anything is different."""
        row = int(np.searchsorted(self.number, glance.number))
        floats, codes = self._cells([glance], stamp)
        same = all(_same(self._columns[name][row], float(cells[0])) for name, cells in floats.items())
        if same and self._codes["state"][row] == codes["state"][0]:
            return False
        self._write(slice(row, row + 1), floats, codes)
        return True

    def _append(self, glances: Sequence[Glance], stamp: int) -> None:
        end = self.count + len(glances)
        self._grow(end)
        self._write(slice(self.count, end), *self._cells(glances, stamp))
        self.count = end

    def _write(self, rows: slice, floats: Mapping[str, Floats], codes: Mapping[str, Rows]) -> None:
        for name, cells in floats.items():
            self._columns[name][rows] = cells
        for name, places in codes.items():
            self._codes[name][rows] = places

    def _cells(self, glances: Sequence[Glance], stamp: int) -> tuple[dict[str, Floats], dict[str, Rows]]:
        """What the columns hold of some trials."""
        own: dict[str, tuple[Any, ...]] = dict(zip(Glance._fields, zip(*glances, strict=True), strict=True))
        value = _numbers(own["value"])
        floats = {
            "value": value,
            "loss": np.where(np.array(own["counts"]), value * self.job.objective.loss(1.0), _NAN),
            "rank": _numbers(own["rank"]),
            **{name: _numbers(own[name]) / 1000 for name in ("created", "started", "ended")},
        }
        for name in self.parameters:
            given = [config.get(name) for config in own["config"]]
            choices = self._choices.get(name)
            if choices is not None:
                given = [None if each is None else choices.get(each) for each in given]
            floats[_of_config(name)] = _numbers(given)
        codes = {
            "number": np.array(own["number"]),
            "state": np.array([_CODES[state] for state in own["state"]]),
            "definition": np.array([self.definitions.index(each) for each in own["definition"]]),
            "stamp": np.full(len(glances), stamp),
        }
        return floats, codes

    def _grow(self, count: int) -> None:
        if count <= len(self._codes["number"]):
            return
        size = max(256, 2 * count)
        for name, column in self._columns.items():
            self._columns[name] = np.concatenate([column, np.full(size - len(column), _NAN)])
        for name, places in self._codes.items():
            self._codes[name] = np.concatenate([places, np.zeros(size - len(places), dtype=np.int64)])


class Boards:
    """The boards of the jobs that were looked at last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._boards: OrderedDict[str, Board] = OrderedDict()
        self._lock = Lock()

    def open(self, name: str) -> Board:
        """The board of a tuning job, which may have to be refreshed. Raises NotFound."""
        record = self._store.tuning_job(name)
        with self._lock:
            board = self._boards.get(name.lower())
            if board is None or board.job.created_at != record.job.created_at:
                board = Board(self._store, record.job.name)
                self._boards[name.lower()] = board
            self._boards.move_to_end(name.lower())
            while len(self._boards) > _BOARDS:
                self._boards.popitem(last=False)
            return board


def restored(parameter: Parameter, value: float) -> Value:
    """A number of a column as the value of its hyperparameter."""
    if isinstance(parameter, Categorical):
        return parameter.choices[int(value)]
    return value if isinstance(parameter.low, float) else int(value)


def _of_config(parameter: str) -> str:
    return f"config {parameter}"


def _numbers(values: Iterable[Any]) -> Floats:
    """Numbers as floats, NaN where there is none."""
    return np.array([_NAN if value is None else value for value in values], dtype=np.float64)


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _chunks(glances: Iterator[Glance], size: int) -> Iterator[list[Glance]]:
    while chunk := list(islice(glances, size)):
        yield chunk
