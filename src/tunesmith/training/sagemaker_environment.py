"""The SM_* variables by which a training script learns of its job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunesmith.core.training_job import TrainingJob
from tunesmith.training.layout import Json, Layout
from tunesmith.training.script_mode import Hyperparameters

_LOG_LEVEL = 20  # logging.INFO, the toolkit's default
_DISTRIBUTIONS = (  # the settings that ask for distributed training, one or the other
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_mpi_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_torch_distributed_enabled",
)
_ABSENT: Json = {  # what only SageMaker's own machines and images have
    "is_modelparallel_enabled": None,
    "is_smddpmprun_installed": False,
    "is_smddprun_installed": False,
    "topology": [],
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the variables are made of."""

    job: TrainingJob
    layout: Layout  # as the job sees it
    resources: Json  # resourceconfig.json
    inputs: Json  # inputdataconfig.json
    hyperparameters: Hyperparameters
    arguments: Sequence[str] = ()  # of the script, without the interpreter and the script itself
    entry: str | None = None  # the script; None for other commands


def variables(facts: Facts) -> dict[str, str]:
    """Give all SM_* variables of a job: strings verbatim, None empty, anything else as compact JSON."""
    common = _common(facts)
    named = {
        **common,
        **_groups(facts),
        "hps": facts.hyperparameters.user,
        "framework_params": facts.hyperparameters.framework,
        "resource_config": facts.resources,
        "channels": sorted(facts.inputs),
        "user_args": list(facts.arguments),
        "training_env": _training_env(facts, common),
    }
    named |= {f"channel_{name}": str(facts.layout.data / name) for name in facts.inputs}
    named |= {f"hp_{name}": value for name, value in facts.hyperparameters.user.items()}
    return {f"SM_{name.upper()}": _text(value) for name, value in named.items()}


def _common(facts: Facts) -> Json:
    """What is both a variable and a member of SM_TRAINING_ENV, under the same name."""
    layout, resources = facts.layout, facts.resources
    return {
        "current_host": resources["current_host"],
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": resources["current_group_name"],
        "current_instance_group_hosts": resources["hosts"],
        "framework_module": None,
        "hosts": resources["hosts"],
        "input_config_dir": str(layout.config),
        "input_data_config": facts.inputs,
        "input_dir": str(layout.input),
        "is_hetero": False,
        "log_level": facts.hyperparameters.platform.get("sagemaker_container_log_level", _LOG_LEVEL),
        "model_dir": str(layout.model),
        "module_dir": str(facts.hyperparameters.platform.get("sagemaker_submit_directory", layout.code)),
        "module_name": facts.entry.removesuffix(".py") if facts.entry else None,
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": facts.job.resources.cpus,
        "num_gpus": facts.job.resources.gpus,
        "num_neurons": 0,
        "output_data_dir": str(layout.output_data),
        "output_dir": str(layout.output),
        "output_intermediate_dir": str(layout.intermediate),
        "user_entry_point": facts.entry,
    }


def _groups(facts: Facts) -> Json:
    groups = facts.resources["instance_groups"]
    names = [group["instance_group_name"] for group in groups]
    return {
        "distribution_instance_groups": names if _is_distributed(facts) else [],
        "instance_groups": names,
        "instance_groups_dict": dict(zip(names, groups, strict=True)),
    }


def _is_distributed(facts: Facts) -> bool:
    return any(facts.hyperparameters.framework.get(name) for name in _DISTRIBUTIONS)


def _training_env(facts: Facts, common: Json) -> Json:
    return {
        **_ABSENT,
        **common,
        "additional_framework_parameters": facts.hyperparameters.framework,
        "distribution_hosts": facts.resources["hosts"] if _is_distributed(facts) else [],
        "channel_input_dirs": {name: str(facts.layout.data / name) for name in facts.inputs},
        "hyperparameters": facts.hyperparameters.user,
        "is_master": True,
        "job_name": facts.job.name,
        "master_hostname": facts.resources["current_host"],
        "resource_config": facts.resources,
        **_groups(facts),
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def inherited(parent: Mapping[str, str]) -> dict[str, str]:
    """Give the parent's variables that a job should see: all but those that tell of another job."""
    return {n: v for n, v in parent.items() if not n.startswith("SM_") and n != "TUNESMITH_REPORTS"}
