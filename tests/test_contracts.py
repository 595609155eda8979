import pytest

from tunesmith.core.tuning_job import ReportRange
from tunesmith.stopping import gain, median  # noqa: F401 - they register
from tunesmith.stopping import registry as rules
from tunesmith.stopping.registry import StoppingRule
from tunesmith.strategies import bayesian, grid, random, registry, sobol  # noqa: F401 - they register
from tunesmith.strategies.registry import Strategy
from tunesmith.strategies.staged import Staged
from tunesmith.testing.stopping import StoppingContract
from tunesmith.testing.strategies import StrategyContract

NAMES = registry.names()
STAGED = {
    name: strategy.on(ReportRange(least=1, most=12))
    for name in NAMES
    if isinstance(strategy := registry.get(name), Staged)
}
RULES = {**{name: rules.get(name) for name in rules.names()}, **STAGED}


def test_our_own_strategies_are_among_those_under_test() -> None:
    assert {"Bayesian", "Grid", "Hyperband", "HyperbandBayesian", "Random", "Sobol"} <= set(NAMES)


@pytest.mark.parametrize("strategy", [pytest.param(registry.get(name), id=name) for name in NAMES])
class TestStrategies(StrategyContract):
    @pytest.fixture
    def strategy(self, request: pytest.FixtureRequest) -> Strategy:
        strategy: Strategy = request.param
        return strategy


def test_our_own_rules_are_among_those_under_test() -> None:
    assert {"gain", "median", "Hyperband", "HyperbandBayesian"} <= set(RULES)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in RULES.items()])
class TestStoppingRules(StoppingContract):
    @pytest.fixture
    def rule(self, request: pytest.FixtureRequest) -> StoppingRule:
        rule: StoppingRule = request.param
        return rule
