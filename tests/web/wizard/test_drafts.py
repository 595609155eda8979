from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tunesmith.web.sessions import Session
from tunesmith.web.wizard import drafts
from tunesmith.web.wizard.draft import Draft
from tunesmith.web.wizard.drafts import LIFETIME, Drafts, visitor_of
from tunesmith.web.wizard.sheet import Sheet

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANA, BEN = ("AKIA1", "a"), ("AKIA2", "b")


@pytest.fixture
def restarted(tmp_path: Path) -> Callable[..., Drafts]:
    """The drafts of a server that has just started, so much later."""
    return lambda later=timedelta(): Drafts(tmp_path, lambda: datetime.now(UTC) + later)


@pytest.fixture
def kept(restarted: Callable[..., Drafts]) -> Drafts:
    return restarted()


def test_each_visitor_has_a_sheet(kept: Drafts) -> None:
    kept.put(ANA, Sheet(kind="script"))
    assert (kept.get(ANA).kind, kept.get(BEN)) == ("script", Sheet())
    kept.drop(ANA)
    kept.drop(BEN)
    assert kept.get(ANA) == Sheet()


def test_a_sheet_that_was_saved_survives_a_restart(kept: Drafts, restarted: Callable[..., Drafts]) -> None:
    kept.put(ANA, Sheet(kind="script"))
    kept.save(ANA)
    kept.put(ANA, Sheet(kind="command"))
    assert (restarted().get(ANA).kind, restarted().get(BEN)) == ("script", Sheet())
    kept.save(ANA)
    assert restarted().get(ANA).kind == "command"
    kept.drop(ANA)
    kept.save(ANA)  # what was on its way when its person was done
    assert restarted().get(ANA) == Sheet()


def test_only_the_owner_may_read_what_is_saved(kept: Drafts, tmp_path: Path) -> None:
    earlier = os.umask(0)
    try:
        kept.put(ANA, Sheet())
        kept.save(ANA)
    finally:
        os.umask(earlier)
    (file,) = (tmp_path / "drafts").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert ANA[0] not in file.name


def test_a_sheet_that_nobody_comes_back_to_is_removed(
    kept: Drafts, restarted: Callable[..., Drafts], tmp_path: Path
) -> None:
    for visitor in (ANA, BEN):
        kept.put(visitor, Sheet(kind="script"))
        kept.save(visitor)
    later = restarted(LIFETIME + timedelta(minutes=1))
    later.put(BEN, Sheet(kind="command"))
    assert later.get(ANA) == Sheet()
    for server, left in ((restarted(LIFETIME - timedelta(minutes=1)), 2), (later, 0)):
        server.remove_old()
        assert len(list((tmp_path / "drafts").iterdir())) == left
    assert later.get(BEN).kind == "command"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"draft": 1}', "\x00"])
def test_a_file_that_is_not_whole_is_no_sheet(
    kept: Drafts, restarted: Callable[..., Drafts], tmp_path: Path, content: str
) -> None:
    kept.put(ANA, Sheet(kind="script"))
    kept.save(ANA)
    (file,) = (tmp_path / "drafts").iterdir()
    file.write_text(content)
    assert restarted().get(ANA) == Sheet()


def test_what_cannot_be_written_is_kept_in_memory(kept: Drafts, tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("in the way")
    kept.put(ANA, Sheet(kind="script"))
    kept.save(ANA)
    assert kept.get(ANA).kind == "script"


def test_what_sheets_mention_is_found_in_memory_and_in_files(
    kept: Drafts, restarted: Callable[..., Drafts]
) -> None:
    kept.put(ANA, Sheet(table="/data/first.csv"))
    kept.save(ANA)
    later = restarted()
    later.put(BEN, Sheet(shelf={"script": Draft(output="/data/second.csv")}))
    assert later.mentioned(re.compile(r"/data/(\w+)")) == {"first", "second"}


def test_the_oldest_leave_the_memory_first(kept: Drafts, restarted: Callable[..., Drafts]) -> None:
    kept.put(ANA, Sheet(kind="script"))
    kept.put(BEN, Sheet(kind="script"))
    kept.put(ANA, Sheet(kind="command"))
    for number in range(drafts.MOST - 1):
        kept.put(("", str(number)), Sheet())
    later = restarted()
    assert (later.get(BEN).kind, later.get(ANA).kind) == ("script", "")  # it has gone into its file
    kept.put(("", "one more"), Sheet())
    assert restarted().get(ANA).kind == "command"
    assert (kept.get(ANA).kind, kept.get(BEN).kind) == ("command", "script")


def test_a_visitor_is_an_access_key_in_a_browser() -> None:
    first = Session("AKIA1", "ana", NOW, NOW, "firefox")
    again = Session("AKIA1", "ana", NOW.replace(hour=1), NOW, "firefox")
    other = Session("AKIA1", "ana", NOW, NOW, "chromium")
    assert visitor_of(first) == visitor_of(again) != visitor_of(other)
    assert visitor_of(None) == visitor_of(None) != visitor_of(first)
