"""The page of a training job, of a tuning job or by itself."""

from __future__ import annotations

from dataclasses import dataclass

from anyio import to_thread
from nicegui import ui

from tunesmith.core.trial import TrialState
from tunesmith.web import addresses, downloads, layout, missing
from tunesmith.web.live import News
from tunesmith.web.panels.panel import card
from tunesmith.web.panels.training_job.files import FilesPanel
from tunesmith.web.panels.training_job.head import Head
from tunesmith.web.panels.training_job.history import HistoryPanel
from tunesmith.web.panels.training_job.metrics import MetricsPanel
from tunesmith.web.panels.training_job.settings import SettingsPanel
from tunesmith.web.parts.log import Log
from tunesmith.web.site import Site
from tunesmith.web.views.job_files import Found, JobFiles, checkpoint_place, last_lines
from tunesmith.web.views.training_job import TrainingJobView, training_job_view

_TAIL = 12  # lines of the log of a failed one
_LOOK_SECONDS = 1.0  # for new output, of which the store does not tell


def add(site: Site) -> None:
    """Register the page, and what it has to download."""
    downloads.add(site)

    @ui.page("/training-jobs/{name}", response_timeout=layout.PATIENCE)
    @missing.told
    async def training_job(name: str) -> None:
        page = _Page(site, name)
        record = await to_thread.run_sync(site.service.store.training_job, name)
        site.live.follow(ui.context.client, page.news, only=record.tuning.job.name)
        seen = await to_thread.run_sync(page.read)
        with layout.page(seen.view.trial.name, here="jobs"):
            page.build(seen)
        ui.timer(0.01, page.load, once=True)


@dataclass(frozen=True)
class _Seen:
    """What was read at one time."""

    view: TrainingJobView
    tail: list[str]
    artifacts: list[Found]
    checkpoints: list[Found]
    log_size: int


class _Page:
    """What one visitor sees. News that come before everything is there are taken up when it is."""

    def __init__(self, site: Site, name: str) -> None:
        self._site, self._name = site, name
        self._is_there = False
        self._log_size = -1

    def read(self) -> _Seen:
        view = training_job_view(self._site.service.store, self._name)
        files = JobFiles(self._site.data, self._site.places, view.record)
        log = files.log()
        failed = view.trial.state is TrialState.FAILED
        return _Seen(
            view,
            last_lines(log, _TAIL) if failed else [],
            files.artifacts(),
            files.checkpoints(),
            0 if log is None else log.size(),
        )

    def build(self, seen: _Seen) -> None:
        self._view = seen.view
        name = seen.view.trial.name
        self._head = Head(self._site, seen.view)
        self._metrics = MetricsPanel(self._site, seen.view)
        with ui.element("div").classes("grid"):
            self._settings = SettingsPanel()
            with ui.element("div").classes("stack"):
                self._history = HistoryPanel()
                self._files = FilesPanel(name)
        with card("Log", wide=True):
            self._log = Log(
                f"Log of {name}", addresses.training_job(name), grows=not seen.view.trial.state.is_final
            )
        self._show(seen)
        if not seen.view.trial.state.is_final:
            self._timer = ui.timer(_LOOK_SECONDS, self._look)

    async def load(self) -> None:
        """Fill the charts, once the browser is connected."""
        await self._metrics.load()
        self._is_there = True

    async def news(self, _: News) -> None:
        """Show what has changed."""
        if not self._is_there:
            return
        seen = await to_thread.run_sync(self.read)
        await self._metrics.news()
        had_ended = self._view.trial.state.is_final
        self._view = seen.view
        self._show(seen)
        if seen.view.trial.state.is_final and not had_ended:
            self._timer.deactivate()
            self._log.grow(to_the_end=True)

    def _show(self, seen: _Seen) -> None:
        view = seen.view
        self._head.show(view, seen.tail)
        self._settings.show(view)
        self._history.show(view)
        self._files.show(
            seen.artifacts,
            seen.checkpoints,
            checkpoint_place(view.record),
            has_ended=view.trial.state.is_final,
        )

    async def _look(self) -> None:
        size = await to_thread.run_sync(self._size_of_log)
        if size != self._log_size:
            self._log_size = size
            self._log.grow(to_the_end=False)
        self._head.show(self._view, ())

    def _size_of_log(self) -> int:
        log = JobFiles(self._site.data, self._site.places, self._view.record).log()
        return 0 if log is None else log.size()
