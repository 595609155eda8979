import pytest

from tunesmith.strategies import bayesian, grid, random, registry, sobol  # noqa: F401 - they register
from tunesmith.strategies.registry import Strategy
from tunesmith.testing.strategies import StrategyContract

NAMES = registry.names()


def test_our_own_strategies_are_among_those_under_test() -> None:
    assert {"Bayesian", "Grid", "Random", "Sobol"} <= set(NAMES)


@pytest.mark.parametrize("strategy", [pytest.param(registry.get(name), id=name) for name in NAMES])
class TestStrategies(StrategyContract):
    @pytest.fixture
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        strategy: Strategy = request.param
        return strategy
