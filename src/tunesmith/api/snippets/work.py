"""What training jobs run, in SageMaker's words: an image, and the hyperparameters of script mode."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tunesmith.api.images import XGBOOST_ARGUMENTS
from tunesmith.core.training_job import Command, Function, Script, Work

_REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"  # SageMaker's own in this region
_XGBOOST = f"{_REGISTRY}/sagemaker-xgboost:1.7-1"
_SCRIPT = f"{_REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3"
_OWN = "my-image"


def image_of(work: Work) -> str:
    """The image that stands for the work. Raises ValueError for a Python function."""
    match work:
        case Script():
            return _SCRIPT
        case Command():
            return _XGBOOST if is_xgboost(work) else _OWN
        case Function():
            msg = "it runs a Python function, which no image stands for; write a script that calls it"
            raise ValueError(msg)


def program_of(work: Work) -> dict[str, str]:
    """The hyperparameters that tell script mode what to run."""
    if not isinstance(work, Script):
        return {}
    return {"sagemaker_program": work.entry, "sagemaker_submit_directory": work.source}


def is_xgboost(work: Work) -> bool:
    """Whether it is the built-in XGBoost."""
    return isinstance(work, Command) and work.arguments[1:] == XGBOOST_ARGUMENTS


def unsaid_of_work(work: Work) -> Iterator[str]:
    """What a request cannot say of the work, and what to do instead."""
    if isinstance(work, Script):
        yield "choose the image whose framework the script needs; Tunesmith runs the script with a Python of its machine"
        if not work.source.startswith("s3://"):
            yield (
                f"for AWS, pack the contents of {work.source} as sourcedir.tar.gz, upload it, and give its s3:// address "
                "as sagemaker_submit_directory"
            )
        if work.python is not None:
            yield f"the script runs with {work.python}; give it in the server's settings file under images"
    elif isinstance(work, Command) and not is_xgboost(work):
        rule = f"images: [{{pattern: {_OWN}, mode: command, command: {json.dumps(work.arguments)}}}]"
        yield f"a request names no command but an image; in the server's settings file, write {rule}"
        if work.directory is not None:
            yield f"the command runs in {work.directory}; one of an image starts in the training job's own folder"
