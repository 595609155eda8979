from __future__ import annotations

from dataclasses import dataclass

from tunesmith.analysis.algorithms import Algorithms, algorithms
from tunesmith.core.objective import Goal, Objective

ACCURACY = Objective("accuracy", Goal.MAXIMIZE)


@dataclass(frozen=True)
class Share:
    name: str
    trials: int
    best: float | None
    best_in_equal_trials: float | None
    best_in_equal_seconds: float | None


def test_one_that_leads_at_equal_spend_as_well() -> None:
    (finding,) = algorithms(ACCURACY, [Share("forest", 40, 0.9, 0.89, 0.88), Share("net", 10, 0.8, 0.8, 0.8)])
    assert isinstance(finding.facts, Algorithms)
    assert finding.facts.leads_in_equal_trials == finding.facts.leads_in_equal_seconds == "forest"
    assert finding.sentence == (
        "forest is ahead: its best accuracy is 0.9, that of net 0.8; it also leads with the same number of training "
        "jobs (10 jobs each), and after the same run time."
    )
    assert finding.advice is None


def test_a_lead_that_a_larger_budget_has_bought() -> None:
    (finding,) = algorithms(ACCURACY, [Share("forest", 40, 0.9, 0.7, 0.7), Share("net", 10, 0.8, 0.8, 0.8)])
    assert "but net leads" in finding.sentence


def test_jobs_and_time_may_disagree() -> None:
    (finding,) = algorithms(ACCURACY, [Share("forest", 40, 0.9, 0.7, 0.9), Share("net", 3, 0.8, 0.8, 0.8)])
    assert "net leads with the same number of training jobs (3 jobs each), forest after" in finding.sentence
    assert finding.advice == "Give net some more training jobs before you judge."


def test_nothing_to_compare() -> None:
    assert algorithms(ACCURACY, []) == []
    assert algorithms(ACCURACY, [Share("a", 3, 0.5, 0.5, 0.5), Share("b", 3, None, None, None)]) == []
