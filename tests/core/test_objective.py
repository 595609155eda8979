import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.objective import Goal, Objective


@given(st.sampled_from(Goal), st.floats(allow_nan=False))
def test_a_loss_turns_back_into_the_value(goal: Goal, value: float) -> None:
    objective = Objective("accuracy", goal)
    assert objective.value(objective.loss(value)) == value


def test_lower_losses_are_better_values() -> None:
    assert Objective("accuracy", Goal.MAXIMIZE).loss(0.9) < Objective("accuracy", Goal.MAXIMIZE).loss(0.8)
    assert Objective("error").loss(0.1) < Objective("error").loss(0.2)


def test_the_goal_may_be_given_as_text() -> None:
    assert Objective("accuracy", "Maximize").goal is Goal.MAXIMIZE  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'maximise'"):
        Objective("accuracy", "maximise")  # type: ignore[arg-type]


def test_a_metric_needs_a_name() -> None:
    with pytest.raises(ValueError, match="objective: the metric needs a name"):
        Objective("")
