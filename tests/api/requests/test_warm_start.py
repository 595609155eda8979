from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.warm_start import check_warm_start


def request(*parents: str, strategy: str = "Bayesian", **members: Any) -> dict[str, Any]:
    names = [{"HyperParameterTuningJobName": name} if name else {} for name in parents]
    return {
        "HyperParameterTuningJobName": "new",
        "HyperParameterTuningJobConfig": {"Strategy": strategy},
        "WarmStartConfig": {
            "WarmStartType": "TransferLearning",
            "ParentHyperParameterTuningJobs": names,
        },
        **members,
    }


def test_good_ones_pass() -> None:
    check_warm_start(request("one", "two"))
    check_warm_start(request("one", strategy="Random"))
    check_warm_start({"HyperParameterTuningJobName": "new"})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (request("one", ""), "needs a HyperParameterTuningJobName"),
        (request("one", "ONE"), "repeated: one"),
        (request("one", "NEW"), "'new' is the new tuning job itself"),
        (request("one", strategy="Grid"), "strategy Grid .* Bayesian or Random"),
        (request("one", strategy="Hyperband"), "strategy Hyperband"),
        (request("one", TrainingJobDefinitions=[{}]), "TrainingJobDefinitions cannot have a warm start"),
    ],
)
def test_bad_ones_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        check_warm_start(wrong)
