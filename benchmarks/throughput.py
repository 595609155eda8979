"""How many trials a second: a trivial Python function, random search, every trial kept in an SQLite file.

Optuna runs beside it with fewer trials, because it is slower. Goals: 300 trials a second, and a time for each trial
that does not grow with their number.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import optuna

import tunesmith
from _machine import headline

GOAL = 300  # trials a second
WINDOW = 1000  # trials at the beginning and at the end that are compared
GROWTH = 1.25  # times the CPU time that the last ones may take, with some room for a busy machine


@dataclass(frozen=True)
class Call:
    """When the function was called."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--optuna-trials", type=int, default=200)
    arguments = parser.parse_args()
    print(headline("tunesmith", "optuna", "sqlalchemy"))
    with tempfile.TemporaryDirectory() as folder:
        theirs = run_optuna(f"sqlite:///{folder}/optuna.db", arguments.optuna_trials)
        report("Optuna, RandomSampler", theirs)
        ours = run_tunesmith(f"sqlite:///{folder}/tunesmith.db", arguments.trials)
        report("Tunesmith, Random", ours)
        size = Path(folder, "tunesmith.db").stat().st_size
    print(f"\nTunesmith's file has {size / len(ours):.0f} bytes a trial")
    wall, cpu = growth([call.wall for call in ours]), growth([call.cpu for call in ours])
    print(
        f"Its last {WINDOW} trials took {wall:.2f} times as long as its first {WINDOW} ({cpu:.2f} in CPU time)"
    )
    sys.exit(rate(ours) < GOAL or cpu > GROWTH)


def run_tunesmith(store: str, trials: int) -> list[Call]:
    """Run a tuning job, and give the times at which the function was called."""
    calls: list[Call] = []

    def function(config: Mapping[str, float]) -> float:
        calls.append(Call())
        return loss(config["x"], config["y"])

    space = [tunesmith.Continuous("x", -5, 5), tunesmith.Continuous("y", -5, 5)]
    result = tunesmith.minimize(function, space, trials=trials, strategy="Random", seed=0, store=store)
    check(len(result.trials), trials)
    return calls


def run_optuna(store: str, trials: int) -> list[Call]:
    """As `run_tunesmith`."""
    calls: list[Call] = []

    def function(trial: optuna.Trial) -> float:
        calls.append(Call())
        return loss(trial.suggest_float("x", -5, 5), trial.suggest_float("y", -5, 5))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=store, sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(function, n_trials=trials)
    check(len(study.trials), trials)
    return calls


def loss(x: float, y: float) -> float:
    return (x - 1) ** 2 + (y + 2) ** 2


def check(done: int, wanted: int) -> None:
    if done != wanted:
        msg = f"{done} trials were kept, not {wanted}"
        raise RuntimeError(msg)


def rate(calls: list[Call]) -> float:
    """Trials a second."""
    return (len(calls) - 1) / (calls[-1].wall - calls[0].wall)


def growth(times: list[float]) -> float:
    """How many times as long the last trials took as the first ones."""
    window = min(WINDOW, len(times) // 2)
    return (times[-1] - times[-window]) / (times[window - 1] - times[0])


def report(name: str, calls: list[Call]) -> None:
    print(
        f"{name:<24} {len(calls):>6} trials {calls[-1].wall - calls[0].wall:>7.1f} s {rate(calls):>8.1f} a second"
    )


if __name__ == "__main__":
    main()
