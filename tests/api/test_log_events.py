from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.api.log_events import BLOCK, LARGEST_PAGE, Event, LogFile

STARTED = datetime(2024, 1, 1, 0, 0, 0, 250000, UTC)
PIECES = [b"a\n", b"\n", b"bc\xff\0\n", b"x" * 1000, b"y" * BLOCK, b"z" * (BLOCK - 1) + b"\n", b"\r"]

_on_one_file = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture
    ],  # each example overwrites the last one's file
)
contents = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join)


def log(folder: Path, content: bytes, *, complete: bool = True) -> LogFile:
    path = folder / "output.log"
    path.write_bytes(content)
    return LogFile("job", path, STARTED, complete)


def everything(file: LogFile) -> list[Event]:
    return list(file.between(0, file.size()))


@_on_one_file
@given(contents)
def test_events_join_to_the_file_and_are_bounded(tmp_path: Path, content: bytes) -> None:
    events = everything(log(tmp_path, content))
    assert b"".join(event.data for event in events) == content
    assert all(len(event.data) <= 2 * BLOCK for event in events)
    assert all(event.data.count(b"\n") <= 1 for event in events)


@_on_one_file
@given(contents, contents)
def test_events_stay_as_the_file_grows(tmp_path: Path, content: bytes, more: bytes) -> None:
    before = everything(log(tmp_path, content, complete=False))
    after = everything(log(tmp_path, content + more))
    assert after[: len(before)] == before


@_on_one_file
@given(contents, st.integers(1, 5))
def test_paging_forward_gives_each_event_once(tmp_path: Path, content: bytes, limit: int) -> None:
    file = log(tmp_path, content)
    found: list[Event] = []
    while page := file.forward(found[-1].end if found else 0, limit):
        found += page
    assert found == everything(file)


@_on_one_file
@given(contents, st.integers(1, 5))
def test_paging_backward_gives_each_event_once(tmp_path: Path, content: bytes, limit: int) -> None:
    file = log(tmp_path, content)
    found: list[Event] = []
    while page := file.backward(found[0].offset if found else file.end(), limit):
        found = page + found
    assert found == everything(file)


@_on_one_file
@given(contents, st.integers(-3, 15))
def test_events_are_found_by_their_time(tmp_path: Path, content: bytes, later: int) -> None:
    file = log(tmp_path, content)
    time = file.start + later
    expected = [event.offset for event in everything(file) if file.time(event.offset) >= time]
    assert file.after(time) == (expected[0] if expected else file.size())


def test_times_begin_with_the_job_and_never_go_back(tmp_path: Path) -> None:
    file = log(tmp_path, (b"." * 127 + b"\n") * (BLOCK // 64))
    times = [file.time(event.offset) for event in everything(file)]
    assert times[0] == file.start == 1704067200250
    assert times == sorted(times)
    assert times[-1] == file.start + 1


def test_an_unfinished_line_waits_for_its_end(tmp_path: Path) -> None:
    file = log(tmp_path, b"one\ntw", complete=False)
    assert file.end() == 4
    assert [event.data for event in file.forward(0, 10)] == [b"one\n"]
    assert file.forward(4, 10) == []
    assert file.backward(4, 10) == file.forward(0, 10)
    assert log(tmp_path, b"one\ntw").end() == 6


def test_pages_are_bounded(tmp_path: Path) -> None:
    file = log(tmp_path, (b"." * 127 + b"\n") * (LARGEST_PAGE // 64))
    for page in (file.forward(0, 10**6), file.backward(file.end(), 10**6)):
        assert LARGEST_PAGE - 2 * BLOCK <= sum(len(event.data) for event in page) <= LARGEST_PAGE + 2 * BLOCK


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    file = LogFile("job", tmp_path / "none", STARTED, complete=False)
    assert (file.size(), file.end(), file.after(0), file.forward(0, 5), file.backward(0, 5)) == (
        0,
        0,
        0,
        [],
        [],
    )


@pytest.mark.parametrize("data", [b"text\r\n", b"text\n", b"text"])
def test_an_event_has_no_line_end(tmp_path: Path, data: bytes) -> None:
    file = log(tmp_path, b"")
    assert Event(0, 5, data).as_json(file)["message"] == "text"
    assert Event(0, 5, b"\xff\n").as_json(file)["message"] == "\N{REPLACEMENT CHARACTER}"
