"""A sheet judged: the tuning job that it makes, what is wrong with it, and what is hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from tunesmith.control.check import check
from tunesmith.core.training_job import Resources
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store
from tunesmith.web.wizard.draft import BuiltInWork, Draft
from tunesmith.web.wizard.making import FieldFault, job_of
from tunesmith.web.wizard.sanity import Doubt, doubts
from tunesmith.web.wizard.sheet import Sheet, step_of

_FIELDS_OF = {"space": "parameters", "resource": "most_reports", "price": "cpu_hour", "limits": "trials"}


@dataclass(frozen=True)
class Judged:
    """What has become of a sheet."""

    job: TuningJob | None = None
    faults: tuple[FieldFault, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def faults_at(self, step: int) -> list[FieldFault]:
        """What is wrong at a step."""
        return [fault for fault in self.faults if step_of(fault.field) == step]

    def doubts_at(self, step: int) -> list[Doubt]:
        """What is hardly meant at a step."""
        return [doubt for doubt in self.doubts if step_of(doubt.field) == step]


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges sheets for one server."""

    store: Store
    machine: Resources
    folder: Path  # where relative paths start
    isolation: Literal["none", "bubblewrap"] = "none"  # what the operator demands

    def judge(self, sheet: Sheet, now: datetime) -> Judged:
        """Judge a sheet; reads the store and looks whether files are there."""
        if sheet.is_blank:
            return Judged(faults=(FieldFault(("work",), "choose what to run"),))
        draft = sheet.draft
        if self.isolation != "none":
            draft = replace(draft, isolation=self.isolation)
        made = job_of(draft, created_at=now, cpus=self.machine.cpus, folder=self.folder)
        found = (fault if fault.field else _located(fault.message) for fault in made.faults)
        faults = (*self._taken_name(draft.name.strip()), *_missing_data(draft), *found)
        if made.job is None or faults:
            return Judged(faults=faults)
        try:
            check(self.store, made.job)
        except ValueError as error:
            return Judged(faults=(_located(str(error)),))
        return Judged(made.job, doubts=tuple(doubts(made.job, self.machine)))

    def _taken_name(self, name: str) -> Iterator[FieldFault]:
        if name and _is_taken(self.store, name):
            yield FieldFault(("name",), f"a tuning job named {name} exists already; choose another name")


def _is_taken(store: Store, name: str) -> bool:
    try:
        store.tuning_job(name)
    except NotFound:
        return False
    return True


def _missing_data(draft: Draft) -> Iterator[FieldFault]:
    if isinstance(draft.work, BuiltInWork) and "train" not in {row.name for row in draft.channels}:
        yield FieldFault(("channels",), "there is no data; upload a CSV file, or add a channel named train")


def _located(message: str) -> FieldFault:
    """A refusal beside the field whose name it begins with."""
    subject, colon, rest = message.partition(": ")
    name = _FIELDS_OF.get(subject, subject)
    if colon and name in {each.name for each in fields(Draft)}:
        return FieldFault((name,), rest)
    return FieldFault((), message)
