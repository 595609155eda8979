"""What can go wrong in the store, in words for the user."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what it was asked to; the message says why and is meant for the user."""


class NameTaken(StoreError):  # noqa: N818 -- the name states the fact
    """A job of that kind and name exists already; names differ by more than upper and lower case."""

    def __init__(self, name: str, kind: str = "tuning job") -> None:
        self.name = name
        self.kind = kind  # "tuning job" or "training job"
        super().__init__(f"a {kind} named {name!r} exists already (upper and lower case do not differ)")


class NotFound(StoreError):  # noqa: N818 -- as above
    """There is no such tuning job, trial or training job; the message says what there is."""


class Outdated(StoreError):  # noqa: N818 -- as above
    """A decision was made by what is not so any more; decide again."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the tuning job {name!r} has changed meanwhile")


class Claimed(StoreError):  # noqa: N818 -- as above
    """Another controller drives the tuning job."""

    def __init__(self, name: str, pid: int | None = None) -> None:
        self.name = name
        self.pid = pid  # of the process that drives it; None if unknown
        where = "another process" if pid is None else f"process {pid}"
        super().__init__(f"the tuning job {name!r} is being run by {where}")
