"""A report as facts for programs: what JSON can hold, and nothing that is only for the eye."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from tunesmith.analysis.report.contents import Report
from tunesmith.core.space import Categorical, Continuous, Integer

_LEFT_OUT = {"values", "curves"}  # they belong to the lists of training jobs


def facts(report: Report) -> dict[str, Any]:
    """The facts of a report; numbers that are not finite are null."""
    return {f.name: plain(getattr(report, f.name)) for f in fields(report) if f.name not in _LEFT_OUT}


def plain(value: Any) -> Any:
    """A value as JSON has it; a parameter also says its type."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value):
        kind = {"type": type(value).__name__.lower()} if isinstance(value, _PARAMETERS) else {}
        return kind | {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return None
    return value


_PARAMETERS = (Categorical, Continuous, Integer)
