"""The rules of a warm start that a request alone can break."""

from __future__ import annotations

from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse, repeated
from tunesmith.core.tuning_job import Transfer

_FIELD = "WarmStartConfig"
_PARENTS = "ParentHyperParameterTuningJobs"
_STRATEGIES = ("Bayesian", "Random")


def check_warm_start(request: Json) -> None:
    """Raise ValidationError if a request's WarmStartConfig breaks a rule; it may have none."""
    config = request.get(_FIELD)
    if not config:
        return
    _check_parents(config, request["HyperParameterTuningJobName"])
    if request.get("TrainingJobDefinitions"):
        refuse(_FIELD, "a tuning job with TrainingJobDefinitions cannot have a warm start; leave it out")
    strategy = request["HyperParameterTuningJobConfig"]["Strategy"]
    if strategy not in _STRATEGIES:
        refuse(_FIELD, f"strategy {strategy} cannot use it; choose {' or '.join(_STRATEGIES)}")


def parents_of(request: Json) -> tuple[str, ...]:
    """Give the names of the tuning jobs that a new one learns from."""
    given = (request.get(_FIELD) or {}).get(_PARENTS, ())
    return tuple(parent["HyperParameterTuningJobName"] for parent in given)


def transfer_of(request: Json) -> Transfer | None:
    """Give what a new tuning job has in common with its parents, None if it has none."""
    config = request.get(_FIELD)
    return Transfer(config["WarmStartType"]) if config else None


def _check_parents(config: Json, own_name: str) -> None:
    field = f"{_FIELD}.{_PARENTS}"
    names = [str(parent.get("HyperParameterTuningJobName") or "") for parent in config[_PARENTS]]
    if not all(names):
        refuse(field, "each needs a HyperParameterTuningJobName")
    lowered = [name.lower() for name in names]
    if repeated(lowered):
        refuse(field, f"each may be given once, repeated: {', '.join(repeated(lowered))}")
    if own_name.lower() in lowered:
        refuse(field, f"{own_name!r} is the new tuning job itself; give earlier ones")
