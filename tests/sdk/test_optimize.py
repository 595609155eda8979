from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tunesmith
from tunesmith import Categorical, Continuous, Integer, Space, StoreError, TuningError, TuningInterrupted
from tunesmith.control.progress import Progress
from tunesmith.core.space import Parameter
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import TuningStatus
from tunesmith.sdk.result import Result
from tunesmith.store.store import Store

X = [Continuous("x", 0, 1)]
SPACE: list[Parameter] = [
    Continuous("lr", 1e-5, 1.0, scale="Logarithmic"),
    Integer("depth", 1, 12),
    Categorical("booster", ("gbtree", "dart")),
]


def loss(config: dict[str, Any]) -> float:
    """Lowest, at 0, for lr = 0.01, depth = 6 and dart."""
    off: float = math.log10(config["lr"] / 0.01) ** 2 + (config["depth"] - 6) ** 2 / 10
    return off + int(config["booster"] != "dart")


def configs(result: Result) -> list[dict[str, Any]]:
    return [trial.config for trial in result.trials]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tuning.db'}"


@pytest.mark.parametrize("strategy", ["Bayesian", "Random", "Sobol"])
def test_minimize_and_maximize_mirror_each_other(strategy: str) -> None:
    low = tunesmith.minimize(loss, SPACE, trials=12, strategy=strategy, seed=5)
    high = tunesmith.maximize(lambda c: -loss(c), Space(SPACE), trials=12, strategy=strategy, seed=5)
    assert configs(low) == configs(high)
    assert low.best.config == high.best.config
    assert low.best.value == -(high.best.value or 0) == min(loss(c) for c in configs(low))
    assert (low.status, len(low.trials), low.seed) == (TuningStatus.COMPLETED, 12, 5)


def test_bayesian_finds_a_good_configuration() -> None:
    result = tunesmith.minimize(loss, SPACE, trials=40, seed=1)
    assert result.best.config["booster"] == "dart"
    assert (result.best.value or 0) < 0.5


def test_a_seed_that_was_drawn_is_shown_and_repeats_the_search() -> None:
    drawn = tunesmith.minimize(loss, SPACE, trials=5, strategy="Random")
    again = tunesmith.minimize(loss, SPACE, trials=5, strategy="Random", seed=drawn.seed)
    assert configs(again) == configs(drawn)
    assert str(drawn.seed) in repr(drawn)
    other = tunesmith.minimize(loss, SPACE, trials=5, strategy="Random")
    assert configs(other) != configs(drawn)


def test_random_configurations_do_not_depend_on_the_parallelism() -> None:
    one = tunesmith.minimize(loss, SPACE, trials=12, strategy="Random", seed=5)
    four = tunesmith.minimize(loss, SPACE, trials=12, strategy="Random", seed=5, parallel=4)
    assert configs(one) == configs(four)


def test_threads_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=20)

    def function(config: dict[str, Any]) -> float:
        meeting.wait()
        return float(config["x"])

    result = tunesmith.minimize(function, X, trials=6, parallel=3, seed=1)
    assert [t.state for t in result.trials] == [TrialState.COMPLETED] * 6


def test_grid_ends_when_all_is_tried() -> None:
    result = tunesmith.maximize(lambda c: c["n"], [Integer("n", 1, 4)], trials=100, strategy="Grid")
    assert (len(result.trials), result.best.value) == (4, 4.0)
    assert "every configuration" in str(result.reason)


def test_numbers_of_numpy_are_taken() -> None:
    numbers: dict[str, Any] = {
        "trials": np.int64(2),
        "parallel": np.int64(1),
        "seed": np.int64(3),
        "seconds": np.float64(60),
        "max_seconds": np.float32(60),
    }
    result = tunesmith.minimize(lambda c: c["x"], X, **numbers)
    assert (len(result.trials), result.seed) == (2, 3)


def test_initial_configurations_come_first() -> None:
    initial = [{"x": 0.25}, {"x": 0.75}]
    result = tunesmith.minimize(lambda c: c["x"], X, trials=4, initial=initial, seed=1)
    assert configs(result)[:2] == initial


