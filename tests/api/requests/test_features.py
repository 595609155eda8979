from __future__ import annotations

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.features import refuse_unsupported, refuse_unsupported_training


def test_what_is_there_passes() -> None:
    refuse_unsupported([{"EnableManagedSpotTraining": False}])


def test_every_definition_is_looked_at() -> None:
    with pytest.raises(ValidationError, match="ServerlessJobConfig"):
        refuse_unsupported([{}, {"ServerlessJobConfig": {"JobType": "FineTuning"}}])


def test_training_jobs_are_looked_at() -> None:
    with pytest.raises(ValidationError, match=r"^ServerlessJobConfig is not supported"):
        refuse_unsupported_training({"ServerlessJobConfig": {"any": 1}})
