from __future__ import annotations

from datetime import UTC, datetime

from tunesmith.web.sessions import Session
from tunesmith.web.wizard import drafts
from tunesmith.web.wizard.drafts import Drafts, visitor_of
from tunesmith.web.wizard.sheet import Sheet

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANA, BEN = ("AKIA1", "a"), ("AKIA2", "b")


def test_each_visitor_has_a_sheet() -> None:
    kept = Drafts()
    kept.put(ANA, Sheet(kind="script"))
    assert (kept.get(ANA).kind, kept.get(BEN)) == ("script", Sheet())
    kept.drop(ANA)
    kept.drop(BEN)
    assert kept.get(ANA) == Sheet()


def test_the_oldest_go_first() -> None:
    kept = Drafts()
    kept.put(ANA, Sheet(kind="script"))
    kept.put(BEN, Sheet(kind="script"))
    kept.put(ANA, Sheet(kind="command"))
    for number in range(drafts.MOST - 1):
        kept.put(("", str(number)), Sheet())
    assert (kept.get(ANA).kind, kept.get(BEN).kind) == ("command", "")


def test_two_sessions_of_a_key_are_two_visitors() -> None:
    first = Session("AKIA1", "ana", NOW, NOW)
    second = Session("AKIA1", "ana", NOW.replace(hour=1), NOW)
    assert visitor_of(first) != visitor_of(second)
    assert visitor_of(None) == visitor_of(None) != visitor_of(first)