def test_seconds_bound_the_search() -> None:
    result = tunesmith.minimize(lambda c: c["x"], X, seconds=0.2, strategy="Random")
    assert result.status is TuningStatus.COMPLETED
    assert "0.2 seconds" in str(result.reason)


def test_several_metrics_and_the_one_to_optimise() -> None:
    result = tunesmith.maximize(
        lambda c: {"accuracy": 1 - c["x"], "size": np.float32(2.5)}, X, trials=5, metric="accuracy", seed=1
    )
    assert result.best.value == max(1 - c["x"] for c in configs(result))
    assert result.best.metrics == {"accuracy": result.best.value, "size": 2.5}


def test_reports_on_the_way_give_a_curve_and_the_last_value_counts() -> None:
    def function(config: dict[str, Any]) -> float:
        for epoch in range(3):
            tunesmith.report(loss=epoch, epoch=epoch)
        return float(config["x"])

    result = tunesmith.minimize(function, X, trials=2, metric="loss", seed=1)
    for trial in result.trials:
        assert trial.curves == {"loss": [0, 1, 2, trial.config["x"]], "epoch": [0, 1, 2]}
        assert trial.value == trial.config["x"]


def test_failures_are_recorded_with_their_reasons_and_the_search_goes_on() -> None:
    def function(config: dict[str, Any]) -> float:
        match config["n"]:
            case 1:
                raise OSError(config["n"])
            case 2:
                return math.nan
            case 3:
                return "high"  # type: ignore[return-value] # what is tested
            case n:
                return float(n)

    result = tunesmith.minimize(function, [Integer("n", 1, 6)], trials=6, strategy="Grid", initial=[{"n": 6}])
    reasons = {t.config["n"]: t.reason for t in result.trials}
    assert result.best.config == {"n": 4}
    assert str(reasons[1]).startswith(f"OSError: 1 ({__file__}, line ")
    assert reasons[2] == "the function returned nan"
    assert "'high', a str; it must return a number" in str(reasons[3])
    assert [t.value for t in result.trials if t.config["n"] <= 3] == [None] * 3
    assert {t.state for t in result.trials if t.config["n"] <= 3} == {TrialState.FAILED}


def test_five_failures_end_it_with_the_reasons_and_the_first_traceback() -> None:
    def function(config: dict[str, Any]) -> float:
        raise KeyError("gamma" if config["x"] < 2 else "other")

    with pytest.raises(TuningError) as caught:
        tunesmith.minimize(function, X, trials=50, seed=1)
    message = str(caught.value)
    assert "5 of 5 trials have no value of 'objective'" in message
    assert "5 x KeyError: 'gamma'" in message
    assert "The log of trial 1:" in message
    assert 'raise KeyError("gamma"' in message
    assert len(caught.value.result.trials) == 5
    with pytest.raises(TuningError, match="5 x KeyError"):
        _ = caught.value.result.best


