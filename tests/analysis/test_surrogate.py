import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tunesmith.analysis.effects import effect, surface
from tunesmith.analysis.importance import importance
from tunesmith.analysis.surrogate import Surrogate
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState

LOSS, SCORE = Objective("loss"), Objective("score", "Maximize")  # type: ignore[arg-type]  # turned into a Goal
SPACE = Space(
    [
        Continuous("rate", 1e-5, 1.0),
        Integer("depth", 1, 9),
        Categorical("kind", ["a", "b", "c"]),
        Continuous("fixed", 2.0, 2.0),
    ]
)


def history_of(space: Space, points: NDArray[np.float64], losses: NDArray[np.float64]) -> History:
    configs = space.decode(points)
    return History.of(
        space,
        [
            Trial(i, config, TrialState.COMPLETED, (float(loss),)) if math.isfinite(loss)
            else Trial(i, config, TrialState.FAILED)
            for i, (config, loss) in enumerate(zip(configs, losses, strict=True), start=1)
        ],
    )  # fmt: skip


def smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2.0 * np.square(points[:, 0] - 0.4) + 0.5 * points[:, 1] + (points[:, 2] > 0.7))


def seen(count: int, seed: int = 0, noise: float = 0.0) -> History:
    rng = np.random.default_rng(seed)
    points = SPACE.encode(SPACE.decode(rng.random((count, 4))))
    return history_of(SPACE, points, smooth(points) + noise * rng.standard_normal(count))


def test_nothing_is_learned_from_hardly_anything() -> None:
    assert Surrogate.fit(History(SPACE), LOSS) is None
    assert Surrogate.fit(seen(4), LOSS) is None
    points = np.random.default_rng(0).random((20, 4))
    assert Surrogate.fit(history_of(SPACE, points, np.full(20, 0.1)), LOSS) is None
    assert Surrogate.fit(history_of(SPACE, points, np.full(20, np.nan)), LOSS) is None
    alone = Space([Continuous("x", 1.0, 1.0)])
    assert Surrogate.fit(history_of(alone, points[:, :1], np.arange(20.0)), LOSS) is None


def test_it_predicts_in_the_metrics_own_units() -> None:
    configs = SPACE.decode(np.random.default_rng(9).random((40, 4)))
    truth = smooth(SPACE.encode(configs))
    surrogate = Surrogate.fit(seen(60), LOSS)
    assert surrogate is not None
    means, sds = (np.array(part) for part in surrogate.predict(configs))
    assert np.abs(means - truth).max() < 0.1
    assert (np.abs(means - truth) < 3.0 * sds + 0.02).all()
    other = Surrogate.fit(seen(60), SCORE)
    assert other is not None
    assert other.predict(configs)[0] == pytest.approx(-means)


def test_draws_are_functions() -> None:
    surrogate = Surrogate.fit(seen(15), LOSS)
    assert surrogate is not None
    one, two = SPACE.decode(np.random.default_rng(9).random((2, 4)))
    draws = surrogate.sample([one, two, one])
    assert np.allclose(draws[:, 0], draws[:, 2], atol=1e-9)
    assert surrogate.predict([two])[1][0] == pytest.approx(draws[:, 1].std())


def test_what_is_expected_is_the_mean_of_the_functions() -> None:
    surrogate = Surrogate.fit(seen(40), LOSS)
    assert surrogate is not None
    points = SPACE.encode(SPACE.decode(np.random.default_rng(3).random((12, 4))))
    assert surrogate.expected(points) == pytest.approx(surrogate.functions(points).mean(axis=0), abs=1e-8)


def test_noise_is_told_from_the_function() -> None:
    silent, loud = Surrogate.fit(seen(80), LOSS), Surrogate.fit(seen(80, noise=0.2), LOSS)
    assert silent is not None
    assert loud is not None
    assert silent.noise.high < 0.05
    assert loud.noise.low < 0.2 < loud.noise.high
    assert loud.noise.value == pytest.approx(0.2, rel=0.4)


def test_the_same_history_gives_the_same_answer() -> None:
    configs = SPACE.decode(np.random.default_rng(9).random((5, 4)))
    first, second = Surrogate.fit(seen(20), LOSS), Surrogate.fit(seen(20), LOSS)
    assert first is not None
    assert second is not None
    assert first.predict(configs) == second.predict(configs)
    assert importance(first) == importance(second)


def test_failures_tell_nothing_and_an_explosion_little() -> None:
    history = seen(40)
    points, losses = history.points.copy(), history.losses.copy()
    losses[3] = np.nan
    losses[5] = 1e30
    surrogate = Surrogate.fit(history_of(SPACE, points, losses), LOSS)
    assert surrogate is not None
    assert surrogate.results == 39
    assert max(map(abs, surrogate.predict(SPACE.decode(points))[0])) < 1e3


@settings(max_examples=12, deadline=None)
@given(
    count=st.integers(0, 12),
    seed=st.integers(0, 1000),
    scale=st.sampled_from([1e-300, 1e-9, 1.0, 1e12, 1e300]),
    offset=st.sampled_from([0.0, 1.0, -1e9]),
    digits=st.integers(0, 6),
    failed=st.floats(0.0, 1.0),
    copies=st.booleans(),
)
def test_whatever_was_seen_there_is_an_answer_or_none(
    count: int, seed: int, scale: float, offset: float, digits: int, failed: float, *, copies: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.random((count, 4))
    if copies:
        points[:] = points[:1]
    losses = (rng.standard_normal(count).round(digits) + offset * (scale < 1e300)) * scale
    losses[rng.random(count) < failed] = np.nan
    surrogate = Surrogate.fit(history_of(SPACE, points, losses), SCORE)
    usable = losses[np.isfinite(losses)]
    if surrogate is None:
        assert len(usable) < 5 or np.ptp(usable) <= 1e-12 * np.abs(usable).max()
        return
    shares = importance(surrogate)
    assert [share.name for share in shares.parameters] == list(SPACE.names)
    for share in shares.parameters:
        for interval in (share.main, share.total):
            assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0
    importance(surrogate, "best")
    assert np.isfinite(effect(surrogate, "rate").mean).all()
    assert np.isfinite(surface(surrogate, "rate", "kind").sd).all()
    assert np.isfinite(surrogate.predict(SPACE.decode(points))).all()


@pytest.mark.parametrize(
    "space",
    [
        Space([Continuous("x", -1e300, 5e299)]),
        Space([Integer("k", 1, 2**53, "Logarithmic"), Integer("b", 0, 1)]),
        Space([Categorical("c", [str(i) for i in range(40)]), Categorical("one", ["only"])]),
        Space([Continuous(f"x{i}", 0.0, 1.0) for i in range(12)]),
    ],
)
def test_spaces_of_all_kinds(space: Space) -> None:
    rng = np.random.default_rng(0)
    points = space.encode(space.decode(rng.random((20, len(space)))))
    surrogate = Surrogate.fit(history_of(space, points, points.sum(axis=1)), LOSS)
    assert surrogate is not None
    for over in ("everywhere", "best"):
        shares = importance(surrogate, over)
        assert all(np.isfinite(share.total.value) for share in shares.parameters)
    for name in space.names[:2]:
        line = effect(surrogate, name)
        assert len(line.xs) == len(line.mean) == len(line.low) == len(line.high)
