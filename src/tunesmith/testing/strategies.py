"""The contract of search strategies, as a test suite. Needs pytest and hypothesis.

Whoever writes a strategy runs it over theirs:

    class TestMine(StrategyContract):
        @pytest.fixture
        def strategy(self) -> Strategy:
            return registry.get("Mine")
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies.registry import Strategy
from tunesmith.testing.spaces import finite_spaces, histories, spaces

SPACES = {
    "mixed": Space(
        [
            Continuous("lr", 1e-5, 1.0, "Logarithmic"),
            Continuous("momentum", 0.5, 0.999, "ReverseLogarithmic"),
            Integer("depth", 1, 12),
            Categorical("booster", ("gbtree", "dart", "gblinear")),
        ]
    ),
    "continuous": Space([Continuous("x", -5.0, 10.0), Continuous("y", 0.0, 15.0)]),
    "one value each": Space([Continuous("x", 2.0, 2.0), Integer("n", 3, 3), Categorical("c", ("only",))]),
    "one value among others": Space(
        [Continuous("x", 0.0, 0.0), Integer("n", 1, 5), Categorical("c", (1, True + 1, "1"))]
    ),
    "finite": Space([Integer("n", 1, 4), Categorical("c", ("a", "b", "c"))]),
    "integers": Space([Integer("n", 1, 10_000, "Logarithmic"), Integer("m", -3, 3)]),
    "choices of all types": Space([Categorical("c", (False, 2, 2.5, "2", "", "ä"))]),
}
"""Spaces with a peculiarity each."""

_property = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],  # strategies are stateless
)


class StrategyContract:
    """What every strategy must hold, whatever it is about. Subclass it and override the fixture `strategy`."""

    @pytest.fixture
    def strategy(self) -> Strategy:
        """The strategy under test."""
        raise NotImplementedError

    @pytest.fixture(params=SPACES)
    def space(self, request: pytest.FixtureRequest, strategy: Strategy) -> Space:
        """The spaces of `SPACES` that the strategy accepts."""
        space = SPACES[request.param]
        if not accepts(strategy, space):
            pytest.skip("the strategy refuses this space")
        return space

    def test_suggests_as_many_as_asked_for_inside_the_space(self, strategy: Strategy, space: Space) -> None:
        configs = strategy.suggest(space, History(space), 5, 3)
        assert len(configs) == 5 or len(configs) == space.cardinality
        check_inside(space, configs)

    def test_suggests_nothing_when_asked_for_nothing(self, strategy: Strategy, space: Space) -> None:
        assert strategy.suggest(space, History(space), 0, 3) == []

    def test_runs_of_parallel_trials_try_nothing_twice(self, strategy: Strategy, space: Space) -> None:
        configs = configs_of(run(strategy, space, 14, parallel=3))
        assert len(set(map(space.key, configs))) == min(14, space.cardinality or 14)
        check_inside(space, configs)

    def test_goes_on_or_ends_when_a_finite_space_is_exhausted(self, strategy: Strategy) -> None:
        space = SPACES["finite"]
        history = run(strategy, space, 12)
        assert len(set(map(space.key, configs_of(history)))) == space.cardinality == 12
        more = strategy.suggest(space, history, 2, 3)
        assert len(more) in {0, 2}
        check_inside(space, more)

    def test_same_arguments_same_answer(self, strategy: Strategy, space: Space) -> None:
        history = run(strategy, space, 10, parallel=2)
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002 - the global state must not matter
        first = strategy.suggest(space, history, 2, 3)
        random.seed(2)
        np.random.seed(2)  # noqa: NPY002 - as above
        assert strategy.suggest(space, history, 2, 3) == first

    def test_leaves_the_global_random_states_alone(self, strategy: Strategy, space: Space) -> None:
        before = random.getstate(), str(np.random.get_state())  # noqa: NPY002 - it is what must not change
        strategy.suggest(space, run(strategy, space, 8), 2, 3)
        assert (random.getstate(), str(np.random.get_state())) == before  # noqa: NPY002 - as above

    def test_changing_a_suggestion_changes_no_later_one(self, strategy: Strategy, space: Space) -> None:
        first = strategy.suggest(space, History(space), 1, 3)
        copies = [dict(config) for config in first]
        for config in first:
            if isinstance(config, dict):
                config.clear()
        assert strategy.suggest(space, History(space), 1, 3) == copies

    def test_does_not_change_the_history(self, strategy: Strategy, space: Space) -> None:
        history = run(strategy, space, 8, parallel=2)
        finished, waiting, points = history.finished, history.open, history.points.copy()
        strategy.suggest(space, history, 2, 3)
        assert (history.finished, history.open) == (finished, waiting)
        assert np.array_equal(history.points, points)

    def test_how_the_history_came_about_does_not_matter(self, strategy: Strategy, space: Space) -> None:
        grown = run(strategy, space, 12, parallel=2)
        rebuilt = History.of(space, [*grown.finished, *grown.open])
        assert strategy.suggest(space, rebuilt, 1, 3) == strategy.suggest(space, grown, 1, 3)

    def test_another_process_gives_the_same_answers(self, strategy: Strategy) -> None:
        accepted = [space for space in SPACES.values() if accepts(strategy, space)]
        grown = [run(strategy, space, 9, parallel=2) for space in accepted]
        cases = [(history.space, [*history.finished, *history.open]) for history in grown]
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            there = pool.submit(_suggestions, strategy, cases).result()
        assert there == _suggestions(strategy, cases)

    @pytest.mark.parametrize("state", [TrialState.FAILED, TrialState.COMPLETED])
    def test_works_when_no_trial_has_a_loss(
        self, strategy: Strategy, space: Space, state: TrialState
    ) -> None:
        configs = strategy.suggest(space, History(space), 4, 3)
        trials = [Trial(number, config, state) for number, config in enumerate(configs, start=1)]
        check_inside(space, strategy.suggest(space, History.of(space, trials), 2, 3))

    def test_works_when_all_losses_are_equal(self, strategy: Strategy, space: Space) -> None:
        configs = strategy.suggest(space, History(space), 12, 3)
        trials = [Trial(n, config, TrialState.COMPLETED, (0.0,)) for n, config in enumerate(configs, start=1)]
        check_inside(space, strategy.suggest(space, History.of(space, trials), 2, 3))

    def test_works_with_only_open_trials(self, strategy: Strategy, space: Space) -> None:
        configs = strategy.suggest(space, History(space), 12, 3)
        trials = [Trial(n, config, TrialState.RUNNING) for n, config in enumerate(configs, start=1)]
        check_inside(space, strategy.suggest(space, History.of(space, trials), 2, 3))

    @_property
    @given(data=st.data())
    def test_works_after_any_history(self, strategy: Strategy, data: st.DataObject) -> None:
        space = data.draw(spaces() | finite_spaces())
        assume(accepts(strategy, space))
        history = data.draw(histories(space))
        configs = strategy.suggest(space, history, 2, 3)
        assert len(configs) == 2 or space.cardinality is not None
        check_inside(space, configs)
        assert strategy.suggest(space, history, 2, 3) == configs

    @_property
    @given(space=finite_spaces(most=2))
    def test_tries_all_of_any_finite_space_once(self, strategy: Strategy, space: Space) -> None:
        assume(accepts(strategy, space))
        configs = configs_of(run(strategy, space, space.cardinality or 0, parallel=2))
        assert len(set(map(space.key, configs))) == space.cardinality


def accepts(strategy: Strategy, space: Space) -> bool:
    """Whether the strategy can search this space."""
    try:
        strategy.check(space)
    except ValueError:
        return False
    return True


def check_inside(space: Space, configs: Iterable[Config]) -> None:
    """Assert that the configurations lie in the space and that their values have the types of the parameters."""
    for config in configs:
        space.check(config)
        for parameter in space.parameters:
            value = config[parameter.name]
            if isinstance(parameter, Categorical):
                assert any(value == choice and type(value) is type(choice) for choice in parameter.choices)
            else:
                assert type(value) is (int if isinstance(parameter, Integer) else float)


def run(strategy: Strategy, space: Space, count: int, parallel: int = 1, seed: int = 3) -> History:
    """Run a tuning job until `count` trials have started, or there are no more suggestions; give its history.

    Of `parallel` running trials the latest but one ends first. Every fifth fails.
    """
    history = History(space)
    for number in range(1, count + 1):
        if len(history.open) == parallel:
            history = _end(history)
        for config in strategy.suggest(space, history, 1, seed):
            history = history.with_open((*history.open, Trial(number, config, TrialState.RUNNING)))
    return history


def configs_of(history: History) -> list[Config]:
    """The configurations of all trials, finished and open."""
    return [trial.config for trial in (*history.finished, *history.open)]


def _end(history: History) -> History:
    trial = history.open[-2:][0]
    loss = float(np.sum((history.space.encode([trial.config]) - 0.3) ** 2))
    state = TrialState.COMPLETED if trial.number % 5 else TrialState.FAILED
    return history.add(Trial(trial.number, trial.config, state, (loss,)))


def _suggestions(strategy: Strategy, cases: list[tuple[Space, list[Trial]]]) -> list[list[Config]]:
    return [strategy.suggest(space, History.of(space, trials), 1, 3) for space, trials in cases]