def test_processes_run_the_function_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere.py").write_text("import os\n\ndef pid(config):\n    return os.getpid()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import elsewhere  # type: ignore[import-not-found] # noqa: PLC0415 - made by this test

    result = tunesmith.minimize(elsewhere.pid, X, trials=4, parallel=2, workers="processes", seed=1)
    pids = {t.value for t in result.trials}
    assert len(pids) <= 2
    assert os.getpid() not in pids


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, ValueError, "give trials, seconds or both"),
        ({"trials": 0}, ValueError, "trials must be a whole number >= 1"),
        ({"trials": 1, "parallel": 0}, ValueError, "parallel must be"),
        ({"trials": 1, "strategy": "Magic"}, ValueError, "there is no 'Magic'"),
        ({"trials": 1, "space": []}, ValueError, "at least one parameter"),
        ({"trials": 1, "space": ["x"]}, TypeError, "Continuous, Integer and Categorical"),
        ({"trials": 1, "strategy": "Grid"}, ValueError, "x"),
        ({"trials": 1, "seed": -1}, ValueError, "seed: must be >= 0"),
        ({"trials": 1, "workers": "tasks"}, ValueError, "workers: must be one of"),
        ({"trials": 1, "function": 3}, ValueError, "runs Python functions, not 3"),
        ({"trials": 1, "name": "a b"}, ValueError, "name: 'a b'"),
        ({"trials": 1, "initial": [{"x": 3}]}, ValueError, r"initial\[0\]: x: 3 is not"),
        ({"trials": 1, "store": "somewhere.db"}, StoreError, "sqlite:///FILE"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        tunesmith.minimize(**{"function": lambda c: c["x"], "space": X, **arguments})


def test_a_function_that_cannot_be_sent_is_refused_before_anything_is_stored(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ValueError, match="cannot be sent to worker processes"):
        tunesmith.minimize(lambda c: c["x"], X, trials=1, workers="processes", store=url, name="a")
    with Store(url) as store:
        assert store.tuning_jobs() == []


def test_a_stored_job_that_has_ended_is_returned_and_goes_on_when_its_limit_is_raised(url: str) -> None:
    calls = []

    def function(config: dict[str, Any]) -> float:
        calls.append(1)
        return loss(config)

    options: dict[str, Any] = {"space": SPACE, "store": url, "name": "mine", "strategy": "Random"}
    first = tunesmith.minimize(function, trials=4, seed=7, **options)
    assert tunesmith.minimize(function, trials=4, **options) == first
    assert len(calls) == 4
    more = tunesmith.minimize(function, trials=6, parallel=2, **options)
    assert len(calls) == len(more.trials) == 6
    assert more.trials[:4] == first.trials
    assert configs(more) == configs(tunesmith.minimize(loss, SPACE, trials=6, strategy="Random", seed=7))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"space": X}, "space: the tuning job 'mine' exists with"),
        ({"seed": 8}, "seed: .* exists with 7, not 8"),
        ({"strategy": "Sobol"}, "strategy: .* exists with 'Random', not 'Sobol'"),
        ({"metric": "other"}, "objective: "),
    ],
    ids=str,
)
def test_going_on_with_something_else_is_refused(url: str, change: dict[str, Any], words: str) -> None:
    same: dict[str, Any] = {
        "space": SPACE,
        "trials": 2,
        "store": url,
        "name": "mine",
        "strategy": "Random",
        "seed": 7,
    }
    tunesmith.minimize(loss, **same)
    with pytest.raises(ValueError, match=words):
        tunesmith.minimize(loss, **{**same, **change})
    with pytest.raises(ValueError, match="objective: "):
        tunesmith.maximize(loss, **same)


def test_without_a_name_each_call_is_a_tuning_job_of_its_own(url: str) -> None:
    names = {tunesmith.minimize(loss, SPACE, trials=1, store=url).name for _ in range(3)}
    with Store(url) as store:
        assert {record.job.name for record in store.tuning_jobs()} == names
    assert len(names) == 3
    assert all(name.startswith("loss-") for name in names)


def test_two_at_a_time_are_refused(url: str) -> None:
    def function(_config: dict[str, Any]) -> float:
        with pytest.raises(StoreError, match="is being run by"):
            tunesmith.minimize(function, X, trials=1, store=url, name="mine", seed=1)
        return 5.0

    assert tunesmith.minimize(function, X, trials=1, store=url, name="mine", seed=1).best.value == 5


