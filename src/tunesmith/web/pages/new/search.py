"""The fourth step: how to search, and when to end."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from tunesmith.core.space import Space
from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.warm_start import WarmStartPart
from tunesmith.web.parts.cards import Card, Cards
from tunesmith.web.views import words
from tunesmith.web.wizard.choices import needs_reports, stopping_rules_for, strategies_for
from tunesmith.web.wizard.spans import seconds_text, span_text


class SearchStep:
    """The step as one visitor sees it."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build the step."""
        self._strategy()
        with ui.element("fieldset"):
            ui.html("Limits", tag="legend")
            with ui.element("div").classes("pair"):
                self._limits()
        with ui.element("fieldset"):
            ui.html("Early stopping", tag="legend")
            self._stopping()
        self._more("Completion: end before the limits", self._completion, opened=self._has_completion)
        self._more("Budget in money", self._budget, opened=bool(self._editor.draft.budget))
        parents = WarmStartPart(self._editor)
        with ui.element("details") as box:
            if self._editor.draft.parents:
                box.props("open")
            ui.html("Warm start: learn from earlier tuning jobs", tag="summary")
            await parents.show()
        self._more("Resources and limits of a training job", self._resources, opened=False)

    @property
    def _has_completion(self) -> bool:
        draft = self._editor.draft
        return bool(draft.target or draft.not_improving or draft.converged)

    def _strategy(self) -> None:
        job = self._editor.judged.job
        space: Space | None = None if job is None else job.space
        cards = [
            Card(each.name, each.name, each.sentence, each.obstacle or "") for each in strategies_for(space)
        ]
        Cards("strategy", "Strategy", cards, self._editor.draft.strategy, self._choose)

    async def _choose(self, name: str) -> None:
        draft = self._editor.draft
        changed = needs_reports(name) != needs_reports(draft.strategy)
        self._editor.fill(("strategy",), name)
        if needs_reports(name):
            self._editor.fill(("stopping",), "")
        elif changed:
            for field in ("most_reports", "least_reports"):
                self._editor.fill((field,), "")
            self._editor.fill(("pause",), value=False)
        if changed:
            await self._editor.show_step()
            self._editor.focus_id(f"strategy-{name}")

    def _limits(self) -> None:
        ask = self._editor.ask
        ask(
            ("trials",),
            "Maximum training jobs",
            form="number",
            hint="In all. About ten for each tuned hyperparameter is a good start.",
        )
        ask(
            ("parallel",),
            "Maximum parallel training jobs",
            form="number",
            hint=f"At a time; this machine has {self._machine}.",
        )
        ask(
            ("seconds",),
            "Maximum time",
            read=seconds_text,
            written=span_text,
            example="such as 90 min or 2 h",
            hint="Of the whole tuning job. Empty: as long as it takes.",
        )

    @property
    def _machine(self) -> str:
        site = self._editor.site
        return words.count(site.cpus, "CPU") + (f" and {words.count(site.gpus, 'GPU')}" if site.gpus else "")

    def _stopping(self) -> None:
        draft, ask = self._editor.draft, self._editor.ask
        if needs_reports(draft.strategy):
            ui.html(
                f"{draft.strategy} hands out reports of the objective metric, one an epoch for example, and gives up "
                "training jobs that fall behind.",
                tag="p",
            ).classes("quiet")
            with ui.element("div").classes("pair"):
                ask(("most_reports",), "Most reports of a training job", form="number", example="such as 27")
                ask(("least_reports",), "Fewest reports before one is given up", form="number", example="1")
            ask(
                ("pause",),
                "Pause those that fall behind instead of stopping them; they need checkpoints to go on",
                form="check",
                read=lambda text: text == "true",
            )
            return
        rules = stopping_rules_for(draft.strategy)
        cards = [
            Card("", "Off", "every training job runs to its end"),
            *(Card(rule.name, rule.name.capitalize(), rule.sentence, rule.obstacle or "") for rule in rules),
        ]

        def choose(name: str) -> None:
            self._editor.fill(("stopping",), name)

        Cards("stopping", "Early stopping type", cards, draft.stopping, choose, quiet=True)
        ui.html(
            "Stops hopeless training jobs before their end. They must report the objective metric several times.",
            tag="p",
        ).classes("note")

    def _completion(self) -> None:
        ask = self._editor.ask
        metric = self._editor.draft.metric or "the objective metric"
        with ui.element("div").classes("pair"):
            ask(("target",), "Target value", form="number", hint=f"End as soon as {metric} is this good.")
            ask(
                ("not_improving",),
                "Training jobs without improvement",
                form="number",
                hint="End after so many that improve the best by no more than 1 %.",
            )
        ask(
            ("converged",),
            "End when a further improvement has become unlikely",
            form="check",
            read=lambda text: text == "true",
        )

    def _budget(self) -> None:
        ask = self._editor.ask
        price = self._editor.site.settings.price
        with ui.element("div").classes("pair"):
            ask(
                ("budget",),
                "Budget",
                form="number",
                hint="For all training jobs together. It needs a price.",
            )
            ask(("currency",), "Currency", example=price.currency if price else "EUR")
            ask(("cpu_hour",), "Price of a CPU for an hour", form="number", example="0.05")
            ask(("gpu_hour",), "Price of a GPU for an hour", form="number", example="0")

    def _resources(self) -> None:
        ask = self._editor.ask
        with ui.element("div").classes("pair"):
            ask(("cpus",), "CPUs", form="number", hint="Of each training job. Empty: shared evenly.")
            ask(("gpus",), "GPUs", form="number", hint="Of each training job.")
            ask(
                ("job_seconds",),
                "Maximum run time",
                read=seconds_text,
                written=span_text,
                example="such as 30 min",
                hint="Of a training job; it is stopped then.",
            )
            ask(("retries",), "Retries", form="number", hint="Of a training job that fails.", example="0")
            ask(
                ("grace_seconds",),
                "Time to end after a stop",
                read=seconds_text,
                written=span_text,
                hint="Then it is killed.",
            )
            ask(
                ("seed",),
                "Seed",
                form="number",
                hint="The same seed and results give the same search. Empty: one is drawn.",
            )

    def _more(self, title: str, build: Callable[[], None], *, opened: bool) -> None:
        with ui.element("details") as box:
            if opened:
                box.props("open")
            ui.html(title, tag="summary")
            with ui.element("div").classes("form"):
                build()
