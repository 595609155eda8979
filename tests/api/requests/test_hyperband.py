from __future__ import annotations

from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.hyperband import check_hyperband
from tunesmith.core.objective import Objective


def check(static: dict[str, str], early: str = "Off", **resources: Any) -> None:
    config = {
        "Strategy": "Hyperband",
        "TrainingJobEarlyStoppingType": early,
        "StrategyConfig": {"HyperbandStrategyConfig": resources},
    }
    definition = Definition(
        field="D",
        members={"StaticHyperParameters": static},
        objective=Objective("loss"),
        objective_field="O",
        ranges={},
        ranges_field="R",
    )
    check_hyperband(config, [definition])


@pytest.mark.parametrize("name", ["epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs"])
@pytest.mark.parametrize("text", ["9", '"9"'])
def test_the_largest_resource_is_given_or_taken_from_a_hyperparameter(name: str, text: str) -> None:
    check({name: text}, MinResource=9)
    with pytest.raises(ValidationError, match=r"MinResource: 10 must not exceed MaxResource, which is 9"):
        check({name: text}, MinResource=10)


@pytest.mark.parametrize(
    ("static", "resources", "words"),
    [
        ({}, {}, "MaxResource: is missing; .*n_epochs"),
        ({"epochs": "many"}, {}, "hyperparameter epochs, and 'many'"),
        ({"epochs": "1.5"}, {}, "'1.5' is not a whole number"),
        ({"epochs": "true"}, {}, "'true'"),
        ({"epochs": "0"}, {}, "'0'"),
        ({}, {"MaxResource": 20_001}, "20001 is more than the 20000"),
        ({}, {"MaxResource": 3, "MinResource": 4}, "MinResource: 4"),
    ],
)
def test_resources_must_make_sense(static: dict[str, str], resources: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        check(static, **resources)
    check(static, MaxResource=20_000, MinResource=4)


def test_it_stops_training_jobs_by_itself() -> None:
    with pytest.raises(ValidationError, match="Auto does not go with Hyperband"):
        check({"epochs": "9"}, early="Auto")


def test_its_settings_go_with_no_other_strategy() -> None:
    with pytest.raises(ValidationError, match=r"StrategyConfig: .*not with Random"):
        check_hyperband({"Strategy": "Random", "StrategyConfig": {"HyperbandStrategyConfig": {}}}, [])
    check_hyperband({"Strategy": "Random"}, [])
