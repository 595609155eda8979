"""The addresses of the pages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

ROOT = "/ui"
"""Where the server has mounted the page."""

SIGN_IN = f"{ROOT}/sign-in"
SIGN_OUT = f"{ROOT}/sign-out"
NEW = f"{ROOT}/new"
UPLOADS = f"{ROOT}/uploads"
SEARCH = f"{ROOT}/search"
COMPARE = f"{ROOT}/compare"
LONE = f"{ROOT}/training-jobs"


def home(**query: str | None) -> str:
    """The address of the list of jobs; what is None is left out of the query."""
    return with_query(f"{ROOT}/", **query)


def tuning_job(name: str, tab: str = "", /, **query: str | Sequence[str] | None) -> str:
    """The address of a tuning job's page, or of one of its tabs, and of what is chosen there."""
    return with_query(f"{ROOT}/jobs/{quote(name, safe='')}" + (f"/{tab}" if tab else ""), **query)


def report(name: str, suffix: str) -> str:
    """The address of the report on a tuning job; the suffix is `html`, `md` or `json`."""
    return f"{ROOT}/reports/{quote(name, safe='')}.{suffix}"


def clone(name: str) -> str:
    """The address of the form for a new tuning job that is like another one."""
    return with_query(NEW, clone=name)


def training_job(name: str) -> str:
    """The address of a training job's page."""
    return f"{ROOT}/training-jobs/{quote(name, safe='')}"


def compare(names: Sequence[str], along: str | None = None) -> str:
    """The address of the comparison of some tuning jobs."""
    return with_query(COMPARE, jobs=",".join(names), along=along)


def with_query(path: str, /, **query: str | Sequence[str] | None) -> str:
    """A path with the parts of a query that are not None or empty; of several texts, each is a part."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path
