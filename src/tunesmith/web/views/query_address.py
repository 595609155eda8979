"""What somebody asked to see of a tuning job, as the query of an address and back."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from starlette.datastructures import QueryParams

from tunesmith.core.trial import TrialState
from tunesmith.web.views.training_jobs import PAGE, VALUE, Query

Intervals: TypeAlias = tuple[tuple[float, float], ...]
Brush: TypeAlias = Mapping[str, Intervals]

TYPICAL = "typical"
"""The scale that leaves out the few values that are far off, which is the usual one."""

_SORT = Query().sort
_BETWEEN = ".."


def asked(
    given: QueryParams, names: Collection[str], *, definition: str | None = None, limit: int = PAGE
) -> Query:
    """What the query of an address asks of a table of training jobs; what makes no sense is passed over.

    Args:
        given: The query.
        names: The hyperparameters that there are.
        definition: Of several algorithms, the one whose training jobs are shown.
        limit: Training jobs on a page.
    """
    state = given.get("state", "")
    return Query(
        text=given.get("q", ""),
        state=TrialState(state) if state in set(TrialState) else None,
        definition=definition,
        brush=dict(filter(None, (_range(text, names) for text in given.getlist("range")))),
        sort=given.get("sort", _SORT),
        descending=given.get("order") != "up",
        first=_first(given.get("page", ""), limit),
        limit=limit,
    )


def parts(query: Query) -> dict[str, str | Sequence[str] | None]:
    """The parts of an address that ask for the same."""
    return {
        "algorithm": query.definition,
        "q": query.text,
        "state": query.state,
        "range": [_text(name, intervals) for name, intervals in query.brush.items() if intervals],
        "sort": None if query.sort == _SORT else query.sort,
        "order": None if query.descending else "up",
        "page": str(query.first // query.limit + 1) if query.first else None,
    }


def pair_asked(given: QueryParams, names: Collection[str]) -> tuple[str, str] | None:
    """The two hyperparameters that the query of an address asks to see together; None if it asks for no such two."""
    first, second = given.get("across", ""), given.get("up", "")
    return (first, second) if first in names and second in names and first != second else None


def pair_parts(first: str, second: str) -> dict[str, str]:
    """The parts of an address that ask for the same; none for what are not two."""
    return {"across": first, "up": second} if first != second else {}


def scale_asked(given: QueryParams, scales: Collection[str]) -> str:
    """The scale of these that the query of an address asks for, or else the usual one."""
    scale = given.get("scale", TYPICAL)
    return scale if scale in scales else TYPICAL


def rounded(intervals: Sequence[Sequence[float]]) -> Intervals:
    """Intervals that were drawn by hand, with no more digits than mean something in an address."""
    return tuple((_short(min(each)), _short(max(each))) for each in intervals)


def _first(page: str, limit: int) -> int:
    """The place of the first one on a page; there may be no such page."""
    try:
        return max(0, int(page) - 1) * limit
    except ValueError:
        return 0


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _text(name: str, intervals: Intervals) -> str:
    """Such as `depth:1..3` or `rate:0.001..0.01,0.1..1`."""
    return f"{name}:{','.join(f'{low!r}{_BETWEEN}{high!r}' for low, high in intervals)}"


def _range(text: str, names: Collection[str]) -> tuple[str, Intervals] | None:
    name, _, intervals = text.rpartition(":")
    if name != VALUE and name not in names:
        return None
    ends = [each.partition(_BETWEEN) for each in intervals.split(",")]
    try:
        found = tuple((float(low), float(high)) for low, _, high in ends)
    except ValueError:
        return None
    return (name, found) if all(map(math.isfinite, sum(found, ()))) else None
