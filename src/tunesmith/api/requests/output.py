"""Where a training job's artifacts go."""

from __future__ import annotations

from tunesmith.api.call import Json
from tunesmith.api.requests.locations import checked_location
from tunesmith.api.requests.refusal import refuse


def output_of(members: Json, field: str) -> str:
    """Give the address below which each training job gets a folder of its name. Encryption keys have no effect."""
    config = members["OutputDataConfig"]
    if config.get("CompressionType") == "NONE":
        message = "NONE is not supported: artifacts are packed into model.tar.gz; choose GZIP"
        refuse(f"{field}OutputDataConfig.CompressionType", message)
    return checked_location(config["S3OutputPath"], f"{field}OutputDataConfig.S3OutputPath")
