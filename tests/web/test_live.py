from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

import pytest

from tunesmith.store.live import Pulse
from tunesmith.web.live import Live, News


class Pulses:
    """A store that has a pulse from a list each time it is asked, and the last one for ever."""

    def __init__(self, *pulses: Pulse) -> None:
        self.left = list(pulses)
        self.asked = 0

    def pulse(self) -> Pulse:
        self.asked += 1
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


class Tab:
    """As much of a page's client as is needed here."""

    is_deleted = False

    def __init__(self) -> None:
        self.leave: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def on_delete(self, leave: Any) -> None:
        self.leave = leave


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("nothing happened")


def follow(*pulses: Pulse, only: str | None = None, looks: int = 5) -> tuple[list[News], int]:
    """What a page is told while the store is looked at some times, and how often it was."""
    told: list[News] = []
    store: Any = Pulses(*pulses)

    async def on_news(news: News) -> None:
        told.append(news)

    async def run() -> None:
        live, tab = Live(store, seconds=0.001), Tab()
        running = asyncio.create_task(live.run())
        await asyncio.sleep(0.02)
        assert store.asked == 0  # nobody follows
        live.follow(tab, on_news, only=only)  # type: ignore[arg-type]
        await until(lambda: store.asked >= looks)
        tab.leave()
        await asyncio.sleep(0.02)
        asked = store.asked
        await asyncio.sleep(0.02)
        assert store.asked == asked  # nobody follows any more
        running.cancel()
        await running

    asyncio.run(run())
    return told, store.asked


def all_of(told: list[News]) -> News:
    """What was told in all: how it was put together depends on the time that it took."""
    found = News()
    for news in told:
        found |= news
    return found


def test_a_page_is_told_what_changed_and_nothing_else() -> None:
    told, _ = follow(Pulse(0, {}), Pulse(1, {"a": 1, "b": 1}), Pulse(1, {"a": 2}), Pulse(1, {"a": 2}))
    assert all_of(told) == News(frozenset({"a", "b"}), has_new=True)
    assert len(told) <= 2


def test_a_page_of_one_job_is_told_of_that_one() -> None:
    told, _ = follow(Pulse(1, {"a": 1, "b": 1}), Pulse(2, {"a": 1, "b": 2}), only="B")
    assert all_of(told) == News(frozenset({"b"}))
    told, _ = follow(Pulse(1, {"a": 1}), Pulse(2, {"a": 2}), only="c")
    assert told == []


def test_a_store_that_fails_once_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Pulses):
        def pulse(self) -> Pulse:
            if self.asked == 0:
                self.asked += 1
                raise OSError
            return super().pulse()

    told: list[News] = []

    async def on_news(news: News) -> None:
        told.append(news)

    async def run() -> None:
        store: Any = Failing(Pulse(1, {"a": 1}))
        live = Live(store, seconds=0.001)
        running = asyncio.create_task(live.run())
        live.follow(Tab(), on_news)  # type: ignore[arg-type]
        await until(lambda: bool(told))
        running.cancel()
        await running

    asyncio.run(run())
    assert told == [News(frozenset({"a"}), has_new=True)]
    assert "cannot see what has changed" in caplog.text
