"""Tags: words with values that people put on tuning jobs and training jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from sqlalchemy import Connection, delete, insert, literal, select

from tunesmith.store.lookups import Place, job_id, place
from tunesmith.store.tables import tags

Tagged: TypeAlias = tuple[Literal["tuning", "training"], str]
"""What has tags: a tuning job or a training job of a name."""

OWN = 0
"""The number that stands for the tuning job itself, where otherwise the number of a trial is."""


def resolve(connection: Connection, tagged: Tagged) -> Place:
    """Where the tags of a job are; raises NotFound."""
    kind, name = tagged
    return (job_id(connection, name), OWN) if kind == "tuning" else place(connection, name)


def read(connection: Connection, where: Place) -> dict[str, str]:
    """The tags in a place, by the alphabet."""
    found = select(tags.c.tag, tags.c.value).where(tags.c.job_id == where[0], tags.c.trial == where[1])
    return dict(sorted((row.tag, row.value) for row in connection.execute(found)))


def remove(connection: Connection, where: Place, names: Iterable[str] | None = None) -> None:
    """Remove the tags of these names from a place, or all."""
    ours = delete(tags).where(tags.c.job_id == where[0], tags.c.trial == where[1])
    connection.execute(ours if names is None else ours.where(tags.c.tag.in_(list(names))))


def add(connection: Connection, where: Place, new: Mapping[str, str]) -> None:
    """Add tags to a place, which has none of these names."""
    if new:
        job, trial = where
        pairs = [{"job_id": job, "trial": trial, "tag": t, "value": v} for t, v in new.items()]
        connection.execute(insert(tags), pairs)


def inherit(connection: Connection, job: int, numbers: Iterable[int]) -> None:
    """Copy a tuning job's own tags to these new trials of it."""
    for number in numbers:
        own = select(tags.c.job_id, literal(number), tags.c.tag, tags.c.value)
        own = own.where(tags.c.job_id == job, tags.c.trial == OWN)
        connection.execute(insert(tags).from_select(["job_id", "trial", "tag", "value"], own))
