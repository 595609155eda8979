"""Making a tuning job of the keys of a job file whose types are known to be right.

What core values, strategies and metric patterns refuse is noted as a fault with its place in the file.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tunesmith.cli.job_check import closest
from tunesmith.cli.job_schema import (
    AutoKeys,
    CategoricalKeys,
    CommandKeys,
    ContinuousKeys,
    IntegerKeys,
    JobFile,
    Scalar,
    ScriptKeys,
)
from tunesmith.cli.yaml_source import At, Fault, Source
from tunesmith.control import early_stop
from tunesmith.control.autotune import propose, trials_for
from tunesmith.control.log_metrics import LogMetrics
from tunesmith.core.objective import Goal, Objective
from tunesmith.core.space import Categorical, Continuous, Integer, Parameter, Space
from tunesmith.core.training_job import Command, Resources, Script, Work
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, Transfer, TuningJob
from tunesmith.sdk.arguments import draw_seed
from tunesmith.stopping import registry as rules
from tunesmith.storage.location import check_location
from tunesmith.strategies import registry
from tunesmith.training import bubblewrap
from tunesmith.training.layout import check_channels
from tunesmith.training.program import PLACEHOLDER


class JobBuilder:
    """Builds one tuning job, noting every fault on the way."""

    def __init__(self, keys: JobFile, source: Source, folder: Path) -> None:
        self.faults: list[Fault] = []
        self._keys = keys
        self._source = source
        self._folder = folder  # where relative paths start

    def build(self, name: str, created_at: datetime, cpus: int) -> TuningJob | None:
        """Build the tuning job, or None; it is of use only if there are no `faults`."""
        keys = self._keys
        work, space, metrics = self._work(), self._space(), self._metrics()
        limits, resources, channels = self._limits(space), self._resources(cpus), self._channels()
        completion, resource = self._completion(), self._resource()
        self._check_strategy(space)
        self._check_stopping()
        if space is not None:
            self._check_initial(space)
        self._check_isolation()
        self._check_warm_start()
        if work is None or space is None or limits is None or completion is None or self.faults:
            return None
        with self._noting(()):
            job = TuningJob(
                name=name,
                work=work,
                space=space,
                objective=Objective(keys.objective.metric, Goal(keys.objective.goal)),
                limits=limits,
                strategy=keys.strategy,
                stopping=keys.stopping,
                completion=completion,
                resource=resource,
                **self._warm_start(),
                seed=draw_seed() if keys.seed is None else keys.seed,
                metrics=metrics,
                initial=tuple(keys.initial),
                hyperparameters=keys.hyperparameters,
                channels=channels,
                environment={key: self._source.texts["environment", key] for key in keys.environment},
                resources=resources,
                max_seconds=keys.limits.job_seconds,
                grace_seconds=keys.limits.grace_seconds,
                isolation=keys.isolation,
                retries=keys.limits.retries,
                checkpoints=self._checkpoints(),
                created_at=created_at,
            )
            early_stop.check(job)
            return job
        return None

    def _work(self) -> Work | None:
        script, command = self._keys.script, self._keys.command
        if (script is None) == (command is None):
            both = (
                "give either script or command, not both" if script else "give a script or a command to run"
            )
            self._fault(("command",) if script else (), both)
            return None
        if command is not None:
            return self._command(command)
        return self._script(script) if script is not None else None

    def _script(self, script: str | ScriptKeys) -> Script | None:
        if isinstance(script, ScriptKeys):
            source = self._existing(("script", "source"), script.source)
            if source.is_dir() and not (source / script.entry).is_file():
                self._fault(("script", "entry"), f"there is no file {script.entry!r} in {source}")
            elif source.is_file() and not source.name.endswith((".tar.gz", ".tgz")):
                self._fault(("script", "source"), f"{source} is neither a folder nor a .tar.gz archive")
            return Script(str(source), script.entry)
        file = self._existing(("script",), script)
        if file.is_dir():
            self._fault(("script",), f"{file} is a folder; write {{source: {script}, entry: FILE.py}}")
        return Script(str(file.parent), file.name)

    def _command(self, command: str | list[str] | CommandKeys) -> Command | None:
        where: At = ("command",)
        directory = self._folder
        if isinstance(command, CommandKeys):
            where = ("command", "arguments")
            if command.directory is not None:
                directory = self._existing(("command", "directory"), command.directory)
            command = command.arguments
        try:
            arguments = shlex.split(command) if isinstance(command, str) else command
        except ValueError as error:
            self._fault(where, f"this cannot be split into words as a shell does: {error}")
            return None
        self._check_arguments(where, arguments, directory)
        return Command(tuple(arguments), str(directory))

    def _check_arguments(self, where: At, arguments: list[str], directory: Path) -> None:
        """Find mistakes that every training job would stumble over."""
        program = arguments[0] if arguments else ""
        place = str(directory / program) if "/" in program else program
        if not program:
            self._fault(where, "the command is empty")
        elif not PLACEHOLDER.search(program) and shutil.which(place) is None:
            self._fault(where, f"there is no program {place!r} that can be run")
        known = [*self._keys.parameters, *self._keys.hyperparameters]
        for name in PLACEHOLDER.findall(" ".join(arguments)):
            hint = "" if name in known else closest(name, known)
            if hint:  # otherwise the braces may well be meant for the program
                self._fault(where, f"there is no hyperparameter {name!r} to replace {{{name}}}{hint}")

    def _space(self) -> Space | None:
        parameters: list[Parameter] = []
        for name, keys in self._keys.parameters.items():
            with self._noting(("parameters", name)):
                parameters.append(_parameter(name, keys))
        with self._noting(("parameters",)):
            return Space(parameters) if len(parameters) == len(self._keys.parameters) else None
        return None

    def _check_strategy(self, space: Space | None) -> None:
        name, names = self._keys.strategy, registry.names()
        if name not in names:
            message = f"{name!r} is not one of {', '.join(names)}{closest(name, names)}"
            self._fault(("strategy",), message)
        elif space is not None:
            with self._noting(("strategy",)):
                registry.get(name).check(space)

    def _check_stopping(self) -> None:
        name, names = self._keys.stopping, rules.names()
        if name is not None and name not in names:
            message = f"{name!r} is not one of {', '.join(names)}{closest(name, names)}"
            self._fault(("stopping",), message)

    def _check_initial(self, space: Space) -> None:
        for index, config in enumerate(self._keys.initial):
            with self._noting(("initial", index)):
                space.check(config)

    def _metrics(self) -> tuple[MetricPattern, ...]:
        patterns = tuple(MetricPattern(name, regex) for name, regex in self._keys.metrics.items())
        for pattern in patterns:
            with self._noting(("metrics", pattern.name)):
                LogMetrics((pattern,))
        if patterns and self._keys.objective.metric not in self._keys.metrics:
            hint = closest(self._keys.objective.metric, self._keys.metrics)
            if hint:  # otherwise the script may well report it by itself
                self._fault(("objective", "metric"), f"no pattern of this name is among the metrics{hint}")
        return patterns

    def _limits(self, space: Space | None) -> Limits | None:
        keys, trials = self._keys.limits, self._keys.limits.trials
        is_auto = any(isinstance(parameter, AutoKeys) for parameter in self._keys.parameters.values())
        if is_auto and trials is None and keys.seconds is None:
            if space is None:
                return None
            trials = trials_for(space)
        with self._noting(("limits",)):
            return Limits(trials, keys.parallel, keys.seconds)
        return None

    def _completion(self) -> Completion | None:
        keys = self._keys.completion
        with self._noting(("completion",)):
            return Completion(keys.target, keys.not_improving, keys.converged)
        return None

    def _resource(self) -> ReportRange | None:
        keys = self._keys.resource
        with self._noting(("resource",)):
            return None if keys is None else ReportRange(keys.most, keys.least)
        return None

    def _check_warm_start(self) -> None:
        if self._keys.warm_start is not None and not self._keys.warm_start.parents:
            self._fault(("warm_start", "parents"), "is empty; name the earlier tuning jobs to learn from")

    def _warm_start(self) -> dict[str, Any]:
        keys = self._keys.warm_start
        if keys is None:
            return {}
        return {"parents": tuple(keys.parents), "transfer": Transfer(keys.type)}

    def _resources(self, cpus: int) -> Resources:
        needed = self._keys.resources.cpus or max(1, cpus // self._keys.limits.parallel)
        if needed > cpus:
            self._fault(("resources", "cpus"), f"{needed} are more than the {cpus} that there are to use")
        return Resources(needed, self._keys.resources.gpus)

    def _channels(self) -> Mapping[str, str]:
        channels = {}
        for name, location in self._keys.channels.items():
            path = location if "://" in location else str(self._folder / Path(location).expanduser())
            with self._noting(("channels",)):
                channels[name] = str(check_channels({name: path})[name])
        return channels

    def _checkpoints(self) -> str | None:
        location = self._keys.checkpoints
        if location is None:
            return None
        if "://" in location:
            with self._noting(("checkpoints",)):
                check_location(location, "checkpoints")
            return location
        return str(self._folder / Path(location).expanduser())

    def _check_isolation(self) -> None:
        if self._keys.isolation == "bubblewrap":
            with self._noting(()):
                bubblewrap.check()

    def _existing(self, path: At, text: str) -> Path:
        file = self._folder / Path(text).expanduser()
        if not file.exists():
            self._fault(path, f"there is no file or folder {file}")
        return file

    @contextmanager
    def _noting(self, path: At) -> Iterator[None]:
        """Turn a ValueError of a core value made from the keys at `path` into a fault."""
        try:
            yield
        except ValueError as error:
            self.faults.append(_locate(self._source, path, str(error)))

    def _fault(self, path: At, message: str) -> None:
        self.faults.append(Fault(self._source.place(path), path, message))


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


def _locate(source: Source, path: At, message: str) -> Fault:
    """Find the key that a core message is about: it opens with a key's name, or mentions one."""
    value = _at(source.value, path)
    subject, colon, rest = message.partition(": ")
    while colon and (subject in path[-1:] or (isinstance(value, dict) and subject in value)):
        if subject not in path[-1:]:
            path, value = (*path, subject), value[subject]
        message = rest
        subject, colon, rest = message.partition(": ")
    if isinstance(value, dict):
        about = message.partition(" (")[0]  # what follows in brackets only explains
        mentioned = [(found.start(), key) for key in value if (found := _word(key).search(about))]
        path = (*path, min(mentioned)[1]) if mentioned else path
    return Fault(source.place(path), path, message)


def _at(value: Any, path: At) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value[part]
    return value


def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
