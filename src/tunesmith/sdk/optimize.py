"""`minimize` and `maximize`: find the configuration at which a Python function is lowest or highest."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tunesmith.backends.function_call import DEFAULT_METRIC
from tunesmith.backends.in_process import InProcess, Workers
from tunesmith.control.clock import utc_now
from tunesmith.control.early_stop import rule_of
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Config
from tunesmith.core.training_job import Work
from tunesmith.core.tuning_job import Completion, ReportRange, Transfer, TuningJob
from tunesmith.sdk.algorithm import Algorithm, ObjectiveFunction, together
from tunesmith.sdk.arguments import (
    checkpoints_of,
    completion_of,
    draw_seed,
    fresh_name,
    plain,
    resource_of,
    warm_start_of,
)
from tunesmith.sdk.chosen import SpaceLike
from tunesmith.sdk.drive import Drive
from tunesmith.sdk.progress_lines import Watch, watch_of
from tunesmith.sdk.result import Result
from tunesmith.store.store import Store

IN_MEMORY = "sqlite://"


def minimize(
    function: ObjectiveFunction | Mapping[str, Algorithm],
    space: SpaceLike | None = None,
    trials: int | None = None,
    parallel: int = 1,
    strategy: str | None = None,
    seed: int | None = None,
    store: str | None = None,
    *,
    name: str | None = None,
    metric: str | None = None,
    workers: Workers = "threads",
    initial: Sequence[Config] = (),
    seconds: float | None = None,
    budget: float | None = None,
    price: Price | None = None,
    max_seconds: float | None = None,
    stopping: str | None = None,
    target: float | None = None,
    not_improving: int | None = None,
    converged: bool = False,
    resource: tuple[int, int] | None = None,
    pause: bool = False,
    checkpoints: str | os.PathLike[str] | None = None,
    parents: Sequence[str] = (),
    transfer: str = Transfer.RELATED,
    progress: bool | Watch = False,
) -> Result:
    """Find the configuration at which a function is lowest.

    A trial fails, and the search goes on without it, if the function raises an exception or returns anything but
    a finite number. With one thread the function is called in the thread of the caller, unless trials may be given
    up early. Ctrl-C raises TuningInterrupted, whose `result` has what was found so far.

    Args:
        function: Takes a configuration (a dict) and returns a number, or a mapping of metric names to numbers.
            It may call `tunesmith.report` on the way; then the latest value of the metric counts. Or several to
            compare, each with its space: `{"svm": tunesmith.Algorithm(svm, [...]), "forest": ...}`; the better ones
            get more of the trials.
        space: The parameters to search: a Space, or a list of Continuous, Integer and Categorical. Or a mapping of
            names to values that they may have, such as `{"learning_rate": 0.1, "max_depth": 6}`: then the ranges are
            chosen, and so are strategy, number of trials and early stopping where they are not given.
        trials: How many configurations to try in all, the failed ones and those before a resumption included.
        parallel: How many to try at a time.
        strategy: How to search: "Bayesian" (which None means, too), "Random", "Sobol", "Grid", "Hyperband", "HyperbandBayesian" or a
            registered one.
        seed: Makes the search repeatable, given `parallel=1`; drawn, and shown in the result, if None.
        store: Where to keep the trials: a database URL such as "sqlite:///tuning.db"; in memory if None.
        name: Of the tuning job in the store. One that exists goes on where it was left, after a crash too; for
            one that has ended, the result is returned, unless `trials` or `seconds` have been raised. What ran
            when the process died is run again, with the same configuration.
        metric: What to minimize if the function returns several metrics.
        workers: "threads", or "processes" for functions that keep Python busy; these can be stopped, and may
            crash without harm.
        initial: Configurations to try first.
        seconds: When to end at the latest, from the creation of the tuning job on.
        budget: What all trials together may cost at the most, by the price; see the how-to "Keep a budget". It needs
            `workers="processes"`, as threads cannot be stopped in time.
        price: What a CPU costs in an hour: a trial takes one.
        max_seconds: How long one trial may run. In processes it is killed; in threads it ends at its next
            `tunesmith.report`, or not before its end.
        stopping: The rule that gives up hopeless trials, "median" or "gain"; None if none is to be given up. The
            function must call `tunesmith.report` several times, as after each epoch.
        target: A value that is good enough: the search ends with the first trial that has it.
        not_improving: The search ends when so many trials, at least 3, have ended since the best value was
            improved by more than 1 %.
        converged: Whether it ends when an improvement by more than 1 % has become unlikely.
        resource: For the strategies "Hyperband" and "HyperbandBayesian", which give up most trials early: how many
            times a trial reports before it is first judged, and how many times at the most.
        pause: Whether the trials that these strategies give up are paused, to go on from their checkpoints if they
            turn out to be among the best.
        checkpoints: A folder in which each trial has one of its own: in the function, `tunesmith.checkpoints()` gives
            it. Save there before each `tunesmith.report`.
        parents: Names of up to five earlier tuning jobs in the same store to learn from.
        transfer: "TransferLearning" if the function is another one than theirs, on other data for example; or
            "IdenticalDataAndAlgorithm" if it is the same, so that their results count as this job's own.
        progress: True to print each new best, or a function to call with each `Progress`.

    Raises:
        ValueError: An argument is wrong, or does not agree with the stored tuning job of this name.
        TuningError: The tuning job has ended and no trial has a value.
        TuningInterrupted: Ctrl-C was pressed.
        StoreError: The store cannot be used, or another process is driving this tuning job.
    """
    return _optimize(
        Goal.MINIMIZE,
        function=function,
        space=space,
        trials=trials,
        parallel=parallel,
        strategy=strategy,
        seed=seed,
        store=store,
        name=name,
        metric=metric,
        workers=workers,
        initial=initial,
        seconds=seconds,
        budget=budget,
        price=price,
        max_seconds=max_seconds,
        stopping=stopping,
        completion=completion_of(target, not_improving, converged),
        resource=resource_of(resource, pause=pause),
        checkpoints=checkpoints_of(checkpoints),
        warm_start=warm_start_of(parents, transfer),
        progress=progress,
    )


def maximize(
    function: ObjectiveFunction | Mapping[str, Algorithm],
    space: SpaceLike | None = None,
    trials: int | None = None,
    parallel: int = 1,
    strategy: str | None = None,
    seed: int | None = None,
    store: str | None = None,
    *,
    name: str | None = None,
    metric: str | None = None,
    workers: Workers = "threads",
    initial: Sequence[Config] = (),
    seconds: float | None = None,
    budget: float | None = None,
    price: Price | None = None,
    max_seconds: float | None = None,
    stopping: str | None = None,
    target: float | None = None,
    not_improving: int | None = None,
    converged: bool = False,
    resource: tuple[int, int] | None = None,
    pause: bool = False,
    checkpoints: str | os.PathLike[str] | None = None,
    parents: Sequence[str] = (),
    transfer: str = Transfer.RELATED,
    progress: bool | Watch = False,
) -> Result:
    """Find the configuration at which a function is highest; otherwise as `minimize`, which explains it all."""
    return _optimize(
        Goal.MAXIMIZE,
        function=function,
        space=space,
        trials=trials,
        parallel=parallel,
        strategy=strategy,
        seed=seed,
        store=store,
        name=name,
        metric=metric,
        workers=workers,
        initial=initial,
        seconds=seconds,
        budget=budget,
        price=price,
        max_seconds=max_seconds,
        stopping=stopping,
        completion=completion_of(target, not_improving, converged),
        resource=resource_of(resource, pause=pause),
        checkpoints=checkpoints_of(checkpoints),
        warm_start=warm_start_of(parents, transfer),
        progress=progress,
    )


def _optimize(
    goal: Goal,
    *,
    function: ObjectiveFunction | Mapping[str, Algorithm],
    space: SpaceLike | None,
    trials: int | None,
    parallel: int,
    strategy: str | None,
    seed: int | None,
    store: str | None,
    name: str | None,
    metric: str | None,
    workers: Workers,
    initial: Sequence[Config],
    seconds: float | None,
    budget: float | None,
    price: Price | None,
    max_seconds: float | None,
    stopping: str | None,
    completion: Completion,
    resource: ReportRange | None,
    checkpoints: str | None,
    warm_start: Mapping[str, Any],
    progress: bool | Watch,
) -> Result:
    algorithms = _algorithms(function, space, initial)
    objective = Objective(DEFAULT_METRIC if metric is None else metric, goal)
    if budget is not None and workers != "processes":
        msg = f"budget: needs workers='processes', which can be stopped in time, got {workers!r}"
        raise ValueError(msg)
    found = together(algorithms)
    limits = found.limits(trials, parallel, seconds, budget)
    chosen = found.strategy(strategy, limits)
    now = utc_now()
    shared: dict[str, Any] = {
        "name": fresh_name(_stem(function), now) if name is None else name,
        "limits": limits,
        "price": price,
        "strategy": chosen,
        "seed": draw_seed() if seed is None else plain(seed),
        "stopping": found.stopping(stopping, is_staged=resource is not None),
        "completion": completion,
        "created_at": now,
        **warm_start,
    }
    most = plain(max_seconds)
    definitions = tuple(
        replace(each.definition(name, objective, most), resource=resource, checkpoints=checkpoints)
        for name, each in algorithms.items()
    )
    work: Work | Mapping[str, Work]
    if isinstance(function, Mapping):
        job, work = TuningJob.comparing(definitions, **shared), {d.name: d.work for d in definitions}
    else:
        job, work = TuningJob(**definitions[0].shared, **shared), definitions[0].work
    is_watched = any(rule_of(part) is not None for part in job.parts.values())  # by this thread
    backend = InProcess(workers, job.limits.parallel, job.objective.metric, inline=not is_watched)
    for each in algorithms.values():
        backend.check(each.work)
    with Store(IN_MEMORY if store is None else str(store)) as opened:
        drive = Drive(job, opened, backend, work)
        drive.prepare({"seed"} if seed is None else set())
        try:
            return drive.run(watch_of(progress))
        except KeyboardInterrupt:
            raise drive.interrupted(_how_to_go_on(job.name, is_stored=store is not None)) from None
        finally:
            backend.close()


def _algorithms(
    function: ObjectiveFunction | Mapping[str, Algorithm],
    space: SpaceLike | None,
    initial: Sequence[Config],
) -> Mapping[str, Algorithm]:
    """What to compare; of a function alone, what is to be searched."""
    if isinstance(function, Mapping):
        for argument, value in (("space", space), ("initial", initial or None)):
            if value is not None:
                msg = f"{argument}: each algorithm has its own; leave it out"
                raise ValueError(msg)
        return function
    if space is None:
        msg = "space: give the parameters to search"
        raise ValueError(msg)
    return {"function": Algorithm(function, space, initial=initial)}


def _stem(function: object) -> str:
    return "comparison" if isinstance(function, Mapping) else getattr(function, "__name__", "")


def _how_to_go_on(name: str, *, is_stored: bool) -> str:
    if is_stored:
        return f"To go on, call it again with the same arguments and name={name!r}."
    return (
        "What was found is in the `result` of this exception. With store='sqlite:///FILE' and a name, "
        "the same call would go on."
    )
