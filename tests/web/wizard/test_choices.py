from __future__ import annotations

from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.strategies import registry
from tunesmith.web.wizard.choices import needs_reports, stopping_rules_for, strategies_for


def test_strategies_say_whether_they_can_search_the_space() -> None:
    found = {each.name: each.obstacle for each in strategies_for(Space([Continuous("x", 0, 1)]))}
    assert set(found) == set(registry.names())
    assert found["Bayesian"] is None
    assert "x" in str(found["Grid"])
    assert strategies_for(Space([Categorical("x", (1, 2))]))[3].obstacle is None
    assert all(each.sentence for each in strategies_for(None))


def test_rules_do_not_go_with_strategies_that_have_their_own() -> None:
    assert needs_reports("Hyperband")
    assert not needs_reports("Random")
    assert [(each.name, each.obstacle) for each in stopping_rules_for("Random")] == [
        ("gain", None),
        ("median", None),
    ]
    assert {each.obstacle for each in stopping_rules_for("Hyperband")} == {"Hyperband stops by its own rule"}
