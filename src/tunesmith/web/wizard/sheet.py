"""What a person has filled in so far: the draft of the tuning job, and what the steps need beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from tunesmith.web.wizard.draft import BuiltInWork, CommandWork, Draft, Row, ScriptWork
from tunesmith.web.wizard.making import Field

STEPS = ("What to run", "Hyperparameters", "Objective metric", "Search and limits", "Review and start")
"""The steps, in their order."""

LAST = len(STEPS) - 1
"""The step at which everything is looked at again."""

KINDS = {
    "xgboost": "Built-in XGBoost",
    "script": "Python script",
    "command": "Command line",
    "image": "Container image",
}
"""What can be run."""

_STEP_OF = {
    **dict.fromkeys(("work", "channels", "environment", "output", "checkpoints", "isolation"), 0),
    **dict.fromkeys(("parameters", "fixed", "initial"), 1),
    **dict.fromkeys(("metric", "goal", "metrics"), 2),
    "name": LAST,
}
_SEARCH = 3
_OF_THE_WORK = ("work", "parameters", "fixed", "channels", "metric", "goal", "metrics", "trials")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that is known of what a person is setting up. What is not typed yet is empty."""

    draft: Draft = field(default_factory=Draft)
    kind: str = ""  # one of `KINDS`
    step: int = 0
    origin: str = ""  # the tuning job of which this is a clone
    table: str = ""  # the path of the CSV file
    label: int = -1  # the number of its column with the label
    aim: int = 0  # which of the possible aims
    image: str = ""
    log: str = ""  # lines in which to look for metrics
    guess: str = ""  # the seconds that a training job may take
    touched: frozenset[Field] = frozenset()  # fields that were left: their faults are shown
    tried: frozenset[int] = frozenset()  # steps all of whose faults are shown
    shelf: Mapping[str, Draft] = field(default_factory=dict)  # drafts of the kinds that were looked at before

    @property
    def is_blank(self) -> bool:
        """Whether nothing was chosen yet."""
        return not self.kind

    def shows(self, where: Field) -> bool:
        """Whether a person should see what is wrong with a field."""
        return where in self.touched or step_of(where) in self.tried


def step_of(where: Field) -> int:
    """The number of the step at which a field is; what is about no field belongs to the last one."""
    return LAST if not where else _STEP_OF.get(str(where[0]), _SEARCH)


def started_from(draft: Draft, origin: str) -> Sheet:
    """A sheet with everything filled in, for a look at the last step."""
    return Sheet(
        draft=draft,
        kind=_kind(draft),
        step=LAST,
        origin=origin,
        tried=frozenset(range(len(STEPS))),
    )


def turned_to(sheet: Sheet, kind: str, begun: Draft) -> Sheet:
    """Run something of another kind; what was filled in for this one is kept for coming back."""
    shelf = {**sheet.shelf, sheet.kind: sheet.draft} if sheet.kind else dict(sheet.shelf)
    draft = with_work_of(sheet.draft, shelf.pop(kind, begun))
    return replace(sheet, kind=kind, draft=draft, shelf=shelf, touched=frozenset(), tried=frozenset())


def with_work_of(draft: Draft, begun: Draft) -> Draft:
    """A draft that runs and tunes what another one does, and searches as it did."""
    taken: dict[str, Any] = {name: getattr(begun, name) for name in _OF_THE_WORK}
    return replace(draft, **taken)


def value_at(draft: Draft, where: Field) -> Any:
    """The value of a field."""
    value: Any = draft
    for part in where:
        value = value[part] if isinstance(part, int) else getattr(value, part)
    return value


def with_value(draft: Draft, where: Field, value: Any) -> Draft:
    """The draft with another value of a field; a metric that is the objective is renamed in both places."""
    changed: Draft = _with(draft, where, value)
    if where != ("metric",):
        return changed
    if isinstance(draft.work, BuiltInWork):
        return measuring(changed)
    rows = tuple(
        replace(row, name=value) if row.name == draft.metric and draft.metric else row
        for row in draft.metrics
    )
    return replace(changed, metrics=rows)


def measuring(draft: Draft) -> Draft:
    """The draft of the built-in algorithm with the hyperparameter that makes it measure its objective metric."""
    channel, colon, metric = draft.metric.partition(":")
    if not colon or channel not in {"train", "validation"}:
        return draft
    row = Row(name="eval_metric", value=metric, source="what the objective metric needs")
    return replace(draft, fixed=(*(each for each in draft.fixed if each.name != row.name), row))


def with_row(draft: Draft, rows: str, row: object) -> Draft:
    """The draft with another row at the end."""
    more: dict[str, Any] = {rows: (*getattr(draft, rows), row)}
    return replace(draft, **more)


def without_row(draft: Draft, rows: str, index: int) -> Draft:
    """The draft without a row."""
    there = getattr(draft, rows)
    fewer: dict[str, Any] = {rows: (*there[:index], *there[index + 1 :])}
    return replace(draft, **fewer)


def choices_from(text: str) -> tuple[str, ...]:
    """The choices of a text in which commas part them; one with a comma in it stands in double quotes."""
    rows = csv.reader([" ".join(text.splitlines())], skipinitialspace=True)
    return tuple(each.strip() for row in rows for each in row if each.strip())


def choices_text(choices: tuple[str, ...]) -> str:
    """Choices as a person types them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(choices)
    return ", ".join(choices) if '"' not in line.getvalue() else line.getvalue()


def _with(holder: Any, where: Field, value: Any) -> Any:
    if not where:
        return value
    first, rest = where[0], where[1:]
    if isinstance(first, int):
        return (*holder[:first], _with(holder[first], rest, value), *holder[first + 1 :])
    inner = _with(getattr(holder, first), rest, value) if rest else value
    known = {each.name for each in fields(holder)}
    if first not in known:
        msg = f"there is no field {first!r}"
        raise ValueError(msg)
    return replace(holder, **{first: inner})


def _kind(draft: Draft) -> str:
    match draft.work:
        case BuiltInWork():
            return "xgboost"
        case CommandWork():
            return "command"
        case ScriptWork():
            return "script"
