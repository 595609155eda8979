from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tunesmith.api.requests.definitions import definitions_of, objective_of
from tunesmith.core.objective import Goal, Objective

Build = Callable[[dict[str, Any]], dict[str, Any]]


def test_a_single_definition_has_the_objective_and_ranges_of_the_configuration(tuning: Build) -> None:
    (definition,) = definitions_of(tuning({}))
    assert definition.field == "TrainingJobDefinition"
    assert definition.objective == Objective("loss", Goal.MINIMIZE)
    assert definition.ranges["IntegerParameterRanges"][0]["Name"] == "layers"
    assert definition.static["epochs"] == "10"


def test_several_definitions_have_their_own(several: Build) -> None:
    request = several({"TrainingJobDefinitions.1.TuningObjective.MetricName": "error"})
    assert [each.objective.metric for each in definitions_of(request)] == ["loss", "error"]
    assert objective_of(request) == Objective("loss", Goal.MINIMIZE)
