import json
import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.numerics.sobol import scrambled_sobol
from tunesmith.strategies import _surrogate
from tunesmith.strategies.bayesian import Bayesian

Loss = Callable[[Config], float]
SEARCH = Bayesian()
PLANE = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
MIXED = Space(
    [
        Continuous("rate", 1e-5, 1.0),
        Integer("depth", 1, 40),
        Integer("width", 8, 4096, "Logarithmic"),
        Categorical("kind", ("a", "b", "c")),
    ]
)


def bowl(config: Config) -> float:
    return (float(config["x"]) - 0.3) ** 2 + (float(config["y"]) - 0.8) ** 2


def mixed(config: Config) -> float:
    kind = {"a": 0.0, "b": 1.0, "c": 3.0}[str(config["kind"])]
    rate, depth, width = (float(config[name]) for name in ("rate", "depth", "width"))
    return (math.log10(rate) + 2.0) ** 2 + abs(depth - 11.0) / 5.0 + abs(math.log2(width) - 7.0) / 3.0 + kind


def ended(number: int, config: Config, loss: float | None) -> Trial:
    if loss is None:
        return Trial(number, config, TrialState.FAILED)
    return Trial(number, config, TrialState.COMPLETED, (loss,))


def run(space: Space, loss: Loss, count: int, seed: int = 0, prior: tuple[History, ...] = ()) -> History:
    history = History(space, prior=prior)
    for number in range(1, count + 1):
        (config,) = SEARCH.suggest(space, history, 1, seed)
        history = history.add(ended(number, config, loss(config)))
    return history


def random_history(space: Space, loss: Loss, count: int, seed: int = 0) -> History:
    configs = space.decode(np.random.default_rng(seed).random((count, len(space))))
    return History.of(space, [ended(i, config, loss(config)) for i, config in enumerate(configs, start=1)])


def best_loss(history: History) -> float:
    assert history.best is not None
    assert history.best.loss is not None
    return history.best.loss


def test_finds_the_bottom_of_a_bowl() -> None:
    assert best_loss(run(PLANE, bowl, 20)) < 1e-4


def test_finds_the_best_of_a_mixed_space() -> None:
    history = run(MIXED, mixed, 50)
    assert history.best is not None
    assert history.best.config["kind"] == "a"
    assert best_loss(history) < 0.3


@pytest.mark.long
def test_is_clearly_better_than_random_search_on_branin() -> None:
    space = Space([Continuous("x", -5.0, 10.0), Continuous("y", 0.0, 15.0)])

    def branin(config: Config) -> float:
        x, y = float(config["x"]), float(config["y"])
        valley = (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
        return float(valley + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10)

    ours = [best_loss(run(space, branin, 30, seed)) for seed in range(20)]
    random = [best_loss(random_history(space, branin, 30, seed)) for seed in range(20)]
    assert np.median(ours) < 0.41  # the minimum is 0.3979
    assert np.median(random) > 0.6


def test_begins_in_the_middle_and_goes_on_with_sobol_points() -> None:
    history = History(PLANE)
    configs = SEARCH.suggest(PLANE, history, 12, 5)
    assert configs[0] == {"x": 0.5, "y": 0.5}
    assert np.allclose(PLANE.encode(configs)[1:], scrambled_sobol(12, 2, 5)[1:])
    for number, config in enumerate(configs[:3], start=1):
        history = history.add(ended(number, config, bowl(config)))
    assert SEARCH.suggest(PLANE, history, 1, 5) == configs[3:4]
    history = history.add(ended(4, configs[3], bowl(configs[3])))
    assert SEARCH.suggest(PLANE, history, 1, 5) != configs[4:5]


def test_the_design_ends_with_the_first_result_once_it_is_complete() -> None:
    configs = SEARCH.suggest(PLANE, History(PLANE), 9, 5)
    running = [Trial(number, config, TrialState.RUNNING) for number, config in enumerate(configs, start=1)]
    sobol = PLANE.decode(scrambled_sobol(1, 2, 5, skip=9))
    assert SEARCH.suggest(PLANE, History(PLANE).with_open(running), 1, 5) == sobol
    failed = History.of(PLANE, [ended(1, configs[0], None), *running[1:]])
    assert SEARCH.suggest(PLANE, failed, 1, 5) == sobol
    one_is_back = History.of(PLANE, [ended(1, configs[0], 1.0), *running[1:]])
    assert SEARCH.suggest(PLANE, one_is_back, 1, 5) != sobol


def test_two_at_once_equal_one_after_the_other() -> None:
    history = run(MIXED, mixed, 12)
    first, second = SEARCH.suggest(MIXED, history, 2, 0)
    waiting = history.with_open([Trial(13, first, TrialState.RUNNING)])
    assert SEARCH.suggest(MIXED, waiting, 1, 0) == [second]
    assert first != second


def test_running_trials_keep_suggestions_apart() -> None:
    configs = SEARCH.suggest(PLANE, run(PLANE, bowl, 15), 8, 0)
    points = PLANE.encode(configs)
    distances = np.abs(points[:, None] - points[None]).max(axis=-1)[np.triu_indices(8, 1)]
    assert distances.min() > 1e-6
    assert np.median(distances) > 1e-3


def test_a_cold_process_gives_the_suggestions_of_a_warm_one() -> None:
    script = """
import json, sys
from test_bayesian import MIXED, SEARCH, mixed, random_history
print(json.dumps([SEARCH.suggest(MIXED, random_history(MIXED, mixed, n), 2, 3) for n in (20, 61, 350)]))
"""
    _surrogate._theta.cache_clear()
    warm = []
    for count in (20, 61, 350):
        for earlier in (count - 7, count - 1):  # what these leave behind must not matter
            SEARCH.suggest(MIXED, random_history(MIXED, mixed, earlier), 1, 3)
        warm.append(SEARCH.suggest(MIXED, random_history(MIXED, mixed, count), 2, 3))
    answer = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join([__file__.rpartition("/")[0], *sys.path]), "PYTHONHASHSEED": "7"},
    )
    assert json.loads(answer.stdout) == warm


