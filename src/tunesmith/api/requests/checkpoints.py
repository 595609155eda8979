"""Where a training job's checkpoints are kept."""

from __future__ import annotations

from tunesmith.api.call import Json
from tunesmith.api.requests.locations import checked_location
from tunesmith.api.requests.refusal import refuse, shown

_FOLDER = "/opt/ml/checkpoints"


def checkpoints_of(members: Json, field: str) -> str | None:
    """Give the address that the checkpoint folder is kept in step with, None if with none. Raises ValidationError."""
    config = members.get("CheckpointConfig")
    if not config:
        return None
    folder = config.get("LocalPath") or _FOLDER
    if folder.rstrip("/") != _FOLDER:
        message = f"{shown(folder)} is not supported; give {_FOLDER}, or leave it out"
        refuse(f"{field}CheckpointConfig.LocalPath", message)
    return checked_location(config["S3Uri"], f"{field}CheckpointConfig.S3Uri")
