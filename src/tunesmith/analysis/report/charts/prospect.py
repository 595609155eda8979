"""The best value that more training jobs would bring, with its band."""

from __future__ import annotations

from tunesmith.analysis.outlook import Outlook
from tunesmith.analysis.report.charts import svg
from tunesmith.analysis.report.document import Figure, Table
from tunesmith.analysis.words import count, figure
from tunesmith.core.objective import Goal, Objective

_WIDTH, _HEIGHT, _BOTTOM, _TOP = 760, 230, 40, 24
_ROWS = (1, 2, 5, 10, 20)


def prospect(objective: Objective, outlook: Outlook) -> Figure | None:
    """Draw the expected best value after each number of further training jobs; None if there can be none."""
    if not outlook.steps:
        return None
    sign = 1.0 if objective.goal is Goal.MAXIMIZE else -1.0
    nothing = (outlook.best,) * 3
    ends = [
        nothing,
        *(
            (outlook.best + sign * g.low, outlook.best + sign * g.value, outlook.best + sign * g.high)
            for g in outlook.improvement
        ),
    ]
    alt = (
        f"The best {objective.metric} is {figure(outlook.best)} now and would be about {figure(ends[-1][1])} after "
        f"{count(outlook.steps, 'more training job')}, with a probability of 90 % between {figure(ends[-1][0])} and "
        f"{figure(ends[-1][2])}."
    )
    low, high = svg.padded([value for each in ends for value in each])
    y = svg.Scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    x = svg.Scale(0, outlook.steps, svg.LEFT + 8, _WIDTH - 12)
    near = [(x.at(i), y.at(each[0])) for i, each in enumerate(ends)]
    far = [(x.at(i), y.at(each[2])) for i, each in enumerate(ends)]
    parts = [
        svg.left_axis(y, _WIDTH - 12, f"best {objective.metric}"),
        svg.bottom_axis(x, _HEIGHT - _BOTTOM, "more training jobs"),
        svg.area([*near, *reversed(far)], "band"),
        svg.line([(x.at(i), y.at(each[1])) for i, each in enumerate(ends)], "line"),
    ]
    rows = [
        (
            str(k),
            figure(ends[k][1]),
            f"{figure(min(ends[k][0], ends[k][2]))} to {figure(max(ends[k][0], ends[k][2]))}",
        )
        for k in _ROWS
        if k <= outlook.steps
    ]
    heading = ("More training jobs", f"Best {objective.metric}", "90 % range")
    table = Table("What more training jobs would bring", heading, rows, frozenset({0, 1, 2}))
    return Figure("What more would bring", alt, svg.picture(_WIDTH, _HEIGHT, alt, parts), table)