def test_the_time_of_a_suggestion_is_bounded_and_so_is_its_memory() -> None:
    history = random_history(MIXED, mixed, 3000)
    prefix = _surrogate.Prefix.of(_surrogate.axes_of(MIXED), history, compressed=True)
    assert len(prefix.data(300).y) == 300
    assert _surrogate._fitted_count(2999) == _surrogate._fitted_count(3000)
    assert SEARCH.suggest(MIXED, history, 1, 0)
    assert _surrogate._theta.cache_info().currsize <= 128


@pytest.mark.parametrize("count", [7, 31])
def test_names_do_not_matter(count: int) -> None:
    renamed = Space(
        [
            Continuous("Z", 1e-5, 1.0),
            Integer("w", 1, 40),
            Integer("ä", 8, 4096, "Logarithmic"),
            MIXED.parameters[3],
        ]
    )
    trials = random_history(MIXED, mixed, count).finished
    others = [
        Trial(t.number, dict(zip(renamed.names, t.config.values(), strict=True)), t.state, t.reports)
        for t in trials
    ]
    (one,) = SEARCH.suggest(MIXED, History.of(MIXED, trials), 1, 0)
    (other,) = SEARCH.suggest(renamed, History.of(renamed, others), 1, 0)
    assert list(one.values()) == list(other.values())


@settings(deadline=None, max_examples=15)
@given(shift=st.floats(-1e4, 1e4), factor=st.floats(1e-3, 1e6), count=st.integers(10, 33))
def test_a_positive_affine_change_of_the_objective_does_not_matter(
    shift: float, factor: float, count: int
) -> None:
    def changed(config: Config) -> float:
        return shift + factor * 10.0 * mixed(config)

    (one,) = SEARCH.suggest(MIXED, random_history(MIXED, mixed, count), 1, 0)
    (other,) = SEARCH.suggest(MIXED, random_history(MIXED, changed, count), 1, 0)
    assert np.allclose(MIXED.encode([one]), MIXED.encode([other]), atol=1e-4)


def test_the_direction_of_a_parameter_matters_no_more_than_chance() -> None:
    flipped = Space([Continuous("x", 0.0, 1.0), Continuous("y", 0.0, 1.0)])
    ours = [best_loss(run(PLANE, bowl, 15, seed)) for seed in range(5)]
    theirs = [
        best_loss(run(flipped, lambda c: bowl({"x": 1.0 - float(c["x"]), "y": c["y"]}), 15, seed))
        for seed in range(5)
    ]
    assert max(ours) < 1e-3
    assert max(theirs) < 1e-3


def test_failures_are_avoided_and_do_not_poison() -> None:
    def fails_on_the_left(config: Config) -> float | None:
        return None if float(config["x"]) < 0.5 else bowl(config)

    history = History(PLANE)
    for number in range(1, 31):
        (config,) = SEARCH.suggest(PLANE, history, 1, 1)
        history = history.add(ended(number, config, fails_on_the_left(config)))
    late_failures = np.isnan(history.losses[15:]).sum()
    assert late_failures <= 6
    assert best_loss(history) < 0.05  # the best that does not fail is 0.04


