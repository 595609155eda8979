from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies._sequence import values_of
from tunesmith.strategies.grid import Grid
from tunesmith.testing.spaces import finite_spaces
from tunesmith.testing.strategies import configs_of, run

GRID = Grid()
SPACE = Space([Categorical("a", ("y", "x")), Integer("b", 1, 3), Categorical("c", (2.5, "2.5"))])
B_AND_C: list[Config] = [{"b": b, "c": c} for b in (1, 2, 3) for c in (2.5, "2.5")]
ALL: list[Config] = [{"a": a, **config} for a in ("y", "x") for config in B_AND_C]


def finished(space: Space, configs: list[Config]) -> History:
    trials = [Trial(k, config, TrialState.COMPLETED, (0.0,)) for k, config in enumerate(configs, start=1)]
    return History.of(space, trials)


def test_all_combinations_in_order_the_last_parameter_fastest() -> None:
    assert GRID.suggest(SPACE, History(SPACE), 12, 0) == ALL


def test_the_seed_does_not_matter() -> None:
    assert GRID.suggest(SPACE, History(SPACE), 12, 1) == GRID.suggest(SPACE, History(SPACE), 12, 2)


def test_fewer_when_fewer_are_left_and_none_at_the_end() -> None:
    assert GRID.suggest(SPACE, finished(SPACE, ALL[:10]), 5, 0) == ALL[10:]
    assert GRID.suggest(SPACE, finished(SPACE, ALL), 5, 0) == []


def test_what_was_tried_first_is_not_tried_again() -> None:
    initial = [ALL[7], ALL[0], ALL[11], ALL[7]]
    history = finished(SPACE, initial)
    assert GRID.suggest(SPACE, history, 99, 0) == [config for config in ALL if config not in initial]


def test_open_trials_are_tried() -> None:
    history = finished(SPACE, ALL[1:3]).with_open([Trial(3, ALL[0]), Trial(4, ALL[3], TrialState.RUNNING)])
    assert GRID.suggest(SPACE, history, 2, 0) == ALL[4:6]


def test_parallel_trials_that_end_out_of_order() -> None:
    assert sorted(map(ALL.index, configs_of(run(GRID, SPACE, 99, parallel=4)))) == list(range(12))


@given(st.data())
def test_the_next_ones_are_the_first_that_were_not_tried(data: st.DataObject) -> None:
    space = data.draw(finite_spaces())
    combinations = product(*map(values_of, space.parameters))
    everything: list[Config] = [dict(zip(space.names, values, strict=True)) for values in combinations]
    tried = data.draw(st.lists(st.sampled_from(everything)))
    count = data.draw(st.integers(0, 5))
    untried = [config for config in everything if config not in tried]
    assert GRID.suggest(space, finished(space, tried), count, 0) == untried[:count]


@pytest.mark.parametrize(
    "space",
    [
        Space([Integer("n", 1, 5000, "Logarithmic")]),
        Space([Integer("n", -2500, 2499)]),
        Space([Categorical("c", tuple(range(5))), Integer("n", 1, 1000, "Logarithmic")]),
    ],
)
def test_long_ranges_are_told_apart(space: Space) -> None:
    everything = GRID.suggest(space, History(space), 5000, 0)
    assert len(set(map(space.key, everything))) == 5000
    history = finished(space, [*everything[:3000], *everything[3001:4990]])
    assert GRID.suggest(space, history, 99, 0) == [everything[3000], *everything[4990:]]


def test_a_grid_that_nobody_could_finish_begins_all_the_same() -> None:
    space = Space([Integer(f"p{i}", -(2**53), 2**53) for i in range(30)])
    first = GRID.suggest(space, History(space), 3, 0)
    assert [config["p29"] for config in first] == [-(2**53), -(2**53) + 1, -(2**53) + 2]
    last = space.decode([[1.0] * 30])
    assert GRID.suggest(space, finished(space, [*first[:2], *last]), 1, 0) == first[2:]


def test_a_parameter_without_end_of_values_is_refused_by_name() -> None:
    space = Space([Integer("depth", 1, 3), Continuous("rate", 0.0, 1.0)])
    with pytest.raises(ValueError, match="rate: Grid needs a list of values"):
        GRID.check(space)
    with pytest.raises(ValueError, match="rate"):
        GRID.suggest(space, History(space), 1, 0)


def test_a_single_continuous_value_is_a_list_of_one() -> None:
    space = Space([Continuous("rate", 0.5, 0.5), Integer("depth", 1, 2)])
    GRID.check(space)
    assert GRID.suggest(space, History(space), 9, 0) == [
        {"rate": 0.5, "depth": 1},
        {"rate": 0.5, "depth": 2},
    ]
