"""How many threads linear algebra uses."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache

import scipy.linalg  # noqa: F401 - its BLAS must be loaded for `_libraries` to find it
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it ships no types


def single_threaded() -> AbstractContextManager[None]:
    """Within this context BLAS and LAPACK use one thread.

    Matrices of a few hundred rows gain little from a second thread, lose much when the machine is busy (ten times
    the time was measured with both cores taken), and round differently with every number of threads.
    """
    context: AbstractContextManager[None] = _libraries().limit(limits=1, user_api="blas")
    return context


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
