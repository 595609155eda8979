"""What a training job runs: the user's script, a built-in algorithm, or a command that stands for an image."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from tunesmith.api.call import Json
from tunesmith.api.images import XGBOOST_ARGUMENTS, rule_for
from tunesmith.api.requests.refusal import refuse, refusing, shown
from tunesmith.api.settings import ImageRule
from tunesmith.core.training_job import Command, Script, Work
from tunesmith.training import bubblewrap, process_text
from tunesmith.training.script_mode import decode

_PROGRAM = "sagemaker_program"
_DIRECTORY = "sagemaker_submit_directory"


def work_of(
    members: Json, field: str, hyperparameters: Mapping[str, str], rules: Sequence[ImageRule]
) -> Work:
    """Give the work of a training job, or of those of a definition.

    An operator's command comes first, then script mode if `sagemaker_program` is given, then what the image is
    known for. Raises ValidationError that says what to do if nothing stands for the image.
    """
    image = image_of(members, field)
    rule = rule_for(image, rules)
    if rule is not None and rule.mode == "command":
        return Command(rule.command)
    program = _setting(_PROGRAM, members, hyperparameters)
    if program is not None:
        return _script(program, members, hyperparameters, rule)
    if rule is None or rule.mode != "xgboost":
        refuse(f"{field}AlgorithmSpecification.TrainingImage", _no_work(image, rule))
    return Command((rule.python or sys.executable, *XGBOOST_ARGUMENTS))


def container_command(members: Json, rules: Sequence[ImageRule]) -> Command | None:
    """Give the command of a training job that names its own, which takes the place of the image's, or None.

    Raises ValidationError unless such a job can have the /opt/ml that it expects.
    """
    specification = members["AlgorithmSpecification"]
    entry, arguments = specification.get("ContainerEntrypoint"), specification.get("ContainerArguments")
    if not entry and not arguments:
        return None
    rule = rule_for(image_of(members, ""), rules)
    registered = rule.command if rule else ()
    if not entry and not registered:
        message = "it goes with ContainerEntrypoint here, or with an image for which a command is registered"
        refuse("AlgorithmSpecification.ContainerArguments", message)
    words = (*(entry or registered), *(arguments or ()))
    with refusing("AlgorithmSpecification.ContainerEntrypoint"):
        process_text.check_arguments("the command", words)
        bubblewrap.check()
    return Command(words, literal=bool(entry))  # shells have a use of their own for `${name}`


def is_builtin(members: Json, work: Work, rules: Sequence[ImageRule]) -> bool:
    """Say whether the work is the built-in XGBoost."""
    rule = rule_for(members["AlgorithmSpecification"].get("TrainingImage") or "", rules)
    return rule is not None and rule.mode == "xgboost" and isinstance(work, Command)


def image_of(members: Json, field: str) -> str:
    """Give the name of the image. Raises ValidationError if there is none, or an algorithm of a marketplace."""
    field = f"{field}AlgorithmSpecification"
    specification = members["AlgorithmSpecification"]
    if specification.get("AlgorithmName"):
        message = (
            f"{shown(specification['AlgorithmName'])}: algorithms of a marketplace or account cannot run here; "
            "give a TrainingImage"
        )
        refuse(f"{field}.AlgorithmName", message)
    if not specification.get("TrainingImage"):
        refuse(f"{field}.TrainingImage", "is missing; give the name of an image")
    return str(specification["TrainingImage"])


def _setting(name: str, members: Json, hyperparameters: Mapping[str, str]) -> str | None:
    """What script mode is told by a variable or a hyperparameter, which SDKs write as JSON or plainly."""
    text = (members.get("Environment") or {}).get(name.upper())
    if text is not None:
        return str(text)
    value = decode(hyperparameters[name]) if name in hyperparameters else None
    return value if value is None or isinstance(value, str) else hyperparameters[name]


def _script(
    program: str,
    members: Json,
    hyperparameters: Mapping[str, str],
    rule: ImageRule | None,
) -> Script:
    path = PurePosixPath(program)
    if not path.name or path.is_absolute() or ".." in path.parts or "\0" in program:
        message = f"{shown(program)} is no script inside {_DIRECTORY}; give its path in there"
        refuse(f"hyperparameter {_PROGRAM}", message)
    field = f"hyperparameter {_DIRECTORY}"
    source = _setting(_DIRECTORY, members, hyperparameters)
    if not source:
        refuse(field, f"is missing; {_PROGRAM} needs the address of a .tar.gz that holds the script")
    if not source.startswith(("s3://", "file:///", "/")) or "\0" in source:
        message = f"{shown(source)} is no address; give s3://bucket/source.tar.gz, or a path on the server"
        refuse(field, message)
    return Script(source, program, rule.python if rule else None)


def _no_work(image: str, rule: ImageRule | None) -> str:
    if rule is not None:
        return (
            f"{shown(image)} runs a script, and there is none; give the hyperparameters {_PROGRAM}, its name, and "
            f"{_DIRECTORY}, the address of a .tar.gz that holds it, as SageMaker's Python SDK does"
        )
    return (
        f"nothing stands for {shown(image)} here: images are not pulled. Run a script by the hyperparameters "
        f"{_PROGRAM} and {_DIRECTORY}, or have a command registered for the image in the server's settings file, "
        "such as: images: [{pattern: 'part of the name', mode: command, command: [python, /path/train.py]}]"
    )
