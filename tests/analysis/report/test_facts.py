from __future__ import annotations

import json
import math

from tunesmith.analysis.interval import Interval
from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.facts import facts, plain
from tunesmith.core.space import Integer
from tunesmith.core.trial import TrialState


def test_they_are_what_json_can_hold(report: Report) -> None:
    told = json.loads(json.dumps(facts(report), allow_nan=False))
    assert told["name"] == "demo"
    assert told["objective"] == {"metric": "accuracy", "goal": "Maximize"}
    assert told["created_at"] == "2026-01-01T00:00:00+00:00"
    assert told["findings"][0]["severity"] == "alarm"
    assert told["findings"][1]["facts"]["improvement"][0] == {"low": 0.0, "value": 0.001, "high": 0.002}
    assert told["learned"][0]["importance"]["parameters"][0]["total"]["value"] == 0.8
    assert told["setups"][0]["parameters"][0]["type"] == "continuous"
    assert "curves" not in told


def test_each_kind_of_value() -> None:
    assert plain(Interval(-math.inf, 0.5, math.nan)) == {"low": None, "value": 0.5, "high": None}
    assert plain(TrialState.FAILED) == "Failed"
    assert plain(Integer("n", 1, 3)) == {"type": "integer", "name": "n", "low": 1, "high": 3, "scale": "Auto"}
    assert plain({1: (True, "x", None)}) == {"1": [True, "x", None]}
