"""Finding the tuning jobs that another one learns from."""

from __future__ import annotations

from tunesmith.control.warm_start import Parent, check
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store


def parents_of(store: Store, job: TuningJob) -> list[Parent]:
    """The parents of a tuning job as they were when it was created, in its order; raises NotFound."""
    return [Parent(*store.known_then(name, job.created_at)) for name in job.parents]


def check_parents(store: Store, job: TuningJob) -> None:
    """Raise ValueError, saying how to mend it, if a new tuning job cannot learn from its parents."""
    for name in job.parents:
        try:
            store.status(name)  # a forgotten one is found by those alone that have learnt from it before
        except NotFound as missing:
            msg = f"parents: {missing}"
            raise ValueError(msg) from missing
    check(job, parents_of(store, job))
