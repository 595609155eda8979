from __future__ import annotations

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.output import output_of


def test_the_output_is_an_address() -> None:
    config = {"S3OutputPath": "s3://bucket/", "KmsKeyId": "key", "CompressionType": "GZIP"}
    assert output_of({"OutputDataConfig": config}, "") == "s3://bucket/"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"S3OutputPath": "s3://bucket/", "CompressionType": "NONE"}, "CompressionType: NONE"),
        ({"S3OutputPath": "https://bucket/"}, "S3OutputPath: 'https://bucket/'"),
    ],
)
def test_other_outputs_are_refused(config: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        output_of({"OutputDataConfig": config}, "")
