"""The training jobs of a tuning job as a table: filtered, sorted and cut into pages here, however many there are."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunesmith.core.space import Categorical, Parameter
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store
from tunesmith.web.views import words
from tunesmith.web.views.board import STATES, Board, Floats, Rows

PAGE = 50
"""Training jobs on a page."""

VALUE = "value"
"""The objective, among the names of hyperparameters; `Query.brush` and the columns call it so."""

_COMPARISON = re.compile(r"(.+?)(<=|>=|<|>|=)(.+)")
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which training jobs somebody wants to see, in which order."""

    text: str = ""  # words in the name or the reason, and comparisons such as `learning_rate<0.01`
    state: TrialState | None = None
    definition: str | None = None  # None: of all
    brush: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """Between which numbers hyperparameters (of a categorical one, the places of its choices) and the objective are."""
    sort: str = "number"  # or `value`, `state`, `time`, or `config NAME`
    descending: bool = True
    first: int = 0  # place of the first one on the page
    limit: int = PAGE


@dataclass(frozen=True)
class TrainingJobs:
    """A page of them."""

    trials: tuple[TrialRecord, ...]
    found: int  # on all pages
    total: int
    first: int  # place of the first one on the page: 0 if there are not as many as was asked for


def training_jobs(store: Store, board: Board, query: Query) -> TrainingJobs:
    """Read a page."""
    with board.lock:
        rows = _matching(store, board, query)
        rows = rows[_order(board, rows, query)]
        numbers, total = board.number[rows].copy(), board.count
    first = query.first if query.first < len(numbers) else 0
    wanted = numbers[first : first + query.limit].tolist()
    records = (
        {each.number: each for each in store.trials_after(board.name, 2**31 - 1, wanted)} if wanted else {}
    )
    return TrainingJobs(tuple(records[n] for n in wanted if n in records), len(numbers), total, first)


def numbers_of(store: Store, board: Board, query: Query) -> Rows:
    """The numbers of all training jobs that somebody wants to see, on whichever page."""
    with board.lock:
        return board.number[_matching(store, board, query)].copy()


def _matching(store: Store, board: Board, query: Query) -> Rows:
    fits = np.ones(board.count, dtype=bool)
    if query.state is not None:
        fits &= board.state == STATES.index(query.state)
    if query.definition is not None:
        fits &= board.definition == board.definitions.index(query.definition)
    for name, intervals in query.brush.items():
        column = _column(board, name)
        if column is not None and intervals:
            with np.errstate(invalid="ignore"):
                inside = [(column >= low) & (column <= high) for low, high in intervals]
            fits &= np.logical_or.reduce(inside)
    text = []
    for word in query.text.split():
        compared = _compared(board, word)
        if compared is None:
            text.append(word)
        else:
            fits &= compared
    if text:
        named = np.zeros(board.count, dtype=bool)
        named[board.rows_of(store.numbers_with(board.name, " ".join(text)))] = True
        fits &= named
    return np.flatnonzero(fits)


def _compared(board: Board, word: str) -> NDArray[np.bool_] | None:
    """Of which rows a comparison holds; None if the word is none."""
    parts = _COMPARISON.fullmatch(word)
    if parts is None:
        return None
    name, sign, wanted = parts.groups()
    column = _column(board, VALUE if name == board.job.objective.metric else name)
    if column is None:
        return None
    number = _number(board.parameters.get(name), wanted)
    if number is None:
        return None
    with np.errstate(invalid="ignore"):
        return np.asarray(_OPERATORS[sign](column, number), dtype=bool)


def _number(parameter: Parameter | None, text: str) -> float | None:
    if isinstance(parameter, Categorical):
        places = [i for i, choice in enumerate(parameter.choices) if words.setting(choice) == text]
        return float(places[0]) if places else -1.0
    try:
        return float(text)
    except ValueError:
        return None


def _column(board: Board, name: str) -> Floats | None:
    if name == VALUE:
        return board.floats("value")
    return board.setting(name) if name in board.parameters else None


def _order(board: Board, rows: Rows, query: Query) -> Rows:
    """The order of rows; those without what is sorted by are last, either way."""
    keys = _key(board, query.sort)[rows]
    order = np.argsort(-keys if query.descending else keys, kind="stable")
    return np.asarray(order)


def _key(board: Board, sort: str) -> Floats:
    if sort == VALUE:
        return board.floats("value")
    if sort == "time":
        return board.floats("ended") - board.floats("started")
    if sort == "state":
        names = sorted(range(len(STATES)), key=lambda code: STATES[code].value)
        return np.argsort(names).astype(np.float64)[board.state]
    if sort.startswith("config ") and sort.removeprefix("config ") in board.parameters:
        return board.setting(sort.removeprefix("config "))
    return board.number.astype(np.float64)
