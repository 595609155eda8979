"""The rules of the Hyperband strategy."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.api.call import Json
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.refusal import refuse, shown
from tunesmith.control.early_stop import EPOCHS
from tunesmith.core.tuning_job import MOST_REPORTS, ReportRange
from tunesmith.training.script_mode import decode

_FIELD = "HyperParameterTuningJobConfig.StrategyConfig"
_HYPERBAND = f"{_FIELD}.HyperbandStrategyConfig"


def check_hyperband(config: Json, definitions: Sequence[Definition]) -> None:
    """Raise ValidationError if a HyperParameterTuningJobConfig breaks a rule of Hyperband, or has it needlessly."""
    if config["Strategy"] != "Hyperband":
        if config.get("StrategyConfig"):
            refuse(_FIELD, f"it goes with strategy Hyperband only, not with {config['Strategy']}")
        return
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        field = "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType"
        refuse(field, "Auto does not go with Hyperband, which stops training jobs itself; choose Off")
    for definition in definitions:
        resource_of(config, definition)


def resource_of(config: Json, definition: Definition) -> ReportRange | None:
    """Give the epochs that Hyperband hands out, where MaxResource may come from a static hyperparameter.

    None for the other strategies. Raises ValidationError for numbers that do not make sense.
    """
    if config["Strategy"] != "Hyperband":
        return None
    settings = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
    least, most = settings.get("MinResource", 1), settings.get("MaxResource")
    most = _inferred(definition) if most is None else most
    if most > MOST_REPORTS:
        refuse(f"{_HYPERBAND}.MaxResource", f"{most} is more than the {MOST_REPORTS} epochs allowed")
    if least > most:
        refuse(f"{_HYPERBAND}.MinResource", f"{least} must not exceed MaxResource, which is {most}")
    return ReportRange(most=most, least=least)


def _inferred(definition: Definition) -> int:
    name = next((name for name in EPOCHS if name in definition.static), None)
    if name is None:
        message = f"is missing; give it, or one of the static hyperparameters {', '.join(EPOCHS)}"
        refuse(f"{_HYPERBAND}.MaxResource", message)
    text = definition.static[name]
    value = decode(text)
    value = decode(value) if isinstance(value, str) else value  # SDKs quote
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        message = f"it is taken from the hyperparameter {name}, and {shown(text)} is not a whole number >= 1"
        refuse(f"{_HYPERBAND}.MaxResource", message)
    return value
