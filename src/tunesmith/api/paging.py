"""Page tokens: where the next page of a list begins, and of which list."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64encode
from typing import Any, TypeAlias

from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ValidationError

Cursor: TypeAlias = tuple[str | int | float | bool | None, ...]
"""Where in a sorted list a page ended: what the last row was sorted by, and what tells it from its equals."""

DEFAULT_SIZE = 10
"""Items of a page unless MaxResults says otherwise."""

_OF_THE_PAGE = frozenset({"NextToken", "MaxResults"})  # may differ from page to page of one list


def size(request: Json, default: int = DEFAULT_SIZE) -> int:
    """How many items a page may have."""
    return int(request.get("MaxResults", default))


def token(call: Call, cursor: Cursor | None) -> str | None:
    """The NextToken that goes on after a cursor, for calls that ask for the same list; None for no cursor."""
    if cursor is None:
        return None
    text = json.dumps([_digest(call, cursor), *cursor], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode()


def cursor(call: Call) -> Cursor | None:
    """The cursor in a call's NextToken, None for a first page.

    Raises ValidationError for a token that was not given out for the same list.
    """
    given = call.request.get("NextToken")
    if given is None:
        return None
    try:
        _, *place = json.loads(b64decode(given.encode("ascii"), altchars=b"-_", validate=True))
        found = tuple(place)
        genuine = token(call, found) == given
    except (ValueError, TypeError, RecursionError):
        genuine = False
    if not genuine:
        raise invalid_token()
    return found


def invalid_token() -> ValidationError:
    """Refuse a NextToken."""
    msg = "The NextToken is invalid: give the one of the page before, with the same filters and sorting."
    return ValidationError(msg)


def _digest(call: Call, cursor: Cursor) -> str:
    """What tells the tokens of different lists apart, and a token that was altered."""
    asked: dict[str, Any] = {name: value for name, value in call.request.items() if name not in _OF_THE_PAGE}
    text = json.dumps([call.operation, asked, cursor], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
