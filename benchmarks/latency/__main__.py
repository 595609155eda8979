"""How long one suggestion takes: `python -m benchmarks.latency`, from the root of the repository.

Nine parameters of all kinds, one thread, noisy losses. For each number of trials, the time of the first suggestion
of a process, and the median over the following ones, each after one more result. Processor time, so that other work
on the machine counts less. Optuna's samplers run beside if they are installed.
"""

from __future__ import annotations

import argparse
import os
import time
from importlib.util import find_spec

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np
from benchmarks._machine import headline
from benchmarks.search.optimizers import OPTIMIZERS, Optuna, Tunesmith

from tunesmith.core.space import Categorical, Config, Continuous, Integer, Space
from tunesmith.core.trial import Trial, TrialState

SPACE = Space(
    [
        Continuous("rate", 1e-5, 1.0, "Logarithmic"),
        Continuous("momentum", 0.0, 1.0),
        Continuous("dropout", 0.0, 1.0),
        Continuous("decay", 1e-8, 1e-1, "Logarithmic"),
        Integer("units", 1, 500),
        Integer("layers", 1, 10),
        Integer("batch", 16, 1024, "Logarithmic"),
        Categorical("activation", ("relu", "tanh", "gelu")),
        Categorical("bias", (True, False)),
    ]
)
_REPEATS = 21


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", default=[20, 50, 100, 200, 500, 1000, 5000, 20000])
    parser.add_argument(
        "--slow-up-to", type=int, default=200, help="trials up to which optuna-gp is measured"
    )
    options = parser.parse_args()
    print(headline("numpy", "scipy"))
    print("| trials | optimizer | first, ms | median, ms |\n|--:|---|--:|--:|")
    for count in options.counts:
        for name, needs in (("tunesmith", "numpy"), ("optuna-tpe", "optuna"), ("optuna-gp", "torch")):
            if find_spec(needs) and (name != "optuna-gp" or count <= options.slow_up_to):
                first, median = _measure(name, count)
                print(f"| {count} | {name} | {1e3 * first:.0f} | {1e3 * median:.1f} |", flush=True)


def _measure(name: str, count: int) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    optimizer = OPTIMIZERS[name](SPACE, 0)
    configs = SPACE.decode(rng.random((count, len(SPACE))))
    for config in configs:
        _add(optimizer, config, _loss(config, rng))
    times = []
    for _ in range(1 + (_REPEATS if name != "optuna-gp" else 5)):
        started = time.process_time()
        token, config = optimizer.ask()
        times.append(time.process_time() - started)
        optimizer.tell(token, config, _loss(config, rng))
    return times[0], float(np.median(times[1:]))


def _add(optimizer: Tunesmith | Optuna | object, config: Config, loss: float) -> None:
    """Add a result that the optimizer did not ask for."""
    if isinstance(optimizer, Tunesmith):
        history = optimizer.history
        optimizer.history = history.add(Trial(len(history) + 1, config, TrialState.COMPLETED, (loss,)))
    elif isinstance(optimizer, Optuna):
        optimizer.add(config, loss)


def _loss(config: Config, rng: np.random.Generator) -> float:
    rate, units, layers = (float(config[name]) for name in ("rate", "units", "layers"))
    smooth = (np.log10(rate) + 3.0) ** 2 + 10.0 * (float(config["momentum"]) - 0.3) ** 2
    steps = abs(units - 100.0) / 100.0 + (layers - 4.0) ** 2 / 10.0 + 2.0 * (config["activation"] == "relu")
    return float(smooth + steps + np.sin(5.0 * float(config["dropout"])) + 0.05 * rng.standard_normal())


if __name__ == "__main__":
    main()
