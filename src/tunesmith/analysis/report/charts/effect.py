"""The metric along one hyperparameter, averaged over all others, with its band."""

from __future__ import annotations

from tunesmith.analysis.effects import Effect
from tunesmith.analysis.report.charts import svg
from tunesmith.analysis.report.document import Figure, Table
from tunesmith.analysis.words import figure, setting
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Parameter, Value

_WIDTH, _HEIGHT, _BOTTOM, _TOP = 370, 230, 40, 24
_ROWS = 9  # places along the range in the table
_LONGEST = 10  # characters of a choice below the axis


def effect_line(effect: Effect, parameter: Parameter, objective: Objective) -> Figure:
    """Draw an effect: a line with its band, or for choices dots with their intervals."""
    best = min(range(len(effect.xs)), key=lambda i: objective.loss(effect.mean[i]))
    lowest = "highest" if objective.goal is Goal.MAXIMIZE else "lowest"
    alt = (
        f"On average over the other hyperparameters, {objective.metric} is {lowest} with {effect.name} at about "
        f"{setting(_short(effect.xs[best]))}: {figure(effect.mean[best])}; it ranges from {figure(min(effect.mean))} to "
        f"{figure(max(effect.mean))}."
    )
    draw = _choices if isinstance(parameter, Categorical) else _line
    every = max(1, (len(effect.xs) - 1) // (_ROWS - 1)) if not isinstance(parameter, Categorical) else 1
    rows = [
        (setting(_short(x)), figure(mean), f"{figure(low)} to {figure(high)}")
        for x, mean, low, high in list(zip(effect.xs, effect.mean, effect.low, effect.high, strict=True))[
            ::every
        ]
    ]
    heading = (effect.name, objective.metric, "90 % range")
    table = Table(f"{objective.metric} along {effect.name}", heading, rows, frozenset({0, 1, 2}))
    return Figure(effect.name, alt, draw(effect, parameter, objective, alt), table, narrow=True)


def _short(value: Value) -> Value:
    """A float in as many digits as a curve can be read to."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _frame(effect: Effect, objective: Objective) -> tuple[svg.Scale, list[str]]:
    low, high = svg.padded([*effect.low, *effect.high])
    y = svg.Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    return y, [svg.left_axis(y, _WIDTH - 10, objective.metric)]


def _line(effect: Effect, parameter: Parameter, objective: Objective, alt: str) -> str:
    xs = [float(x) for x in effect.xs]
    log = not isinstance(parameter, Categorical) and parameter.resolved_scale == "Logarithmic"
    x = svg.Scale(xs[0], xs[-1], svg.LEFT + 6, _WIDTH - 16, log=log)
    y, parts = _frame(effect, objective)
    upper = [(x.at(v), y.at(h)) for v, h in zip(xs, effect.high, strict=True)]
    lower = [(x.at(v), y.at(w)) for v, w in zip(xs, effect.low, strict=True)]
    middle = [(x.at(v), y.at(m)) for v, m in zip(xs, effect.mean, strict=True)]
    parts += [
        svg.bottom_axis(x, _HEIGHT - _BOTTOM, effect.name),
        svg.area([*upper, *reversed(lower)], "band"),
        svg.line(middle, "line"),
    ]
    return svg.picture(_WIDTH, _HEIGHT, alt, parts)


def _choices(effect: Effect, parameter: Parameter, objective: Objective, alt: str) -> str:
    del parameter
    y, parts = _frame(effect, objective)
    x = svg.Scale(-0.5, len(effect.xs) - 0.5, svg.LEFT + 6, _WIDTH - 16)
    base = _HEIGHT - _BOTTOM
    parts += [
        svg.line([(x.start, base), (x.end, base)], "axis"),
        svg.text(x.end, base + 32, effect.name, "axis-title", "end"),
    ]
    for i, choice in enumerate(effect.xs):
        name = setting(choice)
        parts += [
            svg.line([(x.at(i), y.at(effect.low[i])), (x.at(i), y.at(effect.high[i]))], "whisker"),
            svg.dots([(x.at(i), y.at(effect.mean[i]))], "mark", 4.0),
            svg.text(
                x.at(i), base + 16, name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…", "tick", "middle"
            ),
        ]
    return svg.picture(_WIDTH, _HEIGHT, alt, parts)
