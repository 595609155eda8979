"""Making a tuning job of the keys of a job file whose types are known to be right.

What core values, strategies and metric patterns refuse is noted as a fault with its place in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import structs

from tunesmith.control import budget, early_stop
from tunesmith.control.autotune import propose, strategy_for, trials_for
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space, Value
from tunesmith.core.training_job import Channel, Resources
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, Transfer, TuningJob
from tunesmith.jobfile import builtin
from tunesmith.jobfile.check import closest
from tunesmith.jobfile.faults import Notes
from tunesmith.jobfile.schema import (
    AutoKeys,
    CategoricalKeys,
    ChannelKeys,
    ContinuousKeys,
    IntegerKeys,
    JobFile,
    Scalar,
)
from tunesmith.jobfile.work import WorkBuilder
from tunesmith.jobfile.yaml_source import Fault, Source
from tunesmith.sdk.arguments import draw_seed
from tunesmith.stopping import registry as rules
from tunesmith.storage.location import check_location
from tunesmith.strategies import registry
from tunesmith.training import bubblewrap
from tunesmith.training.channels import resolved

_NO_RULE = "none"  # of `stopping`, where one would be chosen


class JobBuilder:
    """Builds one tuning job, noting every fault on the way."""

    def __init__(self, keys: JobFile, source: Source, folder: Path) -> None:
        self._notes = Notes(source)
        self._keys = keys
        self._source = source
        self._folder = folder  # where relative paths start

    @property
    def faults(self) -> list[Fault]:
        """What was found to be wrong."""
        return self._notes.faults

    def build(self, name: str, created_at: datetime, cpus: int) -> TuningJob | None:
        """Build the tuning job, or None; it is of use only if there are no `faults`."""
        keys = self._keys
        work = WorkBuilder(keys, self._notes, self._folder).build()
        space, metrics = self._space(), self._metrics()
        limits, resources, channels = self._limits(space), self._resources(cpus), self._channels()
        completion, resource = self._completion(), self._resource()
        self._check_strategy(space)
        self._check_stopping()
        if space is not None:
            self._check_initial(space)
        self._check_isolation()
        self._check_builtin(space, metrics)
        self._check_warm_start()
        if work is None or space is None or limits is None or completion is None or self.faults:
            return None
        with self._notes.noting(()):
            job = TuningJob(
                name=name,
                work=work,
                space=space,
                objective=Objective(keys.objective.metric, Goal(keys.objective.goal)),
                limits=limits,
                price=self._price(),
                strategy=self._strategy(space, limits),
                stopping=self._stopping(),
                completion=completion,
                resource=resource,
                **self._warm_start(),
                seed=draw_seed() if keys.seed is None else keys.seed,
                metrics=metrics,
                initial=tuple(keys.initial),
                hyperparameters=self._hyperparameters(),
                channels=channels,
                environment={key: self._source.texts["environment", key] for key in keys.environment},
                resources=resources,
                max_seconds=keys.limits.job_seconds,
                grace_seconds=keys.limits.grace_seconds,
                isolation=keys.isolation,
                retries=keys.limits.retries,
                max_wait_seconds=keys.limits.wait_seconds,
                checkpoints=self._place("checkpoints", keys.checkpoints),
                output=self._place("output", keys.output),
                created_at=created_at,
            )
            early_stop.check(job)
            budget.check(job)
            return job
        return None

    def _space(self) -> Space | None:
        parameters: list[Parameter] = []
        for name, keys in self._keys.parameters.items():
            with self._notes.noting(("parameters", name)):
                parameters.append(_parameter(name, keys))
        with self._notes.noting(("parameters",)):
            return Space(parameters) if len(parameters) == len(self._keys.parameters) else None
        return None

    def _check_strategy(self, space: Space | None) -> None:
        name, names = self._keys.strategy or "Bayesian", registry.names()
        if name not in names:
            message = f"{name!r} is not one of {', '.join(names)}{closest(name, names)}"
            self._notes.add(("strategy",), message)
        elif space is not None:
            with self._notes.noting(("strategy",)):
                registry.get(name).check(space)

    def _check_stopping(self) -> None:
        name, names = self._keys.stopping, rules.names()
        if name is not None and name not in (*names, _NO_RULE):
            message = f"{name!r} is not one of {', '.join(names)}{closest(name, names)}"
            self._notes.add(("stopping",), message)

    def _check_initial(self, space: Space) -> None:
        for index, config in enumerate(self._keys.initial):
            with self._notes.noting(("initial", index)):
                space.check(config)

    def _hyperparameters(self) -> Mapping[str, Value]:
        own, metric = self._keys.hyperparameters, self._keys.objective.metric
        return own if self._keys.algorithm is None else builtin.hyperparameters(own, metric)

    def _metrics(self) -> tuple[MetricPattern, ...]:
        own = tuple(MetricPattern(name, regex) for name, regex in self._keys.metrics.items())
        for pattern in own:
            with self._notes.noting(("metrics", pattern.name)):
                LogMetrics((pattern,))
        patterns = own if self._keys.algorithm is None else builtin.metrics(own)
        if own and self._keys.algorithm is None and self._keys.objective.metric not in self._keys.metrics:
            hint = closest(self._keys.objective.metric, self._keys.metrics)
            if hint:  # otherwise the script may well report it by itself
                self._notes.add(
                    ("objective", "metric"), f"no pattern of this name is among the metrics{hint}"
                )
        return patterns

    @property
    def _is_auto(self) -> bool:
        """Whether what is left open is to be chosen."""
        return any(isinstance(parameter, AutoKeys) for parameter in self._keys.parameters.values())

    def _strategy(self, space: Space | None, limits: Limits | None) -> str:
        if self._keys.strategy is not None:
            return self._keys.strategy
        if not self._is_auto or space is None or limits is None:
            return "Bayesian"
        return strategy_for(space, limits.trials)

    def _stopping(self) -> str | None:
        """The stopping rule; where what is left open is to be chosen, that which SageMaker would use."""
        given = self._keys.stopping
        if given is None and self._is_auto and self._keys.resource is None:
            return "median"
        return None if given == _NO_RULE else given

    def _price(self) -> Price | None:
        keys = self._keys.price
        with self._notes.noting(("price",)):
            return None if keys is None else Price(keys.cpu_hour, keys.gpu_hour, keys.currency)
        return None

    def _limits(self, space: Space | None) -> Limits | None:
        keys, trials = self._keys.limits, self._keys.limits.trials
        if self._is_auto and trials is None and keys.seconds is None and keys.budget is None:
            if space is None:
                return None
            trials = trials_for(space)
        with self._notes.noting(("limits",)):
            return Limits(trials, keys.parallel, keys.seconds, keys.budget)
        return None

    def _completion(self) -> Completion | None:
        keys = self._keys.completion
        with self._notes.noting(("completion",)):
            return Completion(keys.target, keys.not_improving, keys.converged)
        return None

    def _resource(self) -> ReportRange | None:
        keys = self._keys.resource
        with self._notes.noting(("resource",)):
            return None if keys is None else ReportRange(keys.most, keys.least, keys.pause)
        return None

    def _check_warm_start(self) -> None:
        if self._keys.warm_start is not None and not self._keys.warm_start.parents:
            self._notes.add(("warm_start", "parents"), "is empty; name the earlier tuning jobs to learn from")

    def _warm_start(self) -> dict[str, Any]:
        keys = self._keys.warm_start
        if keys is None:
            return {}
        return {"parents": tuple(keys.parents), "transfer": Transfer(keys.type)}

    def _resources(self, cpus: int) -> Resources:
        needed = self._keys.resources.cpus or max(1, cpus // self._keys.limits.parallel)
        if needed > cpus:
            self._notes.add(("resources", "cpus"), f"{needed} are more than the {cpus} that there are to use")
        return Resources(needed, self._keys.resources.gpus)

    def _channels(self) -> Mapping[str, str | Channel]:
        channels: dict[str, str | Channel] = {}
        for name, keys in self._keys.channels.items():
            given = Channel(**structs.asdict(keys)) if isinstance(keys, ChannelKeys) else Channel(keys)
            channel = replace(given, location=self._located(given.location))
            with self._notes.noting(("channels",)):
                checked = resolved({name: channel})[name]
                channels[name] = checked if isinstance(keys, ChannelKeys) else checked.location
        return channels

    def _place(self, key: str, location: str | None) -> str | None:
        """Where something is to be put, by a path or an address."""
        if location is None:
            return None
        with self._notes.noting((key,)):
            check_location(location, key)
        return self._located(location)

    def _located(self, location: str) -> str:
        return location if "://" in location else str(self._folder / Path(location).expanduser())

    def _check_builtin(self, space: Space | None, metrics: tuple[MetricPattern, ...]) -> None:
        if self._keys.algorithm is None:
            return
        if space is not None:
            with self._notes.noting(()):
                builtin.check(space.parameters, self._keys.hyperparameters)
        names, metric = [pattern.name for pattern in metrics], self._keys.objective.metric
        if metric not in names:
            message = f"the algorithm prints no metric {metric!r}, but others such as validation:rmse"
            self._notes.add(("objective", "metric"), message + closest(metric, names))

    def _check_isolation(self) -> None:
        if self._keys.isolation == "bubblewrap":
            with self._notes.noting(()):
                bubblewrap.check()


def _parameter(name: str, keys: ContinuousKeys | IntegerKeys | CategoricalKeys | AutoKeys) -> Parameter:
    match keys:
        case ContinuousKeys():
            return Continuous(name, keys.low, keys.high, keys.scale)
        case IntegerKeys():
            return Integer(name, keys.low, keys.high, keys.scale)
        case CategoricalKeys():
            return Categorical(name, tuple(keys.choices))
        case AutoKeys():
            return _chosen(name, keys.example)


def _chosen(name: str, example: Scalar) -> Parameter:
    proposal = propose(name, example)
    if proposal is None:
        msg = (
            f"{name}: there is no range to choose for the example {example!r}; give it one, or a fixed value"
        )
        raise ValueError(msg)
    return proposal.parameter
