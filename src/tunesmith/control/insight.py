"""What a stored tuning job teaches: gathers from the store what `analysis` needs, and writes the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from tunesmith.analysis.algorithms import algorithms
from tunesmith.analysis.certainty import Certainty
from tunesmith.analysis.early_stopping import Saved, early_stopping
from tunesmith.analysis.finding import Finding, Kind, by_severity
from tunesmith.analysis.learned import Asked, Learned, learn
from tunesmith.analysis.report.contents import CURVES, TOP, Curve, Report, Row, Setup
from tunesmith.analysis.report.write import Format, write
from tunesmith.analysis.why import why
from tunesmith.analysis.words import count, setting, span
from tunesmith.control.comparison import compare
from tunesmith.control.recommendation import with_last_value
from tunesmith.control.savings import is_early, savings
from tunesmith.control.work_in_words import what_runs
from tunesmith.core.history import History
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import TuningJob
from tunesmith.store.records import TrialRecord, TuningJobRecord
from tunesmith.store.store import Store
from tunesmith.version import __version__

Reported: TypeAlias = Callable[[TrialRecord], Sequence[float]]

_MOST_POINTS = 1000  # of a learning curve


def report(store: Store, name: str, form: Format, now: datetime) -> tuple[bytes, str]:
    """The report on a tuning job as a file, and its media type. Raises NotFound."""
    return write(insight(store, name, now), form).encode(), form.media_type


def insight(store: Store, name: str, now: datetime) -> Report:
    """All that can be said of a stored tuning job at this time, whether it has ended or not. Raises NotFound."""
    record = store.tuning_job(name)

    def reported(trial: TrialRecord) -> Sequence[float]:
        metric = record.job.parts[trial.definition].objective.metric
        return [point.value for point in store.metric_points(name, trial.number, metric)]

    return insight_of(record, store.trials(name), reported, now)


def insight_of(
    record: TuningJobRecord, trials: Sequence[TrialRecord], reported: Reported, now: datetime
) -> Report:
    """All that can be said of a tuning job; `reported` gives what a trial reported of the objective, in order."""
    job = record.job
    ended = sorted((trial for trial in trials if trial.rank is not None), key=lambda trial: trial.rank or 0)
    ranked = sorted(
        filter(_has_value, ended), key=lambda t: (job.objective.loss(t.value or 0.0), t.rank or 0)
    )
    learned = tuple(_learned(record, trials))
    findings = [*_of_whole(job, ended), *(finding for each in learned for finding in each.findings)]
    best = ranked[0] if ranked else None
    return Report(
        name=job.name,
        status=record.status.value,
        reason=record.reason,
        objective=job.objective,
        settings=tuple(_settings(job)),
        setups=tuple(_setups(job)),
        created_at=job.created_at,
        ended_at=record.ended_at,
        written_at=now,
        version=__version__,
        counts={state.value: number for state, number in Counter(trial.state for trial in trials).items()},
        best=None if best is None else _row(best),
        first=next((_row(trial) for trial in trials if trial.number == 1), None),
        recommended=_recommended(learned, best, trials),
        values=tuple(trial.value if _has_value(trial) else None for trial in ended),
        learned=learned,
        findings=tuple(by_severity(findings)),
        shares=tuple(compare(job, trials)),
        top=tuple(map(_row, ranked[:TOP])),
        curves=tuple(_curve(trial, reported(trial)) for trial in _to_draw(ranked, ended)),
    )


def _has_value(trial: TrialRecord) -> bool:
    return trial.value is not None and trial.state.is_usable


def _row(trial: TrialRecord) -> Row:
    return Row(
        number=trial.number,
        name=trial.name,
        state=trial.state.value,
        value=trial.value if _has_value(trial) else None,
        config=trial.config,
        algorithm=trial.definition,
        seconds=trial.run_seconds if trial.ended_at is not None else None,
        reason=trial.reason,
    )


def _learned(record: TuningJobRecord, trials: Sequence[TrialRecord]) -> Iterator[Learned]:
    """What is to learn of each algorithm."""
    limit = record.job.limits.trials
    left = None if limit is None else max(0, limit - len(trials))
    for name, part in record.job.parts.items():
        own = [trial for trial in trials if trial.definition == name]
        yield learn(
            part,
            history_of(part, own),
            algorithm=name,
            reasons=[t.reason for t in own if t.state is TrialState.FAILED and t.reason],
            asked=_asked(part, own),
            ended=record.status.is_final,
            left=left or None,
        )


def history_of(job: TuningJob, trials: Sequence[TrialRecord], at: datetime | None = None) -> History:
    """The history now, or as it was at an earlier time; each trial with its last value alone."""
    there = [trial for trial in trials if at is None or trial.created_at < at]
    final = [t for t in there if t.rank is not None and (at is None or (t.ended_at or t.created_at) <= at)]
    numbers = {trial.number for trial in final}
    final.sort(key=lambda trial: trial.rank or 0)
    history = History.of(job.space, (with_last_value(job, trial) for trial in final))
    return history.with_open(Trial(t.number, t.config) for t in there if t.number not in numbers)


def why_suggested(job: TuningJob, trials: Sequence[TrialRecord], number: int) -> Finding:
    """Say why a trial was suggested, by what was known then; `trials` are those to judge by, and itself."""
    one = next(trial for trial in trials if trial.number == number)
    own = [trial for trial in trials if trial.definition == one.definition and trial.number < number]
    part = job.parts[one.definition]
    return why(part, history_of(part, own, one.created_at), number, one.config)


def _asked(job: TuningJob, trials: Sequence[TrialRecord]) -> Asked | None:
    if not trials:
        return None
    last = max(trials, key=lambda trial: trial.number)
    others = [trial for trial in trials if trial.number != last.number]
    return Asked(number=last.number, config=last.config, before=history_of(job, others, last.created_at))


def _of_whole(job: TuningJob, ended: Sequence[TrialRecord]) -> Iterator[Finding]:
    """The findings that are not of one algorithm."""
    yield from algorithms(job.objective, compare(job, ended))
    saved = savings(ended, {})
    if saved is not None:
        yield from early_stopping(
            Saved(
                stopped=saved.stopped,
                ended=len(ended),
                spent_seconds=sum(trial.run_seconds for trial in ended),
                saved_seconds=saved.seconds,
            )
        )


def _recommended(
    learned: Sequence[Learned], best: TrialRecord | None, trials: Sequence[TrialRecord]
) -> Row | None:
    """The training job to use, of the algorithm that has the best value."""
    own = [each for each in learned if best is not None and each.algorithm == best.definition]
    found = next((f.facts for each in own for f in each.findings if f.kind is Kind.CERTAINTY), None)
    if not isinstance(found, Certainty):
        return None
    return next(_row(trial) for trial in trials if trial.number == found.number)


def _to_draw(ranked: Sequence[TrialRecord], ended: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trials whose curves are drawn: the best, some that were given up, and the latest."""
    third = CURVES // 3
    chosen = [*ranked[:third], *[trial for trial in ended if is_early(trial)][-third:], *ended[-third:]]
    return list({trial.number: trial for trial in chosen}.values())


def _curve(trial: TrialRecord, values: Sequence[float]) -> Curve:
    return Curve(
        number=trial.number,
        values=tuple(values[:: 1 + len(values) // _MOST_POINTS]),
        stopped=is_early(trial),
    )


def _settings(job: TuningJob) -> Iterator[tuple[str, str]]:
    limits = job.limits
    yield "Strategy", f"{job.strategy}, seed {job.seed}"
    if limits.trials is not None:
        yield "Limit", count(limits.trials, "training job")
    if limits.seconds is not None:
        yield "Limit of time", span(limits.seconds)
    yield "At a time", count(limits.parallel, "training job")
    yield "Early stopping", job.stopping or "none"
    if job.completion.target is not None:
        yield "Target", setting(job.completion.target)
    if job.parents:
        yield "Learns from", ", ".join(job.parents)
    yield (
        "Slots of each training job",
        f"{count(job.resources.cpus, 'CPU')}, {count(job.resources.gpus, 'GPU')}",
    )


def _setups(job: TuningJob) -> Iterator[Setup]:
    for name, part in job.parts.items():
        yield Setup(
            algorithm=name,
            runs=what_runs(part.work),
            parameters=part.space.parameters,
            fixed=part.hyperparameters,
        )
