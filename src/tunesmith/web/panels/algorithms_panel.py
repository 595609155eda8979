"""Several algorithms compared at equal spend."""

from __future__ import annotations

from html import escape

from anyio import to_thread
from nicegui import ui

from tunesmith.analysis.finding import Kind
from tunesmith.web.charts.algorithms import algorithms_chart
from tunesmith.web.panels.panel import Shown, card, say, text
from tunesmith.web.parts import fields
from tunesmith.web.parts.chart import Chart
from tunesmith.web.views import words
from tunesmith.web.views.algorithms import algorithm_courses
from tunesmith.web.views.lessons import Known


class AlgorithmsPanel:
    """Lines of the best values, and a table."""

    def __init__(self, shown: Shown) -> None:
        """Make room for them."""
        self._shown = shown
        self._along = "jobs"
        with card("Algorithms compared", wide=True) as tools:
            with tools:
                options = {"jobs": "By training jobs", "seconds": "By training time"}
                fields.choice("Equal spend", options, self._along, self._turn)
            self._sentence = text("Looking at the results …")
            self._chart = Chart("The best value of each algorithm by what it has used", {}, "300px")
            self._table = ui.html("", sanitize=False)

    async def load(self) -> None:
        """Draw the lines."""
        courses = await to_thread.run_sync(algorithm_courses, self._shown.board)
        metric = self._shown.board.job.objective.metric
        self._chart.merge(algorithms_chart(courses, metric, seconds=self._along == "seconds"))

    async def news(self) -> None:
        """The same again: it is small."""
        await self.load()

    async def learn(self, known: Known) -> None:
        """Say which one leads."""
        found = [each for each in known.lesson.findings if each.kind is Kind.ALGORITHMS]
        told = " ".join(filter(None, (found[0].sentence, found[0].advice))) if found else ""
        say(self._sentence, told or "Nothing to compare yet: fewer than two algorithms have a value.")
        rows = "".join(
            f'<tr><th scope="row">{escape(each.name)}</th><td>{each.trials:,}</td><td>{words.number(each.best)}</td>'
            f"<td>{words.number(each.best_in_equal_trials)}</td><td>{words.number(each.best_in_equal_seconds)}</td></tr>"
            for each in known.lesson.algorithms
        )
        self._table.set_content(
            "<table class='beside'><thead><tr><td></td><th>Training jobs</th><th>Best</th><th>Best in equal jobs</th>"
            f"<th>Best in equal time</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    async def _turn(self, along: str) -> None:
        self._along = along
        await self.load()
