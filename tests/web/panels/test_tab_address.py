from __future__ import annotations

import pytest
from starlette.datastructures import QueryParams

from tunesmith.web.panels import tab_address
from tunesmith.web.panels.tab_address import TabAddress


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was told to show."""
    addresses: list[str] = []
    monkeypatch.setattr(tab_address, "keep_in_address", addresses.append)
    return addresses


def test_what_is_kept_stays_beside_the_rest(shown: list[str]) -> None:
    address = TabAddress("job", "explore", QueryParams("range=a:1..2&range=b:1..2&page=2"))
    address.keep(across="a", up="b", page=None)
    address.keep(up="c", q="")
    ranges = "range=a%3A1..2&range=b%3A1..2"
    assert shown == [f"/ui/jobs/job/explore?{pair}&{ranges}" for pair in ("across=a&up=b", "up=c&across=a")]
    assert address.given.getlist("range") == ["a:1..2", "b:1..2"]
    assert address.given.get("up") == "c"


def test_nothing_else_is_kept(shown: list[str]) -> None:
    address = TabAddress("job", "", QueryParams("scale=log"))
    address.keep_only(algorithm="trees")
    assert shown == ["/ui/jobs/job?algorithm=trees"]
    assert dict(address.given) == {"algorithm": "trees"}


def test_other_words_do_no_harm(shown: list[str]) -> None:
    given = "name=x&job=y&tab=z&self=s&path=p&=nameless"
    address = TabAddress("job", "", QueryParams(given))
    address.keep(scale="log")
    assert shown == [f"/ui/jobs/job?scale=log&{given}"]
