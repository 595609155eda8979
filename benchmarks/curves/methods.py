"""The methods that are compared: each spends a budget of epochs on a problem, a few jobs at a time."""

# ruff: noqa: PLC0415 - Optuna is imported only where it is used

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.curves.problems import EPOCHS, Problem
from benchmarks.search.optimizers import Optuna

from tunesmith.control.controller import Controller
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config
from tunesmith.core.training_job import Command
from tunesmith.core.tuning_job import Limits, ReportRange, TuningJob
from tunesmith.store.store import Store
from tunesmith.testing.recorded_curves import RecordedCurves
from tunesmith.testing.simulated import START, Epoch, Simulated

OPTUNA = {"TPE": None, "TPE + Median": "MedianPruner", "TPE + Hyperband": "HyperbandPruner"}


@dataclass(frozen=True)
class Task:
    """A problem with its recorded curves, and how much may be spent on it."""

    problem: Problem
    curves: RecordedCurves
    budget: int  # epochs
    workers: int  # jobs at a time

    def losses(self, config: Config) -> list[float]:
        """The whole curve of a configuration."""
        return [epoch.metrics["loss"] for epoch in self.curves(config)]


@dataclass(frozen=True)
class Job:
    """What became of one training job."""

    config: Config
    losses: tuple[float, ...]
    stopped: bool  # given up by the method, not by the end of the budget


@dataclass(frozen=True)
class Outcome:
    """What a method did with its budget."""

    reports: list[float]  # the losses of all jobs, one for each epoch spent, in order of time
    jobs: list[Job]


Method = Callable[[Task, int], Outcome]  # of a task and a seed


def curves_of(problem: Problem, recorded: Sequence[tuple[Config, list[float]]]) -> RecordedCurves:
    """Recorded losses as epochs of a second each."""
    return RecordedCurves(
        problem.space,
        [(config, [Epoch(1.0, {"loss": loss}) for loss in losses]) for config, losses in recorded],
    )


def _tunesmith(strategy: str, stopping: str | None = None, resource: ReportRange | None = None) -> Method:
    """The real controller on a simulated backend."""

    def run(task: Task, seed: int) -> Outcome:
        backend = Simulated(task.curves, task.workers)
        job = TuningJob(
            name="benchmark",
            work=Command(("train",)),
            space=task.problem.space,
            objective=Objective("loss"),
            limits=Limits(parallel=task.workers, seconds=task.budget / task.workers),
            strategy=strategy,
            seed=seed,
            stopping=stopping,
            resource=resource,
            created_at=START,
        )
        with Store() as store:
            controller = Controller(store, backend, backend.clock)
            controller.create(job)
            controller.run(job.name)
            points = sorted(store.metric_points(job.name), key=lambda point: (point.at, point.trial))
            losses: dict[int, list[float]] = {}
            for point in points:
                losses.setdefault(point.trial, []).append(point.value)
            jobs = [
                Job(
                    trial.config,
                    tuple(losses.get(trial.number, ())),
                    trial.state.value == "Stopped" and "limit of" not in (trial.reason or ""),
                )
                for trial in store.trials(job.name)
            ]
        return Outcome([point.value for point in points], jobs)

    return run


def _optuna(pruner: str | None) -> Method:
    """Optuna in a loop with the same clock: every epoch takes a second, and pruning takes none."""

    def run(task: Task, seed: int) -> Outcome:
        from optuna.trial import TrialState

        study = _Study(task, seed, pruner)
        running: list[tuple[int, int, _Running]] = []
        reports: list[float] = []
        jobs: list[Job] = []
        now, number = 0, 0
        while True:
            while len(running) < task.workers:
                number += 1
                heapq.heappush(running, (now + 1, number, study.begin()))
            now, place, job = heapq.heappop(running)
            if now * task.workers > task.budget:
                return Outcome(reports, jobs)
            reports.append(job.step())
            is_whole = len(job.losses) == EPOCHS
            if is_whole or job.trial.should_prune():
                study.end(job, None if is_whole else TrialState.PRUNED)
                jobs.append(Job(job.config, tuple(job.losses), stopped=not is_whole))
            else:
                heapq.heappush(running, (now + 1, place, job))

    return run


@dataclass
class _Running:
    """A trial of Optuna and the epochs that it has run."""

    trial: Any
    config: Config
    curve: list[float]
    losses: list[float]

    def step(self) -> float:
        loss = self.curve[len(self.losses)]
        self.losses.append(loss)
        self.trial.report(loss, len(self.losses))
        return loss


class _Study:
    """A study of Optuna with a pruner."""

    def __init__(self, task: Task, seed: int, pruner: str | None) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        options = {"min_resource": 1, "max_resource": EPOCHS, "reduction_factor": 3}
        made = getattr(optuna.pruners, pruner or "NopPruner")(
            **(options if pruner == "HyperbandPruner" else {})
        )
        sampler = optuna.samplers.TPESampler(seed=seed)
        self._study = optuna.create_study(study_name=f"seed {seed}", sampler=sampler, pruner=made)
        self._distributions = {p.name: Optuna._distribution(p) for p in task.problem.space.parameters}  # noqa: SLF001
        self._task = task

    def begin(self) -> _Running:
        trial = self._study.ask(self._distributions)
        return _Running(trial, trial.params, self._task.losses(trial.params), [])

    def end(self, job: _Running, state: Any) -> None:
        if state is None:
            self._study.tell(job.trial, job.losses[-1])
        else:
            self._study.tell(job.trial, state=state)


_RESOURCE = ReportRange(most=EPOCHS)

METHODS: dict[str, Method] = {
    "random": _tunesmith("Random"),
    "random, median": _tunesmith("Random", "median"),
    "random, gain": _tunesmith("Random", "gain"),
    "Bayesian": _tunesmith("Bayesian"),
    "Bayesian, median": _tunesmith("Bayesian", "median"),
    "Bayesian, gain": _tunesmith("Bayesian", "gain"),
    "Hyperband": _tunesmith("Hyperband", resource=_RESOURCE),
    "HyperbandBayesian": _tunesmith("HyperbandBayesian", resource=_RESOURCE),
    **{f"Optuna {name}": _optuna(pruner) for name, pruner in OPTUNA.items()},
}
