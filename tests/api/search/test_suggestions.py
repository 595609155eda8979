from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import event

from tunesmith.api.call import Call
from tunesmith.api.errors import ValidationError
from tunesmith.api.search.search import search
from tunesmith.api.search.suggestions import suggestions
from tunesmith.store.store import Store


def suggested(store: Store, now: datetime, hint: str | None, resource: str = "TrainingJob") -> list[str]:
    query = {} if hint is None else {"SuggestionQuery": {"PropertyNameQuery": {"PropertyNameHint": hint}}}
    call = Call(operation="GetSearchSuggestions", request={"Resource": resource, **query})
    return [each["PropertyName"] for each in suggestions(store, call, now)["PropertyNameSuggestions"]]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("HyperParameters.", ["_tuning_objective_metric", "epochs", "lr", "solo"]),
        ("hyperparameters.L", ["lr"]),
        ("METRICS.", ["ObjectiveMetric", "acc", "loss"]),
        ("Tags.of", ["of-first"]),
        ("Tags.x", []),
        ("color", []),
    ],
)
def test_names_that_begin_like_the_hint(hint: str, expected: list[str], store: Store, now: datetime) -> None:
    head = hint.partition(".")[0].lower()
    assert suggested(store, now, hint) == [f"{head}.{name}" for name in expected]


def test_without_a_hint_all_names(store: Store, now: datetime) -> None:
    names = suggested(store, now, None)
    assert len(names) == 4 + 3 + 2
    assert suggested(store, now, None, "HyperParameterTuningJob") == [
        "tags.of-first",
        "tags.of-second",
        "tags.team",
    ]


def test_a_suggestion_can_be_searched_for(store: Store, now: datetime) -> None:
    for name in suggested(store, now, None):
        expression = {"Filters": [{"Name": name, "Operator": "Exists"}]}
        call = Call(operation="Search", request={"Resource": "TrainingJob", "SearchExpression": expression})
        assert search(store, call, now)["TotalHits"]["Value"] >= 1, name


def test_other_resources_are_refused(store: Store, now: datetime) -> None:
    with pytest.raises(ValidationError, match="kind Model cannot be searched"):
        suggested(store, now, "tags", "Model")


def test_suggestions_take_few_queries(store: Store, now: datetime) -> None:
    statements: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert suggested(store, now, None)
    assert len(statements) == 3  # the training jobs, their tuning jobs, their tags
