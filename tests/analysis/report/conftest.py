from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tunesmith.analysis.effects import Effect
from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.importance import Importance, Share
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.learned import Learned
from tunesmith.analysis.outlook import Outlook
from tunesmith.analysis.report.contents import Curve, Report, Row, Setup
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous

START = datetime(2026, 1, 1, tzinfo=UTC)
NASTY = "<b>|`x`\n*y*</script>"


def row(number: int, value: float | None, state: str = "Completed") -> Row:
    return Row(
        number=number,
        name=f"job-{number}",
        state=state,
        value=value,
        config={"rate": 0.01 * number, "kind": "a"},
        algorithm=None,
        seconds=60.0,
        reason=NASTY,
    )


def _importance() -> Importance:
    whole, none = Interval(0.7, 0.8, 0.9), Interval(0.0, 0.1, 0.2)
    shares = (Share("rate", whole, whole, matters=True), Share("kind", none, none, matters=None))
    return Importance("everywhere", shares, ())


def _effects() -> tuple[Effect, ...]:
    xs = (0.0001, 0.001, 0.01, 0.1)
    return (
        Effect("rate", xs, (0.5, 0.6, 0.7, 0.8), (0.4, 0.5, 0.6, 0.7), (0.6, 0.7, 0.8, 0.9)),
        Effect("kind", ("a", "b"), (0.5, 0.6), (0.4, 0.5), (0.6, 0.7)),
    )


@pytest.fixture
def report() -> Report:
    """A report on a tuning job that still runs, with every section and with names that try to be markup."""
    outlook = Outlook(
        best=0.9, improvement=tuple(Interval(0.0, 0.001 * k, 0.002 * k) for k in range(1, 6)), untried=None
    )
    findings = (
        Finding(
            kind=Kind.BOUNDARY,
            severity=Severity.ALARM,
            sentence=f"At the end {NASTY}.",
            facts=None,
            advice="Widen it.",
            parameter="rate",
        ),
        Finding(kind=Kind.OUTLOOK, severity=Severity.FINE, sentence="A little more.", facts=outlook),
    )
    return Report(
        name="demo",
        status="InProgress",
        reason=None,
        objective=Objective("accuracy", Goal.MAXIMIZE),
        settings=(("Strategy", "Bayesian, seed 0"), ("Limit", "20 training jobs")),
        setups=(
            Setup(
                algorithm=None,
                runs=NASTY,
                parameters=(Continuous("rate", 1e-4, 1e-1), Categorical("kind", ("a", "b"))),
                fixed={"epochs": 3},
            ),
        ),
        created_at=START,
        ended_at=None,
        written_at=START + timedelta(hours=2),
        version="1.2.3",
        counts={"Completed": 3, "Failed": 1, "Running": 2, "Stopped": 0},
        best=row(3, 0.9),
        first=row(1, 0.5),
        recommended=row(2, 0.88),
        values=(0.5, None, 0.88, 0.9, 0.7),
        learned=(
            Learned(
                algorithm=None,
                metric="accuracy",
                findings=findings,
                importance=_importance(),
                among_best=_importance(),
                effects=_effects(),
            ),
        ),
        findings=findings,
        shares=(),
        top=(row(3, 0.9), row(2, 0.88), row(1, 0.5)),
        curves=(
            Curve(number=3, values=(0.1, 0.5, 0.9), stopped=False),
            Curve(number=2, values=(0.1, 0.2), stopped=True),
        ),
    )


@pytest.fixture
def changed(report: Report) -> Callable[..., Report]:
    def changed(**changes: Any) -> Report:
        return replace(report, **changes)

    return changed
