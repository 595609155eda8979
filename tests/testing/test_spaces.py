import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.testing.spaces import configs, finite_spaces, histories, spaces


@given(st.data())
def test_what_is_drawn_lies_in_the_space(data: st.DataObject) -> None:
    space = data.draw(spaces() | finite_spaces())
    space.check(data.draw(configs(space)))
    history = data.draw(histories(space))
    for trial in (*history.finished, *history.open):
        space.check(trial.config)
    assert all(prior.space == space for prior in history.prior)


@given(finite_spaces(most=2))
def test_finite_spaces_are_small(space: Space) -> None:
    assert space.cardinality in range(1, 17)


@pytest.mark.parametrize("kind", [Continuous, Integer, Categorical])
def test_every_kind_of_parameter_comes_up(kind: type) -> None:
    find(spaces(), lambda space: any(isinstance(parameter, kind) for parameter in space.parameters))


def test_every_kind_of_trial_comes_up() -> None:
    space = Space([Integer("n", 1, 3)])
    find(histories(space), lambda history: len(history) > 1 and len(history.open) > 0)
    find(histories(space), lambda history: history.best is not None and len(history.prior) > 0)
