from __future__ import annotations

import pytest

from tunesmith.api.errors import ResourceLimitExceeded
from tunesmith.api.requests import quotas
from tunesmith.api.settings import Quotas


def test_as_much_as_the_quota_is_allowed() -> None:
    quotas.check("training_jobs", 10, 4, used=6)


def test_the_refusal_says_what_the_limit_is_and_how_to_raise_it() -> None:
    with pytest.raises(
        ResourceLimitExceeded, match=r"'training_jobs' is 10, .* 6 .* 5 more.*quotas\.training_jobs"
    ):
        quotas.check("training_jobs", 10, 5, used=6)


def test_one_more_tuning_job() -> None:
    allowed = Quotas(concurrent_tuning_jobs=2)
    quotas.check_concurrent_tuning_jobs(allowed, 1)
    with pytest.raises(ResourceLimitExceeded, match="concurrent_tuning_jobs"):
        quotas.check_concurrent_tuning_jobs(allowed, 2)
