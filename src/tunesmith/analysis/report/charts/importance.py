"""How much each hyperparameter matters, as bars with intervals."""

from __future__ import annotations

from tunesmith.analysis.importance import Importance, Share
from tunesmith.analysis.report.charts import svg
from tunesmith.analysis.report.document import Figure, Table
from tunesmith.analysis.words import percent

_WIDTH, _ROW, _TOP, _BOTTOM, _NAMES = 760, 26, 8, 40, 190
_MOST = 20  # hyperparameters in the picture
_LONGEST = 26  # characters of a name


def importance_bars(importance: Importance, metric: str) -> Figure:
    """Draw the total shares, and within them what each hyperparameter does alone."""
    ranked = importance.ranked
    first, best = ranked[0], importance.over == "best"
    where = " among the best configurations" if best else ""
    alt = (
        f"{first.name} explains {percent(first.total.value)} of the differences in {metric}{where}"
        f"{_second(ranked)}. Lines show the range in which each share lies with a probability of 90 %."
    )
    rows = [
        (
            s.name,
            percent(s.total.value),
            f"{percent(s.total.low)} to {percent(s.total.high)}",
            percent(s.main.value),
        )
        for s in ranked
    ]
    heading = ("Hyperparameter", "Share", "90 % range", "Alone")
    return Figure(
        "Among the best configurations" if best else "Over the whole space",
        alt,
        _picture(ranked[:_MOST], alt),
        Table(
            f"Share of the differences{where} that each hyperparameter explains",
            heading,
            rows,
            frozenset({1, 2, 3}),
        ),
    )


def _second(ranked: tuple[Share, ...]) -> str:
    if len(ranked) < 2:
        return ""
    return f", {ranked[1].name} {percent(ranked[1].total.value)}"


def _picture(shares: tuple[Share, ...], alt: str) -> str:
    bottom = _TOP + _ROW * len(shares)
    x = svg.Scale(0.0, 100.0, _NAMES, _WIDTH - 60)
    parts = [svg.bottom_axis(x, bottom, "share of the differences, %")]
    for i, share in enumerate(shares):
        top = _TOP + i * _ROW
        name = share.name if len(share.name) <= _LONGEST else f"{share.name[: _LONGEST - 1]}…"
        whole, alone = x.at(100.0 * share.total.value), x.at(100.0 * min(share.main.value, share.total.value))
        low, high = x.at(100.0 * share.total.low), x.at(100.0 * share.total.high)
        middle = top + _ROW / 2 - 2
        parts += [
            svg.text(_NAMES - 8, middle + 4, name, "label", "end"),
            svg.box(x.start, top + 3, whole - x.start, _ROW - 10, "bar-light"),
            svg.box(x.start, top + 3, alone - x.start, _ROW - 10, "bar"),
            svg.line([(low, middle), (high, middle)], "whisker"),
            svg.text(max(high, whole) + 6, middle + 4, percent(share.total.value), "tick"),
        ]
    return svg.picture(_WIDTH, bottom + _BOTTOM, alt, parts)
