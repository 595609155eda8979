import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from tunesmith.core import register as core_register
from tunesmith.core.history import History
from tunesmith.core.register import Register
from tunesmith.core.space import Config, Space
from tunesmith.strategies import bayesian, grid, random, registry, sobol  # noqa: F401 - they register


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register[registry.Strategy]:
    """A register of its own with what is registered so far; it has not looked for more yet."""
    register: Register[registry.Strategy] = Register("tunesmith.strategies", field="strategy")
    register._found.update(registry._REGISTER._found)
    monkeypatch.setattr(registry, "_REGISTER", register)
    return register


class Centre:
    def suggest(self, space: Space, history: History, count: int, seed: int) -> list[Config]:  # noqa: ARG002 - the protocol
        return list(space.decode([[0.5] * len(space)] * count))

    def check(self, space: Space) -> None:
        pass


def test_names_are_sorted_and_hold_ours() -> None:
    assert registry.names() == sorted(registry.names())
    assert {"Bayesian", "Grid", "Random", "Sobol"} <= set(registry.names())


def test_get_gives_the_strategy_of_the_name() -> None:
    assert isinstance(registry.get("Grid"), grid.Grid)


def test_an_unknown_name_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(
        ValueError,
        match="no 'Gird'; choose one of Bayesian, Grid, Hyperband, HyperbandBayesian, Random, Sobol",
    ):
        registry.get("Gird")


@pytest.mark.usefixtures("register")
def test_the_decorator_registers_and_gives_the_class_back() -> None:
    assert registry.strategy("Centre")(Centre) is Centre
    assert isinstance(registry.get("Centre"), Centre)


def test_strategies_of_other_packages_are_found(
    register: Register[registry.Strategy], monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("Centre", f"{__name__}:Centre", "tunesmith.strategies")
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or type(sys)(__name__))
    monkeypatch.setattr(sys.modules[__name__], "Centre", Centre, raising=False)
    monkeypatch.setattr(core_register, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    assert isinstance(registry.get("Centre"), Centre)
    assert "Grid" in register.names()


def test_whoever_registers_first_does_not_hide_the_others() -> None:
    program = (
        "import tunesmith.strategies.random; from tunesmith.strategies import registry; registry.get('Grid')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
