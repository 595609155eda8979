"""Puts a report into words, tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tunesmith.analysis.algorithms import Share
from tunesmith.analysis.finding import Kind
from tunesmith.analysis.learned import Learned
from tunesmith.analysis.outlook import Outlook
from tunesmith.analysis.report.charts.curves import learning_curves
from tunesmith.analysis.report.charts.effect import effect_line
from tunesmith.analysis.report.charts.importance import importance_bars
from tunesmith.analysis.report.charts.progress import progress
from tunesmith.analysis.report.charts.prospect import prospect
from tunesmith.analysis.report.contents import Report, Row
from tunesmith.analysis.report.document import Block, Document, Findings, Paragraph, Section, Table
from tunesmith.analysis.words import count, figure, setting, settings, span
from tunesmith.core.objective import Goal
from tunesmith.core.space import Categorical, Parameter, Value

_LONGEST = 200  # characters of a reason


def compose(report: Report) -> Document:
    """Make a document of a report."""
    sections = [
        Section("Result", list(_result(report))),
        Section("What was found", [Findings(report.findings)] if report.findings else [_nothing_yet()]),
        Section("Progress", list(_progress(report))),
        *(section for learned in report.learned for section in _influence(report, learned)),
        Section("Algorithms compared", [_algorithms(report)] if report.shares else []),
        Section("Best training jobs", [_top(report.top, report)] if report.top else []),
        Section("How it was set up", list(_setup(report))),
    ]
    return Document(
        title=f"Tuning job {report.name}",
        lead=_lead(report),
        sections=[section for section in sections if section.blocks],
        foot=f"Written by Tunesmith {report.version} on {_moment(report.written_at)}.",
    )


def _lead(report: Report) -> str:
    ended = sum(report.counts.get(state, 0) for state in ("Completed", "Stopped", "Failed"))
    verb = "Maximizes" if report.objective.goal is Goal.MAXIMIZE else "Minimizes"
    return (
        f"{verb} {report.objective.metric}. {_status(report)}, {count(ended, 'training job')} ended"
        f"{_special(report)}; started {_moment(report.created_at)}, {_took(report)}."
    )


def _status(report: Report) -> str:
    status = {"InProgress": "Running", "Stopping": "Stopping"}.get(report.status, report.status)
    return f"{status} ({report.reason})" if report.reason else status


def _special(report: Report) -> str:
    found = [(state, report.counts.get(state, 0)) for state in ("Failed", "Stopped", "Running")]
    return "".join(f", {number:,} {state.lower()}" for state, number in found if number)


def _took(report: Report) -> str:
    if report.ended_at is None:
        return f"running for {span((report.written_at - report.created_at).total_seconds())}"
    return f"took {span((report.ended_at - report.created_at).total_seconds())}"


def _nothing_yet() -> Paragraph:
    return Paragraph("Nothing yet: too few training jobs have ended.")


def _result(report: Report) -> Iterator[Block]:
    best = report.best
    if best is None:
        yield Paragraph(f"No training job has a value of {report.objective.metric} yet.")
        return
    metric = report.objective.metric
    yield Paragraph(
        f"The best {metric} is {figure(best.value or 0.0, 6)}, of training job {best.number}{_gain(report)}."
    )
    sure = [each for each in report.findings if each.kind is Kind.CERTAINTY and len(report.learned) == 1]
    yield from (Paragraph(each.sentence) for each in sure)
    columns = [("Best", best)]
    if report.recommended is not None and report.recommended.number != best.number:
        columns.append(("Recommended, allowing for noise", report.recommended))
    if report.first is not None and report.first.number != best.number:
        columns.append(("First training job", report.first))
    names = list(dict.fromkeys(name for _, row in columns for name in row.config))
    cells = [(name, *(_cell(row.config.get(name)) for _, row in columns)) for name in names]
    if report.shares:
        cells.insert(0, ("algorithm", *(row.algorithm or "" for _, row in columns)))
    values = (metric, *(_number(row.value) for _, row in columns))
    yield Table(
        "Configurations beside each other",
        ("What", *(f"{title} ({row.number})" for title, row in columns)),
        [values, *cells],
        frozenset(range(1, len(columns) + 1)),
    )


def _gain(report: Report) -> str:
    best, first = report.best, report.first
    if (
        best is None
        or first is None
        or best.value is None
        or first.value is None
        or first.number == best.number
    ):
        return ""
    return f", where the first training job had {figure(first.value, 6)}"


def _progress(report: Report) -> Iterator[Block]:
    drawn = progress(report.objective, report.values)
    if drawn is not None:
        yield drawn
    for finding in report.findings:
        if finding.kind is Kind.OUTLOOK and isinstance(finding.facts, Outlook) and len(report.learned) == 1:
            future = prospect(report.objective, finding.facts)
            yield from [] if future is None else [future]
    curves = learning_curves(report.objective, report.curves, report.best.number if report.best else None)
    if curves is not None:
        yield curves


def _influence(report: Report, learned: Learned) -> Iterator[Section]:
    """How much, and in which way, the hyperparameters of an algorithm matter."""
    if learned.importance is None:
        return
    of = "" if learned.algorithm is None else f" of {learned.algorithm}"
    setup = next(setup for setup in report.setups if setup.algorithm == learned.algorithm)
    parameters = {parameter.name: parameter for parameter in setup.parameters}
    yield Section(
        f"Which hyperparameters{of} matter",
        [
            Paragraph(
                "The share of the differences in the metric that each hyperparameter explains: the dark part is what it "
                "does alone, the light part what it does together with others. One that hardly counts over the whole "
                "space may still decide among good configurations."
            ),
            importance_bars(learned.importance, learned.metric),
            *([] if learned.among_best is None else [importance_bars(learned.among_best, learned.metric)]),
        ],
    )
    yield Section(
        f"In which way they act{of}",
        [
            Paragraph(
                "The metric along each hyperparameter, averaged over all others. The truth lies in the band with a "
                "probability of 90 %."
            ),
            *(
                effect_line(effect, parameters[effect.name], replace(report.objective, metric=learned.metric))
                for effect in learned.effects
            ),
        ],
    )


def _algorithms(report: Report) -> Table:
    def row(share: Share) -> tuple[str, ...]:
        values = (share.best, share.best_in_equal_trials, share.best_in_equal_seconds)
        return (share.name, f"{share.trials:,}", *map(_number, values))

    heading = ("Algorithm", "Training jobs", "Best", "Best in equal jobs", "Best in equal time")
    return Table(
        "Algorithms, the best first", heading, [row(s) for s in report.shares], frozenset(range(1, 5))
    )


def _top(rows: Sequence[Row], report: Report) -> Table:
    several = bool(report.shares)
    names = list(dict.fromkeys(name for row in rows for name in row.config))
    heading = [
        "Training job",
        report.objective.metric,
        *(["Algorithm"] if several else []),
        *names,
        "State",
        "Run time",
    ]
    cells = [
        (
            str(row.number),
            _number(row.value),
            *([row.algorithm or ""] if several else []),
            *(_cell(row.config.get(name)) for name in names),
            row.state,
            "" if row.seconds is None else span(row.seconds),
        )
        for row in rows
    ]
    return Table("The best training jobs", heading, cells, frozenset({0, 1}))


def _setup(report: Report) -> Iterator[Block]:
    yield Table("Settings", ("Setting", "Value"), report.settings)
    for setup in report.setups:
        of = "" if setup.algorithm is None else f" of {setup.algorithm}"
        yield Table(
            f"Hyperparameters{of} that were tuned",
            ("Hyperparameter", "Values", "Scale"),
            [(p.name, *_range(p)) for p in setup.parameters],
        )
        yield Paragraph(
            f"Runs{of}: {setup.runs}" + (f"; fixed: {settings(setup.fixed)}" if setup.fixed else "")
        )


def _range(parameter: Parameter) -> tuple[str, str]:
    if isinstance(parameter, Categorical):
        return ", ".join(map(setting, parameter.choices)), "choices"
    return f"{setting(parameter.low)} to {setting(parameter.high)}", parameter.resolved_scale.lower()


def _cell(value: Value | None) -> str:
    return "" if value is None else setting(value)


def _number(value: float | None) -> str:
    return "" if value is None else figure(value, 6)


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
