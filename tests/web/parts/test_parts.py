"""Every part in a real browser, on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

GALLERY = Path(__file__).with_name("gallery.py")
_CHART = "[...document.querySelectorAll('.chart')].map((each) => getElement(each.id.slice(1)).chart)[0]"
_POINTS = f"() => {_CHART}.getOption().series[0].data"
_COLOUR = f"() => {_CHART}.getOption().xAxis[0].axisLabel.color"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, undriven: Callable[..., Any]) -> Iterator[Any]:
    with undriven(tmp_path_factory.mktemp("gallery"), GALLERY) as server:
        yield server


def test_parts_do_what_they_say_in_both_themes(
    gallery: Any, visit: Callable[..., Page], accessible: Callable[[Page], None]
) -> None:
    page = visit(gallery, "/ui/gallery", signed_in=False)
    page.wait_for_function(f"() => {_CHART}?.getOption()?.series?.length === 2")
    accessible(page)
    page.get_by_role("button", name="Patch").click()
    expect(page.locator("tr[data-row=bad]")).to_contain_text("patched")
    page.wait_for_function(f"{_POINTS}.length === 4")
    assert page.evaluate(_POINTS) == [[1, 1], [2, 2], [3, 4], [4, 1]]
    page.get_by_role("searchbox").fill("abc")
    expect(page.get_by_text("said abc")).to_be_visible()
    page.get_by_label("Choice").select_option("First")
    expect(page.get_by_text("said a", exact=True)).to_be_visible()
    page.get_by_role("button", name="Link").click()
    expect(page.get_by_text("said link")).to_be_visible()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Text↓")


def test_charts_follow_the_theme_and_keep_what_was_sent(gallery: Any, visit: Callable[..., Page]) -> None:
    page = visit(gallery, "/ui/gallery", signed_in=False)
    page.wait_for_function(f"() => {_CHART}?.getOption()?.series?.length === 2")
    page.get_by_role("button", name="Patch").click()
    page.wait_for_function(f"() => {_CHART}.getOption().series[0].data.length === 4")
    light = page.evaluate(_COLOUR)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"(light) => {_CHART}.getOption().xAxis[0].axisLabel.color !== light", arg=light)
    assert page.evaluate(_POINTS) == [[1, 1], [2, 2], [3, 4], [4, 1]]


def test_keys(gallery: Any, visit: Callable[..., Page]) -> None:
    page = visit(gallery, "/ui/gallery", signed_in=False)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("n?t")  # letters, not keys
    expect(page.get_by_text("said n?t")).to_be_visible()
    page.get_by_role("button", name="Theme: auto").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