@pytest.mark.parametrize("parallel", [1, 2])
def test_ctrl_c_gives_what_was_found_and_the_same_call_goes_on(url: str, parallel: int) -> None:
    interruptions = iter([True])

    def watch(progress: Progress) -> None:
        if sum(n for state, n in progress.counts.items() if state.is_final) >= 3 and next(
            interruptions, False
        ):
            raise KeyboardInterrupt

    options: dict[str, Any] = {
        "space": SPACE,
        "trials": 8,
        "store": url,
        "name": "mine",
        "parallel": parallel,
    }
    with pytest.raises(TuningInterrupted) as caught:
        tunesmith.minimize(loss, seed=3, strategy="Random", progress=watch, **options)
    assert "name='mine'" in str(caught.value)
    assert len([t for t in caught.value.result.trials if t.value is not None]) >= 3
    resumed = tunesmith.minimize(loss, strategy="Random", **options)
    assert [t.state for t in resumed.trials] == [TrialState.COMPLETED] * 8
    assert configs(resumed) == configs(tunesmith.minimize(loss, SPACE, 8, strategy="Random", seed=3))


def test_ctrl_c_inside_the_function_without_a_store() -> None:
    calls = []

    def function(config: dict[str, Any]) -> float:
        calls.append(config)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return float(config["x"])

    with pytest.raises(KeyboardInterrupt) as caught:
        tunesmith.minimize(function, X, trials=8, seed=3)
    assert isinstance(caught.value, TuningInterrupted)
    assert "store='sqlite:///FILE'" in str(caught.value)
    assert [t.value is None for t in caught.value.result.trials] == [False, False, True]


SCRIPT = """
import math, os, sys
import tunesmith
from tunesmith import Categorical, Continuous, Integer

calls = 0

def loss(config):
    global calls
    calls += 1
    if calls == 3:
        tunesmith.report(objective=100)
        os.kill(os.getpid(), 9)
    off = math.log10(config["lr"] / 0.01) ** 2 + (config["depth"] - 6) ** 2 / 10
    return off + int(config["booster"] != "dart")

space = [
    Continuous("lr", 1e-5, 1.0, scale="Logarithmic"),
    Integer("depth", 1, 12),
    Categorical("booster", ("gbtree", "dart")),
]
tunesmith.minimize(loss, space, trials=9, strategy=sys.argv[2], seed=4, store=sys.argv[1], name="mine")
"""


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_killed_search_goes_on_as_if_nothing_had_happened(tmp_path: Path, url: str, strategy: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for _ in range(2):
        killed = subprocess.run([sys.executable, str(script), url, strategy], check=False, timeout=60)
        assert killed.returncode == -signal.SIGKILL
    options: dict[str, Any] = {"space": SPACE, "trials": 9, "strategy": strategy, "seed": 4}
    resumed = tunesmith.minimize(loss, **options, store=url, name="mine")
    undisturbed = tunesmith.minimize(loss, **options)
    assert configs(resumed) == configs(undisturbed)
    assert [t.value for t in resumed.trials] == [t.value for t in undisturbed.trials]
    assert [t.state for t in resumed.trials] == [TrialState.COMPLETED] * 9


def test_progress_lines_tell_of_each_new_best(capsys: pytest.CaptureFixture[str]) -> None:
    tunesmith.maximize(
        lambda c: c["n"], [Integer("n", 1, 3)], trials=3, strategy="Grid", name="mine", progress=True
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("mine: 1 of 3 trials, best objective = ")
    assert "best objective = 3 (trial " in lines[-2]
    assert lines[-1].startswith("mine: completed: ")


def test_what_functions_print_is_not_caught(capsys: pytest.CaptureFixture[str]) -> None:
    def function(_config: dict[str, Any]) -> float:
        sys.stdout.write("hello\n")
        return 0.0

    tunesmith.minimize(function, X, trials=1)
    assert capsys.readouterr().out == "hello\n"


def epochs(config: dict[str, Any]) -> float:
    """Reports x, nine times."""
    for _ in range(9):
        tunesmith.report(loss=config["x"])
        time.sleep(0.05)
    return float(config["x"])


@pytest.mark.parametrize(
    ("arguments", "most"),
    [({"target": 0.9}, 20), ({"not_improving": 3}, 20), ({"converged": True}, 60)],
    ids=["target", "not_improving", "converged"],
)
def test_a_search_may_end_before_its_trials_are_used_up(arguments: dict[str, Any], most: int) -> None:
    result = tunesmith.minimize(lambda c: c["x"], X, trials=most, strategy="Random", seed=3, **arguments)
    assert result.status is TuningStatus.COMPLETED
    assert 0 < len(result.trials) < most


@pytest.mark.parametrize(
    "arguments",
    [{"strategy": "Hyperband", "resource": (1, 9)}, {"strategy": "Random", "stopping": "median"}],
    ids=["Hyperband", "median"],
)
@pytest.mark.parametrize("parallel", [1, 2])
def test_hopeless_trials_are_given_up(arguments: dict[str, Any], parallel: int) -> None:
    result = tunesmith.minimize(epochs, X, trials=16, parallel=parallel, metric="loss", seed=3, **arguments)
    assert result.status is TuningStatus.COMPLETED
    early = [trial for trial in result.trials if len(trial.curves["loss"]) < 9]
    assert early
    assert {trial.state for trial in early} == {TrialState.STOPPED}
    assert result.best not in early


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"stopping": "medium"}, ValueError, "stopping: there is no 'medium'"),
        ({"not_improving": 2}, ValueError, "not_improving"),
        ({"resource": (1, 9)}, ValueError, "resource: the strategy Bayesian"),
        ({"strategy": "Hyperband"}, ValueError, "resource: the strategy Hyperband must know"),
        ({"strategy": "Hyperband", "resource": 9}, TypeError, r"resource: .*such as \(1, 81\), got 9"),
        ({"strategy": "Hyperband", "resource": (9, 1)}, ValueError, "least=9, most=1"),
    ],
)
def test_what_cannot_end_it_early_is_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        tunesmith.minimize(loss, SPACE, trials=2, **arguments)