def test_noise_does_not_keep_it_from_the_right_region() -> None:
    rng = np.random.default_rng(0)
    history = run(PLANE, lambda config: bowl(config) + 0.1 * rng.standard_normal(), 40)
    late = history.points[25:]
    assert np.median(np.abs(late - [0.3, 0.8]).max(axis=1)) < 0.35  # 0.5 at random


def test_luck_does_not_drive_it_to_where_nothing_is_known() -> None:
    space = Space([Continuous(name, 0.0, 1.0) for name in "xyzu"])
    rng = np.random.default_rng(0)
    centre = np.array([0.3, 0.4, 0.6, 0.7])

    def far(point: np.ndarray) -> float:
        return float(np.square(point - centre).sum())

    typical = np.median([far(point) for point in rng.random((200, 4))])
    history = run(
        space, lambda config: 3.0 * far(space.encode([config])[0]) + 0.3 * rng.standard_normal(), 50
    )
    strays = [far(point) > typical for point in history.points[25:]]  # one half of them at random
    assert sum(strays) <= 4  # every eighth may look where nothing is known


def test_the_best_of_earlier_jobs_come_first_in_turn_with_even_points_between() -> None:
    parents = tuple(
        random_history(PLANE, loss, 20, seed) for seed, loss in enumerate([bowl, lambda c: -bowl(c)])
    )
    best = [parent.points[parent.losses.argmin()] for parent in parents]
    configs = SEARCH.suggest(PLANE, History(PLANE, prior=parents), 4, 0)
    even = SEARCH.suggest(PLANE, History(PLANE), 4, 0)
    assert np.allclose(PLANE.encode([configs[0], configs[2]]), best)
    assert [configs[1], configs[3]] == [even[0], even[2]]


def test_an_adversarial_job_is_found_out() -> None:
    parent = random_history(PLANE, lambda config: -bowl(config), 30)
    cold, warm = (run(PLANE, bowl, 8, prior=prior) for prior in ((), (parent,)))
    assert np.allclose(warm.points[0], parent.points[parent.losses.argmin()])
    assert np.allclose(warm.points[1:4], cold.points[:3])


def test_an_earlier_job_that_is_believed_spares_the_even_points() -> None:
    parent = random_history(PLANE, bowl, 30)
    cold, warm = (run(PLANE, bowl, 4, prior=prior) for prior in ((), (parent,)))
    assert np.mean(warm.losses[2:]) < 0.5 * np.mean(cold.losses[1:])


def test_the_middle_of_the_search_is_as_without_the_earlier_jobs_that_are_not_believed() -> None:
    parent = random_history(PLANE, lambda config: -bowl(config), 30)
    alone = random_history(PLANE, bowl, 12, seed=5)
    misled = History.of(PLANE, alone.finished, prior=(parent,))
    assert SEARCH.suggest(PLANE, misled, 2, 0) == SEARCH.suggest(PLANE, alone, 2, 0)


def test_earlier_jobs_help() -> None:
    parent = run(MIXED, mixed, 40)

    def shifted(config: Config) -> float:
        return 5.0 + 2.0 * mixed({**config, "depth": int(config["depth"]) + 2})

    without = np.mean([best_loss(run(MIXED, shifted, 8, seed)) for seed in range(3)])
    with_parent = np.mean([best_loss(run(MIXED, shifted, 8, seed, prior=(parent,))) for seed in range(3)])
    assert with_parent - 5.0 < 0.7 * (without - 5.0)


def test_the_first_choice_of_a_categorical_parameter_is_left_to_chance() -> None:
    kinds = {SEARCH.suggest(MIXED, History(MIXED), 1, seed)[0]["kind"] for seed in range(10)}
    assert kinds == {"a", "b", "c"}


def test_every_other_suggestion_is_near_the_best_and_the_nearer_the_longer_that_has_stood() -> None:
    best, others = {"x": 0.31, "y": 0.79}, random_history(PLANE, bowl, 120).finished
    trials = [trial.config for trial in others if bowl(trial.config) > 0.01]
    for standing in range(0, 40, 8):
        configs = [*trials[:39], best, *trials[39 : 39 + standing]]
        history = History.of(PLANE, [ended(i, config, bowl(config)) for i, config in enumerate(configs, 1)])
        (config,) = SEARCH.suggest(PLANE, history, 1, 0)
        distance = max(abs(float(config[name]) - best[name]) for name in best)
        assert distance <= max(0.2 * 0.5 ** (standing / 6), 0.0125) + 1e-9


