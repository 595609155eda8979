"""The machine that a training job asks for, as a share of this one."""

from __future__ import annotations

from tunesmith.api import instances
from tunesmith.api.call import Json
from tunesmith.api.requests.refusal import refuse, refusing, shown
from tunesmith.core.training_job import Resources

_TUNING = "HyperParameterTuningResourceConfig"
_REFUSED = {
    "InstanceGroups": "a training job runs on one machine here; give InstanceType and InstanceCount 1",
    "InstancePreferences": "it is not supported; give InstanceType",
    "InstancePlacementConfig": "it is not supported, there is only this machine; leave it out",
    "TrainingPlanArn": "there are no training plans here; leave it out",
}


def resources_of(members: Json, field: str, machine: Resources, parallel: int = 1) -> Resources:
    """Give what each of `parallel` training jobs occupies. Raises ValidationError for what one machine cannot be.

    A larger instance than this machine becomes its share of it. Of several configurations, the first that fits is taken.
    """
    configs = {name: members[name] for name in ("ResourceConfig", _TUNING) if members.get(name)}
    if len(configs) != 1:
        problem = "give only one of both" if configs else "is missing; give it"
        refuse(f"{field}ResourceConfig", f"{problem}, or {_TUNING} in a tuning job")
    name, config = configs.popitem()
    field = f"{field}{name}"
    for member, advice in _REFUSED.items():
        if config.get(member):
            refuse(f"{field}.{member}", advice)
    alternatives = _alternatives(config, field)
    types = [_instance_type(alternative, place) for place, alternative in alternatives]
    with refusing(f"{field}.InstanceType"):
        fitting = [kind for kind in types if instances.fits(kind, machine)]
        return instances.on_machine((fitting or types)[0], machine, parallel)


def _alternatives(config: Json, field: str) -> list[tuple[str, Json]]:
    several = config.get("InstanceConfigs")
    single = [member for member in ("InstanceType", "InstanceCount", "VolumeSizeInGB") if config.get(member)]
    if several and single:
        refuse(f"{field}.InstanceConfigs", f"leave out either it or {', '.join(single)}")
    if config.get("AllocationStrategy") and not several:
        refuse(f"{field}.AllocationStrategy", "it goes with InstanceConfigs only; leave it out")
    if several:
        return [(f"{field}.InstanceConfigs[{index}]", each) for index, each in enumerate(several)]
    return [(field, config)]


def _instance_type(config: Json, field: str) -> str:
    count = config.get("InstanceCount", 1)
    if count != 1:
        message = f"{shown(count)} is not supported: a training job runs on one machine here; give 1"
        refuse(f"{field}.InstanceCount", message)
    if not config.get("InstanceType"):
        refuse(f"{field}.InstanceType", "is missing; give one such as ml.m5.xlarge")
    return str(config["InstanceType"])
