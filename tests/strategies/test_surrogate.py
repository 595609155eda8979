import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.numerics.transforms import centre, compress
from tunesmith.strategies import _surrogate
from tunesmith.strategies._surrogate import (
    Prefix,
    axes_of,
    draw_prefix,
    draw_theta,
    posterior_of,
    probable_thetas,
    theta_of,
)

SPACE = Space(
    [
        Continuous("x", 0.0, 1.0),
        Integer("n", 1, 1000, "Logarithmic"),
        Continuous("fixed", 2.0, 2.0),
        Categorical("c", ("a", "b", "c")),
    ]
)


def history_of(count: int, seed: int = 0, prior: tuple[History, ...] = ()) -> History:
    points = np.random.default_rng(seed).random((count, len(SPACE)))
    configs = SPACE.decode(points)
    losses = np.square(SPACE.encode(configs) - 0.4).sum(axis=1)
    return History.of(
        SPACE,
        [
            Trial(i, config, TrialState.COMPLETED, (float(loss),))
            for i, (config, loss) in enumerate(zip(configs, losses, strict=True), start=1)
        ],
        prior,
    )


def prefix_of(history: History, *, compressed: bool = True) -> Prefix:
    return Prefix.of(axes_of(SPACE), history, compressed=compressed)


def test_what_has_one_value_is_no_feature() -> None:
    features = prefix_of(history_of(5)).features
    assert features.ordered == (0, 1)
    assert features.nominal == ((3, 3),)


def test_prefixes_are_equal_if_their_contents_are() -> None:
    whole = prefix_of(history_of(12))
    assert whole.shorter(9) == prefix_of(history_of(12).prefix(9)) == prefix_of(history_of(9))
    assert hash(whole.shorter(9)) == hash(prefix_of(history_of(9)))
    others = [
        prefix_of(history_of(12, seed=1)),
        prefix_of(history_of(12), compressed=False),
        prefix_of(history_of(12, prior=(history_of(3),))),
        whole.shorter(11),
    ]
    assert whole not in others


@pytest.mark.parametrize("count", [5, 8, 9, 40, 330])
def test_a_fit_does_not_depend_on_what_was_fitted_before(count: int) -> None:
    prefix = prefix_of(history_of(count))
    _surrogate._theta.cache_clear()
    cold = theta_of(prefix)
    for earlier in range(max(1, count - 3), count):
        theta_of(prefix.shorter(earlier))
    assert np.array_equal(theta_of(prefix), cold)


def test_a_late_start_computes_a_short_chain_of_fits() -> None:
    chain, count = [], 20_000
    while count := _surrogate._chain_before(count):
        chain.append(count)
    assert len(chain) < 30
    assert chain[-1] == 8
    assert all(longer <= 1.7 * shorter for longer, shorter in pairwise(chain))


def test_long_histories_are_refitted_only_as_they_grow() -> None:
    fitted = [_surrogate._fitted_count(n) for n in range(1, 5000)]
    assert fitted[:300] == list(range(1, 301))
    assert all(n >= m > 0.97 * n for n, m in enumerate(fitted, start=1))
    assert len(set(fitted[300:])) < 160


def test_the_data_of_a_long_history_are_the_best_the_latest_and_some_others() -> None:
    values = np.random.default_rng(0).standard_normal(2000)
    chosen = _surrogate._choose(values, 300)
    assert len(set(chosen)) == 300
    assert set(np.argsort(values)[:150]) <= set(chosen)
    assert set(range(1980, 2000)) <= set(chosen)
    earlier = _surrogate._choose(values[:1990], 300)
    assert len(set(chosen) & set(earlier)) > 270  # a subset that changes little keeps the model steady


def test_running_trials_narrow_the_model_and_leave_its_mean() -> None:
    prefix = prefix_of(history_of(15))
    theta = theta_of(prefix)
    pending = np.array([[0.9, 0.9, 0.5, 0.5]])
    without, believing = (posterior_of(prefix, theta, p) for p in (pending[:0], pending))
    (mean, variance), (mean_after, variance_after) = without.predict(pending), believing.predict(pending)
    assert np.allclose(mean, mean_after, atol=1e-6)
    assert variance_after[0] < 0.5 * variance[0]


