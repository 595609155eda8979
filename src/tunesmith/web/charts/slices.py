"""One hyperparameter against the objective."""

from __future__ import annotations

from tunesmith.web.charts.base import Options, axis, chart, tip
from tunesmith.web.charts.parallel import colours
from tunesmith.web.charts.room import BARE, value_axis
from tunesmith.web.views.axes import Axis
from tunesmith.web.views.settings_and_values import Lines

_TIP = (
    "(p) => 'Training job ' + p.data[2] + '<br>' + p.marker + NAME + ' ' + (CHOICES ? CHOICES[p.data[0]] : "
    "Number(Number(p.data[0]).toPrecision(6))) + ': <b>' + Number(p.data[1].toPrecision(6)) + '</b>'"
)


def slice_chart(shown: Lines, place: int, typical: tuple[float, float] | None) -> Options:
    """The hyperparameter at a place of the axes against the objective."""
    x = shown.axes[place]
    low, high = typical or (None, None)
    return chart(
        parameter_axis(x),
        value_axis(shown.metric, min=low, max=high),
        [
            {
                "id": "points",
                "type": "scatter",
                "symbolSize": 7,
                "itemStyle": {"opacity": 0.8, "borderColor": "var(--line-strong)", "borderWidth": 0.5},
                "data": slice_points(shown, place),
            }
        ],
        visualMap={**colours(shown, 1), "show": False},
        tooltip=tip(**{":formatter": _said(x)}),
        grid=BARE,
        animation=False,
    )


def slice_points(shown: Lines, place: int) -> list[list[float]]:
    """Training jobs as points: the hyperparameter, the value, and the number."""
    return [[line.places[place], line.value, line.number] for line in shown.lines]


def parameter_axis(x: Axis, **options: object) -> Options:
    """The axis of a hyperparameter."""
    if x.kind == "category":
        return axis(x.name, "category", data=list(x.choices), **options)
    return axis(x.name, x.kind, min=x.low, max=x.high, scale=True, **options)


def _said(x: Axis) -> str:
    choices = list(x.choices) if x.kind == "category" else None
    return _TIP.replace("NAME", repr(_plain(x.name))).replace(
        "CHOICES", repr([_plain(each) for each in choices]) if choices else "null"
    )


def _plain(text: str) -> str:
    """A text that is safe inside of a script and of HTML."""
    return "".join(each for each in text if each.isalnum() or each in " _-.:+/")
