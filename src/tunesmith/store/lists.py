"""Lists, a page at a time: each page goes on after the last row of the one before, by an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, Table, func, select, true, tuple_

from tunesmith.core.objective import Goal
from tunesmith.core.trial import TrialState
from tunesmith.store.listing import Listing, Sort
from tunesmith.store.rows import clean, job_record, key, micros
from tunesmith.store.tables import trials, tuning_jobs

_Columns: TypeAlias = tuple[Column[Any], ...]
_Rows: TypeAlias = tuple[list[Row[Any]], tuple[Any, ...] | None]

# The columns that decide the order; together they are unique, and the end of one of the indexes.
_TUNING_JOBS: dict[Sort, _Columns] = {
    Sort.NAME: (tuning_jobs.c.name,),
    Sort.CREATED: (tuning_jobs.c.created_at, tuning_jobs.c.id),
    Sort.STATUS: (tuning_jobs.c.status, tuning_jobs.c.created_at, tuning_jobs.c.id),
}
_TRAINING_JOBS: dict[Sort, _Columns] = {
    Sort.NAME: (trials.c.name,),
    Sort.CREATED: (trials.c.created_at, trials.c.job_id, trials.c.number),
    Sort.STATUS: (trials.c.state, trials.c.created_at, trials.c.job_id, trials.c.number),
}
_OF_ONE_JOB: dict[Sort, _Columns] = {
    Sort.NAME: (trials.c.name,),
    Sort.CREATED: (trials.c.number,),
    Sort.STATUS: (trials.c.state, trials.c.number),
    Sort.VALUE: (trials.c.loss, trials.c.rank),
}
_MODIFIED: dict[str, ColumnElement[int]] = {
    tuning_jobs.name: tuning_jobs.c.modified_at,
    trials.name: func.coalesce(trials.c.ended_at, trials.c.started_at, trials.c.created_at),
}
_LARGEST = 2**63  # of the databases' whole numbers


def tuning_jobs_page(connection: Connection, listing: Listing) -> _Rows:
    """Give the rows of tuning jobs that are on a page, and where the next one goes on."""
    found = select(tuning_jobs).where(tuning_jobs.c.listed.is_(true()), *_conditions(listing, tuning_jobs))
    columns = _columns(_TUNING_JOBS, listing)
    wanted = None if listing.status is None else [str(listing.status)]
    return _page(connection, *_in_status(found, columns, tuning_jobs.c.status, wanted), listing)


def training_jobs_page(connection: Connection, listing: Listing, owner: Row[Any] | None) -> _Rows:
    """Give the rows of trials that are on a page, of one tuning job or of all, and where the next one goes on."""
    found = select(trials).where(trials.c.key.is_not(None), *_conditions(listing, trials))
    columns = _columns(_TRAINING_JOBS if owner is None else _OF_ONE_JOB, listing)
    if owner is not None:
        found = found.where(trials.c.job_id == owner.id)
        if listing.sort is Sort.VALUE:
            found = found.where(trials.c.loss.is_not(None), trials.c.rank.is_not(None))
            maximizes = job_record(owner).job.objective.goal is Goal.MAXIMIZE
            listing = replace(listing, descending=listing.descending is not maximizes)
    states = set(TrialState if listing.status is None else map(TrialState, listing.status))
    wanted = None if len(states) == len(TrialState) else sorted(states)
    return _page(connection, *_in_status(found, columns, trials.c.state, wanted), listing)


def _columns(orders: Mapping[Sort, _Columns], listing: Listing) -> _Columns:
    if listing.sort not in orders:
        msg = f"sort: this list cannot be sorted by {listing.sort.value!r}; choose {', '.join(orders)}"
        raise ValueError(msg)
    return orders[listing.sort]


def _in_status(
    found: Select[Any], columns: _Columns, column: Column[str], wanted: Sequence[str] | None
) -> tuple[Select[Any], _Columns]:
    """Add the condition that a status is one of those wanted; give the columns that decide the order then."""
    if wanted is None:
        return found, columns
    if len(wanted) == 1:
        columns = tuple(each for each in columns if each is not column)  # all have the same
    is_name = columns[0].name == "name"
    # No index is by status and name. Unless it is hidden, SQLite takes the one by status, and sorts every page anew.
    status = column.concat("") if is_name else column
    return found.where(status.in_(wanted)), columns


def _conditions(listing: Listing, table: Table) -> Iterator[ColumnElement[bool]]:
    if listing.contains is not None:
        yield table.c.key.contains(key(listing.contains), autoescape=True)
    modified = _MODIFIED[table.name]
    for column, after, before in (
        (table.c.created_at, listing.created_after, listing.created_before),
        (modified, listing.modified_after, listing.modified_before),
    ):
        if after is not None:
            yield column > micros(after)
        if before is not None:
            yield column < micros(before)


def _page(connection: Connection, found: Select[Any], columns: _Columns, listing: Listing) -> _Rows:
    if listing.after is not None:
        found = found.where(_is_after(columns, _checked(listing, columns), descending=listing.descending))
    order = [column.desc() if listing.descending else column for column in columns]
    rows = connection.execute(found.order_by(*order).limit(listing.limit + 1)).all()
    page = list(rows[: listing.limit])
    more = len(rows) > len(page) > 0
    return page, tuple(getattr(page[-1], column.name) for column in columns) if more else None


def _is_after(columns: _Columns, cursor: Sequence[Any], *, descending: bool) -> ColumnElement[bool]:
    place: ColumnElement[Any] = tuple_(*columns) if len(columns) > 1 else columns[0]
    bound = tuple_(*cursor) if len(columns) > 1 else cursor[0]
    return place < bound if descending else place > bound


def _checked(listing: Listing, columns: _Columns) -> Sequence[Any]:
    """Give the cursor, which may come from a stranger; raises ValueError if it is none of this list."""
    cursor = listing.after or ()
    kinds = [column.type.python_type for column in columns]
    if len(cursor) != len(kinds) or not all(map(_suits, cursor, kinds)):
        msg = f"after: {listing.after!r} is no place in a list sorted by {listing.sort.value!r}"
        raise ValueError(msg)
    return cursor


def _suits(value: object, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str) and clean(value) == value
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and abs(value) < _LARGEST) or (kind is float and isinstance(value, float))
