"""What a training job was run with, beside the best one."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tunesmith.web import addresses
from tunesmith.web.panels.panel import card
from tunesmith.web.views import words
from tunesmith.web.views.training_job import Setting, TrainingJobView


class SettingsPanel:
    """The tables as one visitor sees them."""

    def __init__(self) -> None:
        """Make room for them."""
        with card("Configuration"):
            self._settings = ui.html("", sanitize=False)
            self._facts = ui.html("", sanitize=False)

    def show(self, view: TrainingJobView) -> None:
        """Show it as it is now: which one is the best may change."""
        self._settings.set_content(_table(view))
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in view.facts)
        self._facts.set_content(f'<dl class="facts">{rows}</dl>')


def _table(view: TrainingJobView) -> str:
    if not view.settings:
        return '<p class="quiet">It has no hyperparameters.</p>'
    best = ""
    if view.best is not None:
        number, value = view.best.number, words.number(view.best.value)
        best = (
            f'<th scope="col"><a href="{addresses.training_job(view.best.name)}">Best</a>'
            f'<span class="note">training job {number}, {value}</span></th>'
        )
    rows = "".join(_row(each, has_best=view.best is not None) for each in view.settings)
    return (
        f'{_sentence(view)}<div class="scroll" tabindex="0" role="region" aria-label="Hyperparameters">'
        '<table class="beside"><thead><tr><th scope="col">Hyperparameter</th><th scope="col">Value</th>'
        f'{best}<th scope="col">Range</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _sentence(view: TrainingJobView) -> str:
    differing = [each.name for each in view.settings if each.differs]
    if view.is_best:
        text = "This is the best configuration so far."
    elif view.best is None:
        return ""
    elif not differing:
        text = "The best one has the same configuration."
    else:
        text = f"The best one differs in {', '.join(differing)}."
    return f'<p class="quiet">{escape(text)}</p>'


def _row(setting: Setting, *, has_best: bool) -> str:
    tone = ' class="differs"' if setting.differs else ""
    other = ""
    if has_best:
        other = f"<td>{escape(setting.best or words.NONE)}</td>"
    span = escape(setting.span) if setting.span else '<span class="quiet">fixed</span>'
    if setting.place is not None:
        span += (
            f'<span class="place" aria-hidden="true"><span style="left: {setting.place:.1%}"></span></span>'
        )
    return (
        f'<tr><th scope="row">{escape(setting.name)}</th><td{tone}><b>{escape(setting.value)}</b></td>'
        f"{other}<td>{span}</td></tr>"
    )
