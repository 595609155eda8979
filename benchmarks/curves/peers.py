"""The peers: Optuna and Syne Tune, asked and told in a loop with a clock of its own, an epoch a second."""

# ruff: noqa: PLC0415 - peers are imported only where they are used

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import Any, Protocol

from benchmarks.curves.problems import EPOCHS
from benchmarks.curves.task import Job, Outcome, Task
from benchmarks.search.optimizers import Optuna

from tunesmith.core.space import Categorical, Config, Continuous, Parameter

_ETA = 3


class Peer(Protocol):
    """An optimizer that stops training jobs, of one search."""

    def begin(self) -> tuple[Any, Config]:
        """A trial of its own kind, and the configuration to train with."""
        ...

    def report(self, trial: Any, epoch: int, loss: float) -> bool:
        """Tell of an epoch, and ask whether to stop before the next one; the last one is not to be reported."""
        ...

    def end(self, trial: Any, loss: float | None) -> None:
        """Tell how it ended: the loss of the last epoch, None if it was stopped."""
        ...


def in_turn(peer: Callable[[Task, int], Peer]) -> Callable[[Task, int], Outcome]:
    """The method that drives a peer, with as many jobs at a time as all methods have; stopping takes no time."""

    def run(task: Task, seed: int) -> Outcome:
        optimizer = peer(task, seed)
        running: list[tuple[int, int, _Running]] = []
        outcome = Outcome([], [])
        now, number = 0, 0
        while True:
            while len(running) < task.workers:
                number += 1
                trial, config = optimizer.begin()
                begun = _Running(trial, config, task.curves.losses(config))
                heapq.heappush(running, (now + 1, number, begun))
            now, place, job = heapq.heappop(running)
            if now * task.workers > task.budget:
                return outcome
            outcome.reports.append(job.step())
            is_whole = len(job.losses) == EPOCHS
            if is_whole or optimizer.report(job.trial, len(job.losses), job.losses[-1]):
                optimizer.end(job.trial, job.losses[-1] if is_whole else None)
                outcome.jobs.append(Job(job.config, tuple(job.losses), stopped=not is_whole))
            else:
                heapq.heappush(running, (now + 1, place, job))

    return run


@dataclass
class _Running:
    """A trial and the epochs that it has run."""

    trial: Any
    config: Config
    curve: list[float]
    losses: list[float] = field(default_factory=list)

    def step(self) -> float:
        self.losses.append(self.curve[len(self.losses)])
        return self.losses[-1]


class _Optuna:
    """A study of Optuna with its TPE sampler and a pruner."""

    def __init__(self, pruner: str, task: Task, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        options = {"min_resource": 1, "max_resource": EPOCHS, "reduction_factor": _ETA}
        self._study = optuna.create_study(
            study_name=f"seed {seed}",  # the brackets of the pruner depend on it
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=getattr(optuna.pruners, pruner)(**(options if pruner == "HyperbandPruner" else {})),
        )
        self._distributions = {p.name: Optuna._distribution(p) for p in task.problem.space.parameters}  # noqa: SLF001

    def begin(self) -> tuple[Any, Config]:
        trial = self._study.ask(self._distributions)
        return trial, trial.params

    def report(self, trial: Any, epoch: int, loss: float) -> bool:
        trial.report(loss, epoch)
        return bool(trial.should_prune())

    def end(self, trial: Any, loss: float | None) -> None:
        from optuna.trial import TrialState

        self._study.tell(trial, loss, state=TrialState.PRUNED if loss is None else None)


class _SyneTune:
    """Syne Tune's ASHA of the kind that stops trials."""

    def __init__(self, task: Task, seed: int) -> None:
        from syne_tune.optimizer.schedulers.asha import AsynchronousSuccessiveHalving

        self._scheduler = AsynchronousSuccessiveHalving(
            {parameter.name: _domain(parameter) for parameter in task.problem.space.parameters},
            metric="loss",
            time_attr="epoch",
            max_t=EPOCHS,
            grace_period=1,
            reduction_factor=_ETA,
            random_seed=seed,
        )
        self._begun = 0

    def begin(self) -> tuple[Any, Config]:
        from syne_tune.backend.trial_status import Trial

        config = self._scheduler.suggest().config
        trial = Trial(self._begun, config, datetime.fromtimestamp(0, UTC))
        self._begun += 1
        self._scheduler.on_trial_add(trial)
        return trial, config

    def report(self, trial: Any, epoch: int, loss: float) -> bool:
        return bool(self._scheduler.on_trial_result(trial, {"epoch": epoch, "loss": loss}) == "STOP")

    def end(self, trial: Any, loss: float | None) -> None:
        if loss is None:
            self._scheduler.on_trial_remove(trial)
        else:
            self._scheduler.on_trial_complete(trial, {"epoch": EPOCHS, "loss": loss})


def _domain(parameter: Parameter) -> Any:
    """The parameter as Syne Tune has it."""
    from syne_tune import config_space

    if isinstance(parameter, Categorical):
        return config_space.choice(list(parameter.choices))
    prefix = "log" if parameter.resolved_scale == "Logarithmic" else ""
    kind = "uniform" if isinstance(parameter, Continuous) else "randint"
    return getattr(config_space, prefix + kind)(parameter.low, parameter.high)


_PEERS: dict[str, tuple[str, Callable[[Task, int], Peer]]] = {
    "Optuna TPE": ("optuna", partial(_Optuna, "NopPruner")),
    "Optuna TPE + Median": ("optuna", partial(_Optuna, "MedianPruner")),
    "Optuna TPE + Hyperband": ("optuna", partial(_Optuna, "HyperbandPruner")),
    "Syne Tune ASHA": ("syne_tune", _SyneTune),
}
PEERS = {name: peer for name, (package, peer) in _PEERS.items() if find_spec(package) is not None}
"""Those whose package is installed."""
