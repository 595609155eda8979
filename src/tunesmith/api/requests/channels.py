"""Input data: the channels of a training job."""

from __future__ import annotations

from tunesmith.api.call import Json
from tunesmith.api.requests.locations import checked_location
from tunesmith.api.requests.refusal import refuse, repeated, shown
from tunesmith.core.training_job import Channel

_COPY = "copy the data to S3 and give an S3DataSource"
_OTHER_SOURCES = {
    "FileSystemDataSource": f"file systems cannot be mounted; {_COPY}, or file:///path for one that the server mounts",
    "DatasetSource": f"datasets of a hub cannot be reached; {_COPY}",
}
_OTHER_TYPES = {
    "AugmentedManifestFile": "list the objects in a ManifestFile, or give an S3Prefix",
    "Converse": "give an S3Prefix or a ManifestFile",
}
_S3_EXTRAS = {
    "AttributeNames": "these are for augmented manifests, which are not supported; leave them out",
    "InstanceGroupNames": "a training job runs on one machine here; leave them out",
    "ModelAccessConfig": "gated models cannot be reached; leave it out",
    "HubAccessConfig": "hubs cannot be reached; leave it out",
}


def channels_of(members: Json, field: str) -> dict[str, Channel]:
    """Give the channels by name. Raises ValidationError for one that is not supported."""
    data = members.get("InputDataConfig") or ()
    twice = repeated([channel["ChannelName"] for channel in data])
    if twice:
        refuse(f"{field}InputDataConfig", f"channel names must be distinct, repeated: {', '.join(twice)}")
    mode = members["AlgorithmSpecification"]["TrainingInputMode"]
    if not data:
        _check_mode(mode, f"{field}AlgorithmSpecification.TrainingInputMode")
    return {
        channel["ChannelName"]: _channel(channel, f"{field}InputDataConfig[{index}]", mode)
        for index, channel in enumerate(data)
    }


def _channel(channel: Json, field: str, default_mode: str) -> Channel:
    if channel["ChannelName"] in {".", ".."}:
        refuse(f"{field}.ChannelName", f"{shown(channel['ChannelName'])} is no name of a folder")
    mode = channel.get("InputMode") or default_mode
    _check_mode(mode, f"{field}.InputMode")
    _check_encoding(channel, field)
    source, field = _s3_source(channel["DataSource"], f"{field}.DataSource")
    _check_data_type(source, field, mode)
    return Channel(
        location=checked_location(source["S3Uri"], f"{field}.S3Uri"),
        content_type=channel.get("ContentType"),
        input_mode=mode,
        data_type=source["S3DataType"],
        distribution=source.get("S3DataDistributionType") or "FullyReplicated",
    )


def _check_mode(mode: str, field: str) -> None:
    if mode == "Pipe":
        message = (
            "Pipe is not supported; choose File, or FastFile, with which the data is there as files, too"
        )
        refuse(field, message)


def _check_encoding(channel: Json, field: str) -> None:
    """Refuse what goes with pipes only."""
    for member in ("CompressionType", "RecordWrapperType"):
        value = channel.get(member) or "None"
        if value != "None":
            message = f"{value} works with input mode Pipe only, which is not supported; choose None"
            refuse(f"{field}.{member}", message)


def _s3_source(source: Json, field: str) -> tuple[Json, str]:
    for member, advice in _OTHER_SOURCES.items():
        if source.get(member):
            refuse(f"{field}.{member}", advice)
    if not source.get("S3DataSource"):
        refuse(field, "is empty; give an S3DataSource")
    for member, advice in _S3_EXTRAS.items():
        if source["S3DataSource"].get(member):
            refuse(f"{field}.S3DataSource.{member}", advice)
    return source["S3DataSource"], f"{field}.S3DataSource"


def _check_data_type(source: Json, field: str, mode: str) -> None:
    kind = source["S3DataType"]
    if kind in _OTHER_TYPES:
        refuse(f"{field}.S3DataType", f"{kind} is not supported; {_OTHER_TYPES[kind]}")
    if kind == "ManifestFile" and mode == "FastFile":
        refuse(f"{field}.S3DataType", "ManifestFile does not go with input mode FastFile; choose File")
