"""A chart by ECharts that follows the theme, and takes what is new without being sent the rest again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui


class Chart(ui.echart, component="chart.js"):
    """An ECharts chart.

    Colours in its options may be names of the style sheet, such as `var(--series-1)`: the browser puts in what they
    are in its theme, again when the theme changes. A key that begins with a colon holds JavaScript, such as
    `":formatter"`. Big series do not belong into the options of the start but into `merge`, after the page is there.
    """

    def __init__(self, label: str, options: dict[str, Any], height: str = "320px") -> None:
        """Show a chart; `label` says what it shows to those who do not see it."""
        super().__init__(options)
        self.props["label"] = label
        self.style(f"height: {height}").classes("chart")

    def merge(self, options: dict[str, Any]) -> None:
        """Send options that are put on top of those shown, as ECharts merges them: series by their ids."""
        self.run_method("merge", options)

    def select(self, axis: str, intervals: Sequence[Sequence[float]]) -> None:
        """Choose these intervals on an axis of parallel coordinates, by its id; none: let go."""
        self.run_method("select", axis, [list(each) for each in intervals])

    def extend(self, series: str, points: list[Any]) -> None:
        """Send points that are put at the end of the series with an id."""
        self.run_method("extend", series, points)
