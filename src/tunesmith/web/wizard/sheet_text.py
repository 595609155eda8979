"""A sheet as a text that outlives the server, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from inspect import signature
from typing import Any, TypeVar

from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    ParameterRow,
    Row,
    ScriptWork,
    Work,
)
from tunesmith.web.wizard.sheet import LAST, Sheet

_WORKS: dict[str, type[Work]] = {"script": ScriptWork, "command": CommandWork, "built-in": BuiltInWork}
_ROWS: dict[str, type[Row | ParameterRow | ChannelRow]] = {
    "metrics": Row,
    "parameters": ParameterRow,
    "fixed": Row,
    "channels": ChannelRow,
    "environment": Row,
}
_T = TypeVar("_T")


def written(sheet: Sheet) -> str:
    """The text, which is JSON."""
    plain = {each.name: getattr(sheet, each.name) for each in fields(sheet)}
    return json.dumps(
        {
            **plain,
            "draft": _plain(sheet.draft),
            "touched": [list(where) for where in sheet.touched],
            "tried": sorted(sheet.tried),
            "shelf": {kind: _plain(draft) for kind, draft in sheet.shelf.items()},
        }
    )


def read(text: str) -> Sheet:
    """The sheet of a text; what this version does not know is left out. Raises ValueError for a text that is none."""
    try:
        given = json.loads(text)
        sheet = _made(
            Sheet,
            {
                **given,
                "draft": _draft(given["draft"]),
                "touched": frozenset(map(tuple, given["touched"])),
                "tried": frozenset(given["tried"]),
                "shelf": {kind: _draft(each) for kind, each in given["shelf"].items()},
                "step": min(max(int(given["step"]), 0), LAST),
            },
        )
    except (TypeError, KeyError, AttributeError) as error:
        msg = f"this is no sheet: {type(error).__name__}: {error}"
        raise ValueError(msg) from error
    return sheet


def _plain(draft: Draft) -> dict[str, Any]:
    kind = next(name for name, work in _WORKS.items() if isinstance(draft.work, work))
    rows = {name: [asdict(row) for row in getattr(draft, name)] for name in _ROWS}
    plain = {each.name: getattr(draft, each.name) for each in fields(draft)}
    initial = [dict(config) for config in draft.initial]
    return {**plain, **rows, "work": {"kind": kind, **asdict(draft.work)}, "initial": initial}


def _draft(given: Mapping[str, Any]) -> Draft:
    rows = {name: tuple(_made(made, row) for row in given[name]) for name, made in _ROWS.items()}
    work = _made(_WORKS[given["work"]["kind"]], given["work"])
    parents = {name: tuple(given[name]) for name in ("initial", "parents")}
    return _made(Draft, {**given, **rows, **parents, "work": work})


def _made(kind: type[_T], given: Mapping[str, Any]) -> _T:
    """A value of these fields, as far as there are such."""
    known = set(signature(kind).parameters)
    values = {name: value for name, value in given.items() if name in known}
    return kind(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    )