def test_a_lucky_result_does_not_hold_the_search() -> None:
    rng = np.random.default_rng(0)
    configs = PLANE.decode(rng.random((60, 2)))
    losses = [bowl(config) + 0.05 * float(rng.standard_normal()) for config in configs]
    lucky = int(np.argmax([bowl(config) for config in configs]))
    losses[lucky] = min(losses) - 0.01
    history = History.of(
        PLANE, [ended(i, *pair) for i, pair in enumerate(zip(configs, losses, strict=True), 1)]
    )
    (config,) = SEARCH.suggest(PLANE, history, 1, 0)
    assert bowl(config) < 0.3 < bowl(configs[lucky])


def test_an_earlier_job_of_failures_is_no_obstacle() -> None:
    parent = History.of(PLANE, [ended(1, {"x": 0.1, "y": 0.1}, None)])
    assert len(run(PLANE, bowl, 6, prior=(parent, History(PLANE))).finished) == 6


def test_repeats_only_what_is_exhausted_and_then_the_best() -> None:
    space = Space([Integer("n", 1, 3), Categorical("c", (True, False))])
    losses = {(n, c): n + 10.0 * c for n in (1, 2, 3) for c in (True, False)}
    history = run(space, lambda config: losses[int(config["n"]), bool(config["c"])], 6)
    assert len({space.key(t.config) for t in history.finished}) == 6
    assert len(SEARCH.suggest(space, history, 3, 0)) == 3


def test_tries_every_point_of_a_space_too_large_to_list_in_the_search() -> None:
    space = Space([Integer("n", 1, 40), Integer("m", 1, 40)])
    everything = space.decode(
        np.stack(np.meshgrid(*[(np.arange(40) + 0.5) / 40] * 2), axis=-1).reshape(-1, 2)
    )
    left = everything.pop(777)
    history = History.of(space, [ended(i, c, float(i % 7)) for i, c in enumerate(everything, start=1)])
    assert SEARCH.suggest(space, history, 1, 0) == [left]


@pytest.mark.parametrize("dimensions", [1, 100])
def test_one_dimension_and_a_hundred(dimensions: int) -> None:
    space = Space([Continuous(f"x{i}", 0.0, 1.0) for i in range(dimensions)])
    history = run(space, lambda config: abs(float(config["x0"]) - 0.4), 14)
    assert best_loss(history) < (1e-2 if dimensions == 1 else 0.2)


VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0, 1e300, -1e300, 1e-300])
PARAMETERS: tuple[Parameter, ...] = (
    Continuous("p", -1.0, 1.0),
    Continuous("p", 1e-300, 1e300, "Logarithmic"),
    Continuous("p", 3.0, 3.0),
    Continuous("p", 0.0, 0.999999, "ReverseLogarithmic"),
    Integer("p", -(2**53), 2**53),
    Integer("p", 1, 2**53, "Logarithmic"),
    Integer("p", 5, 5),
    Integer("p", 0, 1),
    Categorical("p", tuple(range(30))),
    Categorical("p", ("only",)),
)


@st.composite
def extreme_histories(draw: st.DrawFn) -> History:
    kinds = draw(st.lists(st.sampled_from(PARAMETERS), min_size=1, max_size=4))
    space = Space([_named(kind, f"p{i}") for i, kind in enumerate(kinds)])
    count = draw(st.integers(0, 14))
    rows = [[draw(st.floats(0, 1)) for _ in kinds] for _ in range(count)]
    losses = [draw(VALUES | st.none()) for _ in range(count)]
    configs = space.decode(rows)
    return History.of(
        space, [ended(i, c, loss) for i, (c, loss) in enumerate(zip(configs, losses, strict=True), start=1)]
    )


def _named(parameter: Parameter, name: str) -> Parameter:
    if isinstance(parameter, Categorical):
        return Categorical(name, parameter.choices)
    return type(parameter)(name, parameter.low, parameter.high, parameter.scale)  # type: ignore[arg-type]  # own bounds


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(history=extreme_histories(), seed=st.integers(0, 2**64))
def test_any_history_gets_suggestions_inside_the_space_and_new_where_there_are_new_ones(
    history: History, seed: int
) -> None:
    space = history.space
    configs = SEARCH.suggest(space, history, 2, seed)
    for config in configs:
        space.check(config)
    tried = {space.key(trial.config) for trial in history.finished}
    wide = space.cardinality is None or space.cardinality >= len(tried) + 2
    if wide:
        assert len({space.key(c) for c in configs} | tried) == len(tried) + 2
