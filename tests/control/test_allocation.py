from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control.allocation import HOPELESS, choose, entitlement, hopeful
from tunesmith.core.history import History
from tunesmith.core.space import Continuous, Space
from tunesmith.core.trial import Trial, TrialState

SPACE = Space([Continuous("x", 0.0, 1.0)])
Algorithm = Callable[[int], float | None]  # the loss of its 1st, 2nd, ... trial; None: it fails


def trial(number: int, loss: float | None) -> Trial:
    state = TrialState.FAILED if loss is None else TrialState.COMPLETED
    return Trial(number, {"x": 0.5}, state, () if loss is None else (loss,))


def simulate(algorithms: Mapping[str, Algorithm], trials: int, parallel: int = 1) -> list[str]:
    """The algorithms that got the trials, in order; trials end in the order in which they were started."""
    histories = {name: History(SPACE) for name in algorithms}
    given: list[str] = []
    started: list[str] = []
    for number in range(1, trials + 1):
        name = choose(histories)
        given.append(name)
        started.append(name)
        histories[name] = histories[name].with_open((*histories[name].open, Trial(number, {"x": 0.5})))
        if len(started) == parallel:
            first = started.pop(0)
            history = histories[first]
            ended = trial(history.open[0].number, algorithms[first](len(history) + 1))
            histories[first] = history.add(ended)
    return given


def noisy(level: float, spread: float, seed: int) -> Algorithm:
    draws = level + spread * np.random.default_rng(seed).random(1000)
    return lambda nth: float(draws[nth - 1])


LOSSES = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=60, max_size=60), min_size=1, max_size=10)


@given(losses=LOSSES, parallel=st.integers(1, 12))
def test_none_ever_has_less_than_it_is_entitled_to(losses: list[list[float]], parallel: int) -> None:
    algorithms = {f"a{i}": (lambda nth, own=own: own[nth - 1]) for i, own in enumerate(losses)}
    given = simulate(algorithms, 60, parallel)
    counts = Counter(dict.fromkeys(algorithms, 0))
    for total, name in enumerate(given, 1):
        counts[name] += 1
        assert min(counts.values()) >= entitlement(total, len(algorithms))


@given(trials=st.integers(0, 10_000), algorithms=st.integers(1, 10))
def test_the_entitlement_grows_but_its_share_falls(trials: int, algorithms: int) -> None:
    owed = entitlement(trials, algorithms)
    assert owed * algorithms <= trials
    assert owed <= entitlement(trials + algorithms, algorithms) <= owed + 1
    if trials >= 100 * algorithms:
        assert owed * algorithms <= 0.2 * trials


def test_results_do_not_count_before_each_was_tried_twice() -> None:
    algorithms = {"good": noisy(0, 0.1, 0), "bad": noisy(5, 0.1, 1), "worse": noisy(9, 0.1, 2)}
    assert Counter(simulate(algorithms, 6)) == {"good": 2, "bad": 2, "worse": 2}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("parallel", [1, 4])
def test_the_hopeless_get_much_less_than_an_equal_share(seed: int, parallel: int) -> None:
    algorithms = {"good": noisy(0.1, 0.5, seed)} | {
        f"bad{i}": noisy(1.0, 0.5, 100 * seed + i) for i in range(4)
    }
    counts = Counter(simulate(algorithms, 100, parallel))
    assert all(counts[f"bad{i}"] <= 10 for i in range(4))
    assert counts["good"] >= 60


@pytest.mark.parametrize("seed", range(10))
def test_equal_ones_share_the_budget(seed: int) -> None:
    algorithms = {name: noisy(0.1, 0.5, 10 * seed + i) for i, name in enumerate("abc")}
    assert min(Counter(simulate(algorithms, 90)).values()) >= 12


@pytest.mark.parametrize("awakes", [4, 6, 8])
@pytest.mark.parametrize("seed", range(5))
def test_one_that_is_bad_for_long_and_then_the_best_wins(awakes: int, seed: int) -> None:
    early, late = noisy(0.2, 0.3, seed), noisy(0.7, 0.3, seed + 50)

    def bloomer(nth: int) -> float | None:
        loss = late(nth)
        assert loss is not None
        return loss if nth < awakes else 0.1 + 0.4 / (nth - awakes + 2)

    given = simulate({"early": early, "other": noisy(0.8, 0.2, seed + 99), "bloomer": bloomer}, 150)
    assert Counter(given[-30:]).most_common(1)[0][0] == "bloomer"


@pytest.mark.parametrize("seed", range(5))
def test_one_that_may_come_to_the_best_gets_most_of_an_equal_split(seed: int) -> None:
    algorithms = {"quick": noisy(0.1, 0.1, seed), "wide": noisy(0.5, 2.0, seed + 50)}
    assert 37 <= Counter(simulate(algorithms, 100))["wide"] <= 50


@pytest.mark.parametrize("seed", range(5))
def test_one_whose_losses_all_lie_together_far_off_gets_little(seed: int) -> None:
    algorithms = {"quick": noisy(0.1, 0.1, seed), "far": noisy(0.5, 0.1, seed + 50)}
    assert Counter(simulate(algorithms, 100))["far"] <= 14


def test_one_that_keeps_improving_is_followed_up() -> None:
    given = simulate({"flat": lambda _: 0.5, "falling": lambda nth: 2.0 * 0.8**nth}, 40)
    assert given[-20:].count("falling") >= 15


def test_one_that_always_fails_is_given_up() -> None:
    given = simulate({"good": noisy(0, 1, 0), "broken": lambda _: None}, 100)
    assert given.count("broken") == HOPELESS


def test_those_may_get_more_that_are_not_given_up() -> None:
    results: dict[str, list[float | None]] = {
        "good": [0.5],
        "failing": [None] * (HOPELESS - 1),
        "hopeless": [None] * HOPELESS,
        "new": [],
    }
    histories = {
        name: History.of(SPACE, [trial(i, loss) for i, loss in enumerate(losses, 1)])
        for name, losses in results.items()
    }
    assert [*hopeful(histories)] == ["good", "failing", "new"]
    del histories["good"]
    assert [*hopeful(histories)] == ["failing", "hopeless", "new"]


def test_where_all_fail_all_are_tried_alike() -> None:
    given = simulate({"a": lambda _: None, "b": lambda _: None}, 20)
    assert Counter(given) == {"a": 10, "b": 10}


@given(
    losses=st.lists(st.floats(-1e300, 1e300) | st.none(), min_size=2, max_size=8),
    scale=st.sampled_from([0.0, 5e-324, 1.0]),
)
def test_any_losses_give_a_choice(losses: list[float | None], scale: float) -> None:
    half = len(losses) // 2
    histories = {
        name: History.of(
            SPACE, [trial(n, loss if loss is None else loss * scale) for n, loss in enumerate(own, 1)]
        )
        for name, own in (("a", losses[:half] * 9), ("b", losses[half:] * 9))
    }
    assert choose(histories) in histories
