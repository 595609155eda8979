"""Tags of a resource."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse, repeated, shown

MOST = 50
"""Tags of one resource."""


def tags_of(tags: Iterable[Json] | None) -> dict[str, str]:
    """Give tags as a mapping. Raises ValidationError if a key occurs twice or there are too many."""
    pairs = [(tag["Key"], tag["Value"]) for tag in tags or ()]
    twice = repeated([key for key, _ in pairs])
    if twice:
        refuse("Tags", f"keys must be distinct, repeated: {', '.join(map(shown, twice))}")
    if len(pairs) > MOST:
        refuse("Tags", f"{len(pairs)} tags are more than the {MOST} that a resource may have")
    return dict(pairs)
