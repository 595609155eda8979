"""Instance types as sizes: how much of this machine a training job on an `ml.*` instance occupies."""

from __future__ import annotations

import re

from tunesmith.core.training_job import Resources

_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.([a-z0-9-]+)")
_TIMES = re.compile(r"([1-9][0-9]{0,2})xlarge")
_VCPUS = {"medium": 2, "large": 2, "xlarge": 4}
_ODD_VCPUS = {("c4", "8xlarge"): 36}  # all others follow the rule

# The GPUs of each size, in units of xlarge; a size that is not here has none.
_ONE_TO_EIGHT = {1: 1, 2: 1, 4: 1, 8: 1, 12: 4, 16: 1, 24: 4, 48: 8}
_GPUS = {
    "g4dn": {1: 1, 2: 1, 4: 1, 8: 1, 12: 4, 16: 1},
    "g5": _ONE_TO_EIGHT,
    "g6": _ONE_TO_EIGHT,
    "g6e": _ONE_TO_EIGHT,
    "p2": {1: 1, 8: 8, 16: 16},
    "p3": {2: 1, 8: 4, 16: 8},
    "p3dn": {24: 8},
    "p4d": {24: 8},
    "p4de": {24: 8},
    "p5": {4: 1, 48: 8},
    "p5e": {48: 8},
    "p5en": {48: 8},
    "p6-b200": {48: 8},
}


def size(instance_type: str) -> Resources:
    """Give the virtual CPUs and GPUs of an instance type; one CPU for a size that is not known.

    Raises ValueError for a name that does not look like one, such as `m5.large`.
    """
    found = _TYPE.fullmatch(instance_type)
    if found is None:
        msg = f"{instance_type!r} is no instance type; give one such as ml.m5.xlarge"
        raise ValueError(msg)
    family, name = found[1], found[2]
    times = _TIMES.fullmatch(name)
    units = int(times[1]) if times else int(name == "xlarge")
    cpus = _ODD_VCPUS.get((family, name)) or (4 * units if times else _VCPUS.get(name, 1))
    return Resources(cpus, _GPUS.get(family, {}).get(units, 0))


def fits(instance_type: str, machine: Resources) -> bool:
    """Say whether this machine is at least as large as the instance type. Raises as `size` does."""
    wanted = size(instance_type)
    return wanted.cpus <= machine.cpus and wanted.gpus <= machine.gpus


def on_machine(instance_type: str, machine: Resources, parallel: int = 1) -> Resources:
    """Give what each of `parallel` jobs on such instances occupies here. Raises as `size` does.

    They share the CPUs, so that all of them can run at the same time, as they would in the cloud; a GPU cannot be
    shared without harm, so that jobs wait for theirs.
    """
    wanted = size(instance_type)
    return Resources(
        cpus=min(wanted.cpus, max(1, machine.cpus // parallel)), gpus=min(wanted.gpus, machine.gpus)
    )
