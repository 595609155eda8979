from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from tunesmith.analysis.report.compose import compose
from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.document import Document, Figure, Paragraph, Table

Changed = Callable[..., Report]


def titles(document: Document) -> list[str]:
    return [section.title for section in document.sections]


def test_it_has_a_section_for_everything(report: Report) -> None:
    document = compose(report)
    assert titles(document) == [
        "Result",
        "What was found",
        "Progress",
        "Which hyperparameters matter",
        "In which way they act",
        "Best training jobs",
        "How it was set up",
    ]
    assert document.lead == (
        "Maximizes accuracy. Running, 4 training jobs ended, 1 failed, 2 running; started 2026-01-01 00:00 UTC, "
        "running for 2 h 0 min."
    )
    assert document.foot == "Written by Tunesmith 1.2.3 on 2026-01-01 02:00 UTC."


def test_the_best_stands_beside_the_recommended_and_the_first(report: Report) -> None:
    paragraph, table = compose(report).sections[0].blocks
    assert paragraph == Paragraph(
        "The best accuracy is 0.9, of training job 3, where the first training job had 0.5."
    )
    assert isinstance(table, Table)
    assert table.heading == (
        "What",
        "Best (3)",
        "Recommended, allowing for noise (2)",
        "First training job (1)",
    )
    assert list(table.rows) == [
        ("accuracy", "0.9", "0.88", "0.5"),
        ("rate", "0.03", "0.02", "0.01"),
        ("kind", "a", "a", "a"),
    ]


def test_progress_has_the_best_so_far_the_prospect_and_the_curves(report: Report) -> None:
    figures = [block.title for block in compose(report).sections[2].blocks if isinstance(block, Figure)]
    assert figures == ["Best so far", "What more would bring", "Learning curves"]


def test_a_job_without_results_says_so(changed: Changed) -> None:
    empty = changed(
        best=None,
        first=None,
        recommended=None,
        values=(),
        learned=(),
        findings=(),
        top=(),
        curves=(),
        counts={},
    )
    document = compose(empty)
    assert titles(document) == ["Result", "What was found", "How it was set up"]
    assert document.sections[0].blocks == [Paragraph("No training job has a value of accuracy yet.")]


def test_an_ended_job_tells_why_and_how_long(changed: Changed, report: Report) -> None:
    ended = changed(
        status="Completed", reason="it has converged", ended_at=report.created_at + timedelta(minutes=5)
    )
    assert "Completed (it has converged)" in compose(ended).lead
    assert compose(ended).lead.endswith("took 5 min.")


@dataclass(frozen=True)
class Share:
    name: str
    trials: int
    best: float | None
    best_in_equal_trials: float | None
    best_in_equal_seconds: float | None


def test_several_algorithms_are_compared(changed: Changed, report: Report) -> None:
    (setup,), (learned,) = report.setups, report.learned
    several = changed(
        shares=(Share("forest", 3, 0.9, 0.8, None), Share("net", 2, None, None, None)),
        setups=(replace(setup, algorithm="forest"), replace(setup, algorithm="net")),
        learned=(replace(learned, algorithm="forest"),),
        top=tuple(replace(row, algorithm="forest") for row in report.top),
    )
    document = compose(several)
    assert "Algorithms compared" in titles(document)
    assert "Which hyperparameters of forest matter" in titles(document)
    (table,) = next(section for section in document.sections if section.title == "Algorithms compared").blocks
    assert isinstance(table, Table)
    assert list(table.rows) == [("forest", "3", "0.9", "0.8", ""), ("net", "2", "", "", "")]
    (top,) = next(section for section in document.sections if section.title == "Best training jobs").blocks
    assert isinstance(top, Table)
    assert "Algorithm" in top.heading
