"""What a list is asked for, and a page of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus

_Item = TypeVar("_Item")


class Sort(StrEnum):
    """What a list is sorted by. Equal ones stay in the order in which they were created."""

    NAME = "name"  # capital letters before small ones
    CREATED = "created"
    STATUS = "status"  # by the alphabet
    VALUE = "value"  # of the objective; only for one tuning job, and only training jobs whose value counts


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Which part of a list is wanted; the conditions hold all at once."""

    sort: Sort = Sort.NAME
    descending: bool = False
    contains: str | None = None  # a part of the name, in upper or lower case
    status: TuningStatus | Collection[TrialState] | None = (
        None  # of tuning jobs; any of these, of training jobs
    )
    created_after: datetime | None = None  # all four: not at this moment itself
    created_before: datetime | None = None
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    limit: int = 10
    after: Sequence[Any] | None = None  # `Page.next` of the page before


@dataclass(frozen=True)
class Page(Generic[_Item]):
    """A page of a list."""

    items: list[_Item]
    next: tuple[Any, ...] | None  # numbers and texts; None: there is nothing after it
