"""The methods that are compared: each spends a budget of epochs on a problem, a few jobs at a time."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.curves.peers import PEERS, in_turn
from benchmarks.curves.problems import EPOCHS
from benchmarks.curves.task import Job, Outcome, Task

from tunesmith.control.controller import Controller
from tunesmith.core.objective import Objective
from tunesmith.core.training_job import Command, Handle
from tunesmith.core.tuning_job import Limits, ReportRange, TuningJob
from tunesmith.store.store import Store
from tunesmith.testing.simulated import START, Simulated

Method = Callable[[Task, int], Outcome]  # of a task and a seed


class _Prompt(Simulated):
    """Gives the place of a job that was stopped away at once, as the peers' loop does; not after one more epoch."""

    _is_freed = False

    def stop(self, handle: Handle) -> None:
        super().stop(handle)
        self._is_freed = True

    def wait(self, seconds: float) -> None:
        if self._is_freed:
            self._is_freed = False
        else:
            super().wait(seconds)


def _tunesmith(strategy: str, stopping: str | None = None, resource: ReportRange | None = None) -> Method:
    """The real controller on a simulated backend."""

    def run(task: Task, seed: int) -> Outcome:
        backend = _Prompt(task.curves, task.workers)
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
            checkpoints="kept" if resource is not None and resource.pause else None,
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


_RESOURCE = ReportRange(most=EPOCHS)
_PAUSING = ReportRange(most=EPOCHS, pause=True)

METHODS: dict[str, Method] = {
    "random": _tunesmith("Random"),
    "random, median": _tunesmith("Random", "median"),
    "random, gain": _tunesmith("Random", "gain"),
    "Bayesian": _tunesmith("Bayesian"),
    "Bayesian, median": _tunesmith("Bayesian", "median"),
    "Bayesian, gain": _tunesmith("Bayesian", "gain"),
    "Hyperband": _tunesmith("Hyperband", resource=_RESOURCE),
    "Hyperband, pausing": _tunesmith("Hyperband", resource=_PAUSING),
    "HyperbandBayesian": _tunesmith("HyperbandBayesian", resource=_RESOURCE),
    "HyperbandBayesian, pausing": _tunesmith("HyperbandBayesian", resource=_PAUSING),
    **{name: in_turn(peer) for name, peer in PEERS.items()},
}