def goes_on(config: dict[str, Any]) -> float:
    """As `epochs`, but from where it was left; each epoch that it trains leaves a line."""
    file = tunesmith.checkpoints() / "epoch"
    epoch = int(file.read_text()) if file.exists() else 0
    while epoch < 9:
        epoch += 1
        with (file.parent.parent / "trained").open("a") as lines:
            lines.write(f"{file.parent.name} {epoch}\n")
        file.write_text(str(epoch))
        tunesmith.report(loss=config["x"] + 1 / epoch, epoch=epoch)
        time.sleep(0.01)
    return float(config["x"]) + 1 / 9


def test_trials_that_are_paused_go_on_from_their_checkpoints(tmp_path: Path) -> None:
    result = tunesmith.minimize(
        goes_on,
        X,
        trials=12,
        parallel=2,
        strategy="Hyperband",
        metric="loss",
        seed=3,
        resource=(1, 9),
        pause=True,
        checkpoints=tmp_path,
    )
    assert result.status is TuningStatus.COMPLETED
    trained = (tmp_path / "trained").read_text().splitlines()
    assert len(set(trained)) == len(trained) < 9 * 12
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {
        line.split()[0] for line in trained
    }
    assert max(len(trial.curves["epoch"]) for trial in result.trials) == 9
    assert any((trial.reason or "").startswith("stopped early: ") for trial in result.trials)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "Hyperband", "resource": (1, 9)}, "^checkpoints: must say where they are kept"),
        ({"strategy": "Random"}, "^pause: goes with resource"),
    ],
)
def test_what_cannot_be_paused_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tunesmith.minimize(lambda c: c["x"], X, trials=3, pause=True, **arguments)


def test_a_function_that_keeps_no_checkpoints_is_told_how_to() -> None:
    with pytest.raises(TuningError, match="checkpoints: the tuning job keeps none; give it a folder"):
        tunesmith.minimize(goes_on, X, trials=1, metric="loss")


def test_a_search_that_reached_its_target_goes_on_beyond_it_when_it_is_given_more(url: str) -> None:
    def search(trials: int) -> Result:
        return tunesmith.minimize(
            lambda c: c["x"], X, trials=trials, strategy="Random", seed=3, store=url, name="on", target=0.5
        )

    first = search(20)
    assert len(first.trials) < 10
    assert len(search(21).trials) == 21
