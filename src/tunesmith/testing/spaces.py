"""Search spaces, configurations and histories for property tests. Needs hypothesis.

Use them with `@given` as any other hypothesis strategy; `data.draw(histories(space))` makes what depends on a
space that was drawn before.
"""

from __future__ import annotations

import math

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Scale, Space, Value
from tunesmith.core.trial import Trial, TrialState

_FINAL = (TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED)
_OPEN = (TrialState.PENDING, TrialState.RUNNING, TrialState.STOPPING)
_LOSSES = st.floats(-1e6, 1e6)


@st.composite
def continuous(draw: DrawFn, name: str = "x") -> Continuous:
    """A continuous parameter of any scale, now and then with a single value."""
    scale: Scale = draw(st.sampled_from(("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")))
    width = draw(st.just(0.0) | st.floats(1e-3, 1.0))
    if scale == "Logarithmic":
        low = draw(st.floats(1e-12, 1e6))
        return Continuous(name, low, low * math.exp(20 * width), scale)
    if scale == "ReverseLogarithmic":
        low = draw(st.floats(0, 0.9))
        return Continuous(name, low, low + (0.99999 - low) * width, scale)
    low, span = draw(st.floats(-1e6, 1e6)), draw(st.floats(1.0, 1e6))
    return Continuous(name, low, low + span * width, scale)


@st.composite
def integers(draw: DrawFn, name: str = "n", most: int = 10**6) -> Integer:
    """An integer parameter of any scale, with at most `most` values, now and then with a single one."""
    scale: Scale = draw(st.sampled_from(("Auto", "Linear", "Logarithmic")))
    low = draw(st.integers(1 if scale == "Logarithmic" else -(10**6), 10**6))
    return Integer(name, low, low + draw(st.integers(0, most - 1)), scale)


def categoricals(name: str = "c", most: int = 6) -> SearchStrategy[Categorical]:
    """A categorical parameter of 1 to `most` strings, numbers or booleans."""
    choice: SearchStrategy[Value] = (
        st.text(max_size=4) | st.integers(-9, 9) | st.booleans() | st.floats(-1e9, 1e9)
    )
    choices = st.lists(choice, min_size=1, max_size=most, unique=True)
    return choices.map(lambda drawn: Categorical(name, tuple(drawn)))


@st.composite
def spaces(draw: DrawFn, most: int = 4) -> Space:
    """A space of 1 to `most` parameters of all kinds."""
    names = [f"p{i}" for i in range(draw(st.integers(1, most)))]
    return Space([draw(continuous(name) | integers(name) | categoricals(name)) for name in names])


@st.composite
def finite_spaces(draw: DrawFn, most: int = 3) -> Space:
    """A space of 1 to `most` integers and categoricals of at most 4 values each."""
    names = [f"p{i}" for i in range(draw(st.integers(1, most)))]
    return Space([draw(integers(name, most=4) | categoricals(name, most=4)) for name in names])


def configs(space: Space) -> SearchStrategy[Config]:
    """A configuration of this space, the ends of ranges included."""
    point = st.lists(st.floats(0, 1), min_size=len(space), max_size=len(space))
    return point.map(lambda units: space.decode([units])[0])


@st.composite
def histories(draw: DrawFn, space: Space, most: int = 8, priors: int = 1) -> History:
    """A history of up to `most` trials, finished and open ones in every state, with up to `priors` earlier jobs."""
    drawn = draw(st.lists(configs(space), max_size=most))
    trials = [draw(_trials(number, config)) for number, config in enumerate(drawn, start=1)]
    prior = [draw(histories(space, most, priors=0)) for _ in range(draw(st.integers(0, priors)))]
    return History.of(space, draw(st.permutations(trials)), prior)


@st.composite
def _trials(draw: DrawFn, number: int, config: Config) -> Trial:
    state = draw(st.sampled_from(_FINAL + _OPEN))
    reports = draw(st.lists(_LOSSES, max_size=3))
    return Trial(number, config, state, tuple(reports))
