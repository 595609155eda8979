"""The training job definitions of a tuning job: one, or several with an objective and ranges each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse, repeated
from tunesmith.core.objective import Goal, Objective

_CONFIG = "HyperParameterTuningJobConfig"
_OBJECTIVE = "HyperParameterTuningJobObjective"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What one kind of training jobs of a tuning job runs, and what is tuned of it."""

    field: str  # its place in the request
    members: Json
    objective: Objective
    objective_field: str
    ranges: Json
    ranges_field: str

    @property
    def static(self) -> Json:
        """The hyperparameters that are not tuned."""
        return self.members.get("StaticHyperParameters") or {}


def definitions_of(request: Json) -> tuple[Definition, ...]:
    """Give a tuning job's definitions. Raises ValidationError if there is none, or if one is incomplete."""
    single, several = request.get("TrainingJobDefinition"), request.get("TrainingJobDefinitions")
    if bool(single) == bool(several):
        message = "give one of both" if several else "is missing; give it, or TrainingJobDefinitions"
        refuse("TrainingJobDefinition", f"{message}, which describes what to run")
    if single:
        return (_single(request[_CONFIG], single),)
    definitions = tuple(_several(request[_CONFIG], several or []))
    _check_names(definitions)
    _check_goals(definitions)
    return definitions


def objective_of(request: Json) -> Objective:
    """Give the objective of a tuning job, the first one if each definition has its own. Raises as `definitions_of`."""
    return definitions_of(request)[0].objective


def _single(config: Json, members: Json) -> Definition:
    for member in ("TuningObjective", "HyperParameterRanges"):
        if members.get(member):
            place = _OBJECTIVE if member == "TuningObjective" else "ParameterRanges"
            message = f"belongs to TrainingJobDefinitions; give {_CONFIG}.{place} instead"
            refuse(f"TrainingJobDefinition.{member}", message)
    return Definition(
        field="TrainingJobDefinition",
        members=members,
        objective=_objective(config.get(_OBJECTIVE), f"{_CONFIG}.{_OBJECTIVE}"),
        objective_field=f"{_CONFIG}.{_OBJECTIVE}",
        ranges=config.get("ParameterRanges") or {},
        ranges_field=f"{_CONFIG}.ParameterRanges",
    )


def _several(config: Json, definitions: Any) -> Iterator[Definition]:
    for member in (_OBJECTIVE, "ParameterRanges"):
        if config.get(member):
            message = "must be left out with TrainingJobDefinitions; give it in each of the definitions"
            refuse(f"{_CONFIG}.{member}", message)
    for index, members in enumerate(definitions):
        field = f"TrainingJobDefinitions[{index}]"
        yield Definition(
            field=field,
            members=members,
            objective=_objective(members.get("TuningObjective"), f"{field}.TuningObjective"),
            objective_field=f"{field}.TuningObjective",
            ranges=members.get("HyperParameterRanges") or {},
            ranges_field=f"{field}.HyperParameterRanges",
        )


def _objective(objective: Json | None, field: str) -> Objective:
    if not objective:
        refuse(field, "is missing; give the metric to optimize (MetricName) and Maximize or Minimize (Type)")
    return Objective(objective["MetricName"], Goal(objective["Type"]))


def _check_names(definitions: tuple[Definition, ...]) -> None:
    names = []
    for definition in definitions:
        if not definition.members.get("DefinitionName"):
            refuse(f"{definition.field}.DefinitionName", "is missing; each definition needs a name")
        names.append(definition.members["DefinitionName"])
    if repeated(names):
        message = f"each definition needs a name of its own, repeated: {', '.join(repeated(names))}"
        refuse("TrainingJobDefinitions", message)


def _check_goals(definitions: tuple[Definition, ...]) -> None:
    goals = {definition.objective.goal for definition in definitions}
    if len(goals) > 1:
        message = "all must be Maximize or all Minimize, because their results are compared with each other"
        refuse("TrainingJobDefinitions[].TuningObjective.Type", message)
