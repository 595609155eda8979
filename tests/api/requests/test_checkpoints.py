from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.checkpoints import checkpoints_of


@pytest.mark.parametrize(
    "config",
    [
        {"S3Uri": "s3://kept/x"},
        {"S3Uri": "s3://kept/x", "LocalPath": "/opt/ml/checkpoints"},
        {"S3Uri": "s3://kept/x", "LocalPath": "/opt/ml/checkpoints/"},
    ],
)
def test_the_usual_folder_is_kept_at_the_address(config: dict[str, str]) -> None:
    assert checkpoints_of({"CheckpointConfig": config}, "J.") == "s3://kept/x"


@pytest.mark.parametrize("members", [{}, {"CheckpointConfig": None}])
def test_without_a_config_nothing_is_kept(members: dict[str, Any]) -> None:
    assert checkpoints_of(members, "J.") is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"S3Uri": "s3://kept/x", "LocalPath": "/opt/ml/checkpoints/sub"}, r"J\.CheckpointConfig\.LocalPath"),
        ({"S3Uri": "https://kept/x"}, r"J\.CheckpointConfig\.S3Uri"),
    ],
)
def test_other_folders_and_addresses_are_refused(config: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        checkpoints_of({"CheckpointConfig": config}, "J.")
