"""Where data lies: s3:// addresses and, beyond what SageMaker takes, file:// addresses of this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tunesmith.api.errors import ServiceUnavailable
from tunesmith.api.requests.context import InputCheck
from tunesmith.api.requests.refusal import refuse, shown
from tunesmith.core.training_job import Channel, Script, Work
from tunesmith.storage.location import is_s3
from tunesmith.storage.shelf import LocationError, TransferError

_S3 = re.compile(r"s3://[^/\s]+(?:/[^\0]*)?")
_FILE = re.compile(r"file:///[^\0]*")


def checked_location(text: str, field: str) -> str:
    """Give an address back. Raises ValidationError for one of another kind."""
    if not _S3.fullmatch(text) and not _FILE.fullmatch(text):
        message = (
            f"{shown(text)} is no address of data; give s3://bucket/prefix, or file:///path on the server"
        )
        refuse(field, message)
    return text


def check_inputs(work: Work, channels: Mapping[str, Channel], inputs: InputCheck) -> None:
    """Raise ValidationError unless there is something at every place that a training job reads from.

    Raises ServiceUnavailable where nobody can tell now.
    """
    if isinstance(work, Script):
        _check_input(work.source, "hyperparameter sagemaker_submit_directory", inputs)
    for name, channel in channels.items():
        _check_input(channel.location, f"InputDataConfig, channel {name}", inputs)


def _check_input(location: str, field: str, inputs: InputCheck) -> None:
    try:
        found = inputs(location)
    except LocationError as error:
        refuse(field, str(error))
    except TransferError as error:
        msg = f"{field}: {shown(location)} cannot be looked up: {error}"
        raise ServiceUnavailable(msg) from error
    if not found and is_s3(location):
        message = (
            f"No S3 objects found under S3 URL {shown(location)}. Check that the bucket and the objects exist"
        )
        refuse(field, message)
    if not found:
        refuse(field, f"there is nothing at {shown(location)} on the server")
