from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.features import refuse_unsupported, refuse_unsupported_training


def request(**members: Any) -> dict[str, Any]:
    return {"HyperParameterTuningJobConfig": {"Strategy": "Random"}, **members}


def test_what_is_there_passes() -> None:
    refuse_unsupported(request(WarmStartConfig={}), [{"EnableManagedSpotTraining": False}])


def test_the_refusal_names_the_feature_and_what_to_do_instead() -> None:
    with pytest.raises(ValidationError, match=r"^Autotune is not supported .* yet: give ranges"):
        refuse_unsupported(request(Autotune={"Mode": "Enabled"}), [])


def test_every_definition_is_looked_at() -> None:
    with pytest.raises(ValidationError, match="RetryStrategy"):
        refuse_unsupported(request(), [{}, {"RetryStrategy": {"MaximumRetryAttempts": 1}}])


@pytest.mark.parametrize("member", ["RetryStrategy", "CheckpointConfig", "ServerlessJobConfig"])
def test_training_jobs_are_looked_at(member: str) -> None:
    with pytest.raises(ValidationError, match=f"^{member} is not supported"):
        refuse_unsupported_training({member: {"any": 1}})
