from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tunesmith import Continuous, TuningError, minimize
from tunesmith.analysis.finding import Kind
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.sdk.result import Result, TrialResult


def trial(number: int, value: float | None, **fields: Any) -> TrialResult:
    state = TrialState.FAILED if value is None else TrialState.COMPLETED
    curves = {} if value is None else {"accuracy": [0.1, value]}
    config = {"lr": number / 8, "kind": "<b>"}
    return TrialResult(number=number, config=config, value=value, state=state, curves=curves, **fields)


def result(*trials: TrialResult, best: int | None = None) -> Result:
    return Result(
        name="mine",
        objective=Objective("accuracy", Goal.MAXIMIZE),
        status=TuningStatus.COMPLETED,
        reason=None,
        seed=7,
        trials=list(trials),
        best_number=best,
    )


FOUND = result(trial(1, 0.5), trial(2, None, reason="<i>no</i> & no"), trial(3, 0.75, seconds=1.5), best=3)


def test_best_is_the_trial_of_that_number() -> None:
    assert FOUND.best is FOUND.trials[2]
    assert FOUND.best.metrics == {"accuracy": 0.75}


def test_without_a_value_best_says_why() -> None:
    reasons = ["out of memory", "out of memory", None]
    nothing = result(*(trial(i, None, reason=reason) for i, reason in enumerate(reasons, start=1)))
    with pytest.raises(TuningError) as caught:
        _ = nothing.best
    assert str(caught.value).splitlines() == [
        "mine: 3 of 3 trials have no value of 'accuracy'",
        "  2 x out of memory",
        "  1 x failed",
    ]
    assert caught.value.result is nothing


def test_the_repr_can_be_read() -> None:
    assert repr(FOUND).splitlines() == [
        "mine: maximize accuracy: best 0.75 (trial 3); trials: 2 completed, 1 failed; seed 7",
        "  lr = 0.375",
        "  kind = <b>",
    ]
    assert repr(result()) == "mine: maximize accuracy: nothing found; trials: none; seed 7"


class Table(HTMLParser):
    """The texts of a table's rows; fails on unbalanced tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert not attrs
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data


def test_a_notebook_shows_the_best_trials_first_and_everything_escaped() -> None:
    assert Table(FOUND._repr_html_()).rows == [
        ["trial", "accuracy", "lr", "kind", "state", "reason"],
        ["3", "0.75", "0.375", "<b>", "completed", ""],
        ["1", "0.5", "0.125", "<b>", "completed", ""],
        ["2", "", "0.25", "<b>", "failed", "<i>no</i> & no"],
    ]


def test_a_notebook_shows_ten_trials_and_how_many_more_there_are() -> None:
    html = result(*(trial(i, float(i)) for i in range(1, 16)), best=15)._repr_html_()
    assert [row[0] for row in Table(html).rows[1:]] == [str(i) for i in range(15, 5, -1)]
    assert "5 more in" in html
    assert Table(result()._repr_html_()).rows == [["trial", "accuracy", "state", "reason"]]


def test_a_data_frame_has_one_row_for_each_trial() -> None:
    pytest.importorskip("pandas")
    frame = FOUND.to_dataframe()
    fixed = ["number", "state", "value", "seconds", "reason"]
    assert list(frame.columns) == [*fixed, "config.lr", "config.kind", "metrics.accuracy"]
    assert frame["number"].tolist() == [1, 2, 3]
    assert frame["value"].isna().tolist() == [False, True, False]
    assert frame["config.lr"].tolist() == [0.125, 0.25, 0.375]
    assert list(result().to_dataframe().index) == []


def test_without_pandas_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install tunesmith\[pandas\]"):
        FOUND.to_dataframe()


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_what_was_learned_is_there_and_can_be_written(suffix: str, tmp_path: Path) -> None:
    found = minimize(lambda config: (config["x"] - 0.4) ** 2, [Continuous("x", 0.0, 1.0)], trials=8, seed=0)
    assert {finding.kind for finding in found.findings} >= {Kind.FAILURES, Kind.CERTAINTY}
    file = found.report(tmp_path / f"report{suffix}")
    assert found.name in file.read_text(encoding="utf-8")
    assert found.insight.best is not None
    assert found.insight.best.value == found.best.value


def test_a_report_in_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.html"):
        FOUND.report(tmp_path / "report.pdf")


def test_a_result_made_by_hand_has_no_insight() -> None:
    with pytest.raises(TuningError, match="made by hand"):
        _ = FOUND.insight
