"""The trials of a tuning job as histories: of each definition in its own space, and of all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tunesmith.control.warm_start import NOTHING_LEARNT, Lessons
from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Space
from tunesmith.core.trial import Trial
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord

DEFINITION = "definition"
"""What varies among the trials of all definitions together."""


@dataclass(frozen=True)
class Histories:
    """What has happened in a tuning job. It is a value, as a `History` is."""

    whole: History  # all trials; where there are definitions, a trial's configuration says of which it is
    parts: Mapping[str, History] = field(default_factory=dict)  # the trials of each definition

    @classmethod
    def before(cls, job: TuningJob, lessons: Lessons = NOTHING_LEARNT) -> Histories:
        """The histories of a tuning job of which no trial has ended yet, but for what it learns from others."""
        if not job.definitions:
            return cls(History.of(job.space, (), lessons.prior, lessons.known))
        names = tuple(definition.name for definition in job.definitions)
        parts = {definition.name: History(definition.space) for definition in job.definitions}
        return cls(History(Space([Categorical(DEFINITION, names)])), parts)

    def add(self, record: TrialRecord, reports: Sequence[float]) -> Histories:
        """The same and one more finished trial; `reports` are its losses."""
        whole = self.whole.add(_in_whole(record, reports))
        if record.definition is None:
            return replace(self, whole=whole)
        part = self.parts[record.definition].add(_trial(record, reports))
        return Histories(whole, {**self.parts, record.definition: part})

    def with_open(self, trials: Iterable[tuple[TrialRecord, Sequence[float]]]) -> Histories:
        """The same with these trials, and their reports, as the open ones."""
        trials = list(trials)
        return Histories(
            self.whole.with_open(_in_whole(record, reports) for record, reports in trials),
            {
                name: part.with_open(_trial(*each) for each in trials if each[0].definition == name)
                for name, part in self.parts.items()
            },
        )


def _trial(record: TrialRecord, reports: Sequence[float]) -> Trial:
    return Trial(record.number, record.config, record.state, tuple(reports))


def _in_whole(record: TrialRecord, reports: Sequence[float]) -> Trial:
    trial = _trial(record, reports)
    return trial if record.definition is None else replace(trial, config={DEFINITION: record.definition})
