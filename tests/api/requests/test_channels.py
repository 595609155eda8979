from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.channels import channels_of
from tunesmith.core.training_job import Channel


def members(mode: str = "File", **source: Any) -> dict[str, Any]:
    data = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data", **source}
    return {
        "AlgorithmSpecification": {"TrainingInputMode": mode},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": data}}],
    }


def channel(**changes: Any) -> dict[str, Any]:
    given = members()
    given["InputDataConfig"][0].update(changes)
    return given


def test_a_channel_keeps_what_is_said_of_it() -> None:
    given = members(mode="FastFile", S3DataDistributionType="ShardedByS3Key")
    given["InputDataConfig"][0]["ContentType"] = "text/csv"
    assert channels_of(given, "") == {
        "train": Channel(
            "s3://bucket/data",
            content_type="text/csv",
            input_mode="FastFile",
            distribution="ShardedByS3Key",
        )
    }


def test_the_mode_of_a_channel_comes_before_that_of_the_job() -> None:
    given = members(mode="Pipe")
    given["InputDataConfig"][0]["InputMode"] = "File"
    assert channels_of(given, "")["train"].input_mode == "File"


def test_there_may_be_no_channel() -> None:
    assert channels_of({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "") == {}


@pytest.mark.parametrize(
    ("wrong", "words", "right"),
    [
        (members(mode="Pipe"), "Pipe is not supported", members(mode="FastFile")),
        ({"AlgorithmSpecification": {"TrainingInputMode": "Pipe"}}, "TrainingInputMode", members()),
        (channel(CompressionType="Gzip"), "CompressionType: Gzip", channel(CompressionType="None")),
        (channel(RecordWrapperType="RecordIO"), "RecordIO", channel(RecordWrapperType="None")),
        (channel(ChannelName=".."), "ChannelName", channel(ChannelName="..a")),
        (channel(DataSource={}), "DataSource: is empty", channel()),
        (channel(DataSource={"DatasetSource": {"DatasetArn": ""}}), "DatasetSource", channel()),
        (members(S3DataType="AugmentedManifestFile"), "AugmentedManifestFile", members()),
        (members(S3DataType="Converse"), "Converse", members(S3DataType="ManifestFile")),
        (
            members(mode="FastFile", S3DataType="ManifestFile"),
            "ManifestFile does not go with input mode FastFile",
            members(mode="FastFile"),
        ),
        (members(AttributeNames=["a"]), "AttributeNames", members(AttributeNames=[])),
        (members(InstanceGroupNames=["a"]), "InstanceGroupNames", members()),
        (members(ModelAccessConfig={"AcceptEula": True}), "ModelAccessConfig", members()),
        (members(HubAccessConfig={"HubContentArn": "a"}), "HubAccessConfig", members()),
        (members(S3Uri="https://s3/a"), "give s3://bucket/prefix", members(S3Uri="s3://a")),
        (members(S3Uri="data"), "'data'", members(S3Uri="file:///data")),
        (members(S3Uri="file://data"), "'file://data'", members(S3Uri="s3://a/b c/ä")),
        (members(S3Uri="s3:///a"), "'s3:///a'", members(S3Uri="s3://a/")),
        (members(S3Uri="file:///a\0b"), r"\\x00", members()),
    ],
)
def test_a_wrong_channel_is_refused_and_the_nearest_right_one_is_not(
    wrong: dict[str, Any], words: str, right: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match=words):
        channels_of(wrong, "")
    assert channels_of(right, "")


def test_names_of_channels_are_distinct() -> None:
    given = members()
    given["InputDataConfig"] *= 2
    with pytest.raises(ValidationError, match=r"InputDataConfig: .* repeated: train"):
        channels_of(given, "")
