from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import _sequence
from tunesmith.strategies.random import Random
from tunesmith.testing.strategies import run

RANDOM = Random()
SPACE = Space(
    [
        Continuous("rate", 1e-6, 1.0, "Logarithmic"),
        Continuous("decay", 0.0, 0.999, "ReverseLogarithmic"),
        Continuous("x", -3.0, 7.0, "Linear"),
        Integer("n", 1, 6, "Linear"),
        Integer("m", 1, 9, "Logarithmic"),
        Categorical("c", ("a", "b", "c")),
    ]
)
FINITE = Space([Integer("n", 1, 40, "Logarithmic"), Categorical("c", tuple("abcdefghijklmnopqrstuvwxy"))])


def draws(count: int, seed: int = 1, space: Space = SPACE) -> list[Config]:
    return RANDOM.suggest(space, History(space), count, seed)


def by_number(history: History) -> dict[int, Config]:
    return {trial.number: trial.config for trial in (*history.finished, *history.open)}


@pytest.mark.parametrize("space", [SPACE, FINITE])
def test_the_kth_configuration_does_not_depend_on_parallelism(space: Space) -> None:
    alone = by_number(run(RANDOM, space, 60, parallel=1))
    assert by_number(run(RANDOM, space, 60, parallel=4)) == alone
    assert [alone[k] for k in range(1, 61)] == draws(60, seed=3, space=space)


@pytest.mark.parametrize("space", [SPACE, FINITE])
def test_the_kth_configuration_does_not_depend_on_what_was_tried_before(space: Space) -> None:
    same = space.decode([[0.5] * len(space)])[0]
    history = History.of(space, [Trial(k, same, TrialState.FAILED) for k in range(1, 6)])
    assert RANDOM.suggest(space, history, 3, 1) == draws(8, space=space)[5:]


def test_another_seed_gives_other_configurations() -> None:
    keys = [set(map(SPACE.key, draws(50, seed))) for seed in (0, 1, 2**32, 2**70)]
    assert all(a.isdisjoint(b) for i, a in enumerate(keys) for b in keys[:i])


@pytest.mark.parametrize(
    ("name", "uniform"),
    [
        ("rate", lambda x: np.log10(x) / 6 + 1),
        ("decay", lambda x: np.log10(1 - x) / -3),
        ("x", lambda x: (x + 3) / 10),
    ],
)
def test_continuous_draws_are_even_under_their_scale(name: str, uniform: np.ufunc) -> None:
    values = np.array([config[name] for config in draws(500)])
    assert stats.kstest(uniform(values), "uniform").pvalue > 0.01


def test_discrete_draws_have_their_shares_and_ends_their_full_mass() -> None:
    configs = draws(3000)
    logarithmic = np.log((np.arange(1, 10) + 0.5) / (np.arange(1, 10) - 0.5)) / np.log(9.5 / 0.5)
    for name, values, shares in (
        ("n", range(1, 7), np.full(6, 1 / 6)),
        ("m", range(1, 10), logarithmic),
        ("c", "abc", np.full(3, 1 / 3)),
    ):
        counts = Counter(config[name] for config in configs)
        assert stats.chisquare([counts[v] for v in values], 3000 * shares).pvalue > 0.01


def test_neighbouring_draws_are_not_correlated() -> None:
    units = SPACE.encode(draws(2000))[:, 0]
    assert abs(np.corrcoef(units[:-1], units[1:])[0, 1]) < 0.06


def test_a_finite_space_is_exhausted_before_anything_repeats() -> None:
    keys = list(map(FINITE.key, draws(2500, space=FINITE)))
    rounds = [keys[:1000], keys[1000:2000], keys[2000:]]
    assert len(set(rounds[0])) == len(set(rounds[1])) == 1000
    assert len(set(rounds[2])) == 500
    assert rounds[0] != rounds[1]


def test_what_was_computed_before_does_not_matter() -> None:
    at_once = draws(900, space=FINITE)
    _sequence._round.cache_clear()
    one_by_one = [RANDOM.suggest(FINITE, _created(k), 1, 1)[0] for k in range(900)]
    assert one_by_one == at_once


def test_the_rest_of_a_space_comes_in_the_order_of_draws_without_replacement() -> None:
    space = Space([Integer("n", 1, 3, "Logarithmic"), Categorical("c", ("only",))])
    share = dict(zip((1, 2, 3), _sequence._shares(space.parameters[0]), strict=True))
    rng = np.random.default_rng(7)
    orders = Counter(tuple(config["n"] for _, config in _sequence._rest(space, {}, rng)) for _ in range(5000))
    expected = [5000 * share[a] * share[b] / (1 - share[a]) for a, b, _ in permutations((1, 2, 3))]
    assert stats.chisquare([orders[order] for order in permutations((1, 2, 3))], expected).pvalue > 0.01


def test_the_shares_are_the_parts_of_the_unit_interval() -> None:
    for parameter in SPACE.parameters[3:]:
        units = (np.arange(100_000) + 0.5) / 100_000
        counts = Counter(parameter.from_unit(units))
        shares = _sequence._shares(parameter)
        assert [counts[v] / 100_000 for v in _sequence.values_of(parameter)] == pytest.approx(
            shares, abs=1e-4
        )


def test_spaces_that_are_equal_but_for_types_keep_their_types() -> None:
    spaces = [Space([Categorical("c", choices)]) for choices in ((1, 0), (True, False), (1.0, 0.0))]
    for space, kind in zip(spaces, (int, bool, float), strict=True):
        assert {type(config["c"]) for config in draws(4, space=space)} == {kind}


def test_integers_beyond_the_resolution_of_floats_are_no_trap() -> None:
    space = Space([Integer("n", 2**53 - 3, 2**53)])
    assert {config["n"] for config in draws(4, space=space)} == set(range(2**53 - 3, 2**53 + 1))


def test_a_space_of_many_single_values() -> None:
    space = Space([Integer(f"p{i}", i, i) for i in range(100)] + [Integer("n", 1, 2)])
    assert {config["n"] for config in draws(2, space=space)} == {1, 2}


def _created(count: int) -> History:
    config = FINITE.decode([[0.5, 0.5]])[0]
    return History(FINITE, tuple(Trial(k, config) for k in range(1, count + 1)))