def test_drawn_parameters_differ_with_the_seed_and_only_with_it() -> None:
    prefix = prefix_of(history_of(12))
    draws = [tuple(draw_theta(prefix, np.random.default_rng(seed))) for seed in (0, 0, 1, 2, 3, 4)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


@pytest.mark.parametrize("steep", [False, True])
def test_losses_are_compressed_where_that_makes_them_likelier(steep: bool) -> None:
    straight = history_of(30)
    losses = straight.points[:, 0] + straight.points[:, 1]
    trials = [
        Trial(t.number, t.config, t.state, (math.exp(6.0 * loss) if steep else loss,))
        for t, loss in zip(straight.finished, losses.tolist(), strict=True)
    ]
    history = History.of(SPACE, trials)
    drawn = [
        draw_prefix(axes_of(SPACE), history, np.random.default_rng(seed)).compressed for seed in range(20)
    ]
    assert np.mean(drawn) > 0.9 if steep else np.mean(drawn) < 0.3


def test_few_losses_are_compressed() -> None:
    for seed in range(9):
        assert draw_prefix(axes_of(SPACE), history_of(19), np.random.default_rng(seed)).compressed


def test_the_evidence_for_many_losses_is_looked_up() -> None:
    history = history_of(130)
    draw_prefix(axes_of(SPACE), history.prefix(128), np.random.default_rng(0))
    before = _surrogate._evidence_of_chain.cache_info()
    draw_prefix(axes_of(SPACE), history, np.random.default_rng(0))
    assert _surrogate._evidence_of_chain.cache_info().misses == before.misses


@pytest.mark.parametrize("compressed", [False, True])
def test_the_stretch_is_the_slope_of_the_transformation(compressed: bool) -> None:
    parent = history_of(40, seed=3)
    prefix = prefix_of(history_of(20, prior=(parent,)), compressed=compressed)

    def log_slopes(losses: NDArray[np.float64], deviation: float) -> float:
        t, step = centre(losses), 1e-6
        rise = (compress(t + step) - compress(t - step)) / (2 * step) if compressed else np.ones_like(t)
        return float(np.log(rise * deviation / (compress(t) if compressed else t).std()).sum())

    assert prefix.log_stretch(300) == pytest.approx(
        log_slopes(prefix.losses, float(prefix.values.std())) + log_slopes(parent.losses, 1.0), abs=1e-4
    )


def test_probable_parameters_allow_for_noise_that_the_search_does_not_expect() -> None:
    noise = np.random.default_rng(0).standard_normal(40)
    smooth = history_of(40)
    noisy = History.of(
        SPACE,
        [
            Trial(t.number, t.config, t.state, (t.reports[0] + 0.05 * float(e),))
            for t, e in zip(smooth.finished, noise, strict=True)
        ],
    )
    at = prefix_of(noisy).features.count + 1
    draws = {
        name: np.exp(probable_thetas(prefix_of(history, compressed=False))[:, at])
        for name, history in (("smooth", smooth), ("noisy", noisy))
    }
    share = 0.05**2 / noisy.losses.var()  # of the variance
    assert draws["smooth"].max() < 0.02
    assert draws["noisy"].min() < share < draws["noisy"].max()


def test_parents_teach_as_far_as_they_agree() -> None:
    parent = history_of(60, seed=3)
    prefix = prefix_of(history_of(6, prior=(parent,)))
    posterior = posterior_of(prefix, theta_of(prefix), np.empty((0, 4)))
    alone = prefix_of(history_of(6))
    without = posterior_of(alone, theta_of(alone), np.empty((0, 4)))
    unseen = history_of(100, seed=4)
    with_parent = np.corrcoef(posterior.predict(prefix.at_home(unseen.points))[0], unseen.losses)[0, 1]
    assert with_parent > np.corrcoef(without.predict(unseen.points)[0], unseen.losses)[0, 1]
    assert with_parent > 0.8


def test_results_that_parents_call_good_are_low_ones_whatever_their_unit() -> None:
    parent, everywhere = history_of(60, seed=3), history_of(200, seed=4)
    best = [everywhere.finished[i] for i in np.argsort(everywhere.losses)[:10]]
    scaled = [
        Trial(number, t.config, t.state, (1e3 + 7.0 * t.reports[0],))
        for number, t in enumerate(best, start=1)
    ]
    prefix = prefix_of(History.of(SPACE, scaled, (parent,)))
    lowest = np.sort(prefix_of(parent).values)[:6]
    assert prefix.values.mean() == pytest.approx(lowest.mean(), abs=0.3)
    assert prefix.values.std() < 0.8
    assert np.argsort(prefix.values).tolist() == list(range(10))
    posterior = posterior_of(prefix, theta_of(prefix), np.empty((0, 4)))
    elsewhere = posterior.predict(prefix.at_home(everywhere.points))[0]
    assert (
        np.mean(elsewhere > prefix.values.max()) > 0.8
    )  # most of the space is worse than all that was tried


def test_the_number_of_parents_results_is_bounded() -> None:
    parents = tuple(history_of(200, seed=seed) for seed in range(9))
    prefix = prefix_of(history_of(10, prior=parents))
    assert len(prefix.parents) == 5
    assert len(prefix.data(300).y) == 10 + 150
