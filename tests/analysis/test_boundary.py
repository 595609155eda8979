from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tunesmith.analysis.beliefs import Beliefs
from tunesmith.analysis.boundary import Edge, Side, boundary, widened
from tunesmith.analysis.finding import Finding, Kind, Severity
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space, Value

Seen = Callable[..., History]
SPACE = Space([Continuous("rate", 1e-4, 1e-1), Integer("depth", 4, 13), Categorical("kind", ("a", "b"))])


def found(seen: Seen, space: Space, centre: list[float], seed: int = 0, noise: float = 0.0) -> list[Finding]:
    points = space.encode(space.decode(np.random.default_rng(seed).random((40, len(space)))))
    losses = ((points - centre) ** 2).sum(axis=1)
    return judged(
        space, seen(space, points, losses + noise * np.random.default_rng(seed).standard_normal(40))
    )


def judged(space: Space, history: History) -> list[Finding]:
    beliefs = Beliefs.after(space, history)
    assert beliefs is not None
    return boundary(beliefs, Surrogate.fit(history, Objective("loss")))


@pytest.mark.parametrize("seed", range(2))
def test_an_optimum_inside_raises_no_alarm(seen: Seen, seed: int) -> None:
    assert found(seen, SPACE, [0.4, 0.6, 0.5], seed) == []


def test_an_optimum_beyond_an_end_is_found_with_what_to_do(seen: Seen) -> None:
    (finding,) = found(seen, SPACE, [1.3, 0.5, 0.5])
    assert isinstance(finding.facts, Edge)
    assert (finding.kind, finding.severity, finding.parameter) == (Kind.BOUNDARY, Severity.ALARM, "rate")
    assert (finding.facts.side, finding.facts.end) == ("upper", 0.1)
    assert finding.facts.probability > 0.8
    assert finding.facts.wider == (1e-4, 3.2)
    assert finding.sentence.startswith("The best values of rate lie at the upper end of its range, 0.1 (")
    assert finding.advice is not None
    assert finding.advice.startswith("Widen rate to 0.0001 ... 3.2 ")


@pytest.mark.parametrize("seed", range(2))
def test_a_slope_is_seen_through_noise(seen: Seen, seed: int) -> None:
    space = Space([Continuous(f"x{j}", -1.0, 2.0) for j in range(5)])
    (finding,) = found(seen, space, [1.3, 0.4, 0.6, 0.5, 0.4], seed, noise=0.03)
    assert isinstance(finding.facts, Edge)
    assert (finding.parameter, finding.facts.side) == ("x0", "upper")


def test_the_lower_end_of_whole_numbers_is_found(seen: Seen) -> None:
    (finding,) = found(seen, SPACE, [0.5, -0.2, 0.5])
    assert isinstance(finding.facts, Edge)
    assert (finding.parameter, finding.facts.side, finding.facts.end) == ("depth", "lower", 4)
    assert finding.facts.wider == (0, 13)


def test_a_natural_end_is_noted_only(seen: Seen) -> None:
    space = Space([Continuous("dropout", 0.0, 0.5), Continuous("x", 0.0, 1.0)])
    (finding,) = found(seen, space, [-0.3, 0.5])
    assert finding.severity is Severity.NOTE
    assert finding.advice == "If dropout may be less than that, widen its range."


@pytest.mark.parametrize(
    ("parameter", "side", "wider"),
    [
        (Continuous("x", 1e-5, 1e-1), "lower", (1e-7, 1e-1)),
        (Continuous("x", 1e-5, 1e-1), "upper", (1e-5, 10.0)),
        (Continuous("x", -2.0, 3.0), "lower", (-4.5, 3.0)),
        (Continuous("x", 1.0, 2.0), "lower", (0.5, 2.0)),
        (Continuous("x", 0.2, 3.0), "lower", (0.0, 3.0)),
        (Continuous("x", 0.0, 3.0), "lower", None),
        (Continuous("x", 0.0, 1.0), "upper", None),
        (Continuous("x", -1.0, 1.0), "upper", (-1.0, 2.0)),
        (Continuous("x", 0.9, 0.999, "ReverseLogarithmic"), "upper", (0.9, 0.9999)),
        (Continuous("x", 0.9, 0.999, "ReverseLogarithmic"), "lower", (0.0, 0.999)),
        (Integer("n", 8, 1024), "upper", (8, 12000)),
        (Integer("n", 1, 1024), "lower", None),
        (Integer("n", 1, 9), "lower", None),
        (Integer("n", 2, 9), "upper", (2, 13)),
    ],
)
def test_wider_ranges_are_round_and_natural(
    parameter: Continuous | Integer, side: Side, wider: tuple[Value, Value] | None
) -> None:
    assert widened(parameter, side) == (None if wider is None else pytest.approx(wider))
