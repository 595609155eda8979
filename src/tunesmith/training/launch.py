"""How a training job becomes a process: what to run, in which environment and folder, and what to keep."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tunesmith.core.training_job import Channel, TrainingJob
from tunesmith.storage.location import check_location
from tunesmith.storage.transfer import Places
from tunesmith.training import (
    bubblewrap,
    channels,
    delivery,
    process_text,
    program,
    requirements,
    script_mode,
    staging,
)
from tunesmith.training.layout import Layout, Place, input_data_config, resource_config
from tunesmith.training.program import Program
from tunesmith.training.sagemaker_environment import Facts, inherited, variables

_NAMELESS = ":training-job/"  # the end of an ARN without its name
_REASON_LENGTH = 1024  # characters of output/failure that become the reason


@dataclass(frozen=True, kw_only=True)
class Launch:
    """All that a supervisor needs to run a training job and to keep its results.

    Stop the job by a SIGTERM to its whole process group.
    """

    arguments: tuple[str, ...]
    environment: dict[str, str]  # of the process, complete
    directory: Path  # where the process starts
    archives: tuple[tuple[Path, Path], ...]  # when the work has ended: (folder, .tar.gz to pack it into)
    finish: tuple[
        str, ...
    ] = ()  # a command to run after that, in the supervisor's own environment; if it fails, its
    # last line of output says why the results have not got where they belong


def prepare(job: TrainingJob, base: Path, cache: Path, places: Places | None = None) -> Launch:
    """Make the folder `base` ready for a training job and say how to run it.

    `base` is what SageMaker calls /opt/ml; `cache` holds what jobs share: snapshots of sources, environments;
    `places` says what s3:// stands for. The parent folder of `base` belongs to the job, too; its reports go there. Repeating it does no harm, also
    after it was killed half way. Raises ValueError that names the field, the value and what is allowed, for a
    job that cannot run.
    """
    place = _place(job, Layout(base.absolute()))
    places = places or Places()
    inputs = channels.resolved(job.channels)
    if job.output is not None:
        check_location(job.output, "output")
    if job.checkpoints is not None:
        check_location(job.checkpoints, "checkpoints")
    texts = {name: script_mode.encode(value) for name, value in job.hyperparameters.items()}
    process_text.check_variables("hyperparameters", texts)
    process_text.check_variables("environment", job.environment)
    place.disk.create()
    work = program.of_job(job, texts, place, cache.absolute(), places)
    facts = Facts(
        job=job,
        layout=place.seen,
        resources=resource_config(place.host, _interface()),
        inputs=input_data_config(inputs),
        hyperparameters=script_mode.split(texts),
        arguments=work.arguments,
        entry=work.entry,
    )
    place.disk.write_config(texts, facts.inputs, facts.resources)
    launch = Launch(
        arguments=_command_line(work, place, inputs, places, job.checkpoints),
        environment=_environment(facts, work, place),
        directory=place.disk.base if place.is_isolated else work.directory,
        archives=place.disk.archives,
        finish=delivery.command(job, place.disk, list(channels.staged(inputs)), places),
    )
    process_text.check_arguments("the command", launch.arguments)
    process_text.check_variables("the job's variables", launch.environment)
    return launch


def _place(job: TrainingJob, disk: Layout) -> Place:
    if job.isolation == "none":
        # SageMaker says algo-1, but frameworks look the name up (its own toolkit for 15 minutes).
        return Place(disk=disk, seen=disk, host="localhost")
    if job.isolation == "bubblewrap":
        bubblewrap.check()
        return Place(disk=disk, seen=Layout(bubblewrap.BASE), host=bubblewrap.HOST)
    msg = f"isolation: {job.isolation!r} is unknown; choose 'none' or 'bubblewrap'"
    raise ValueError(msg)


def _interface() -> str:
    """The name of the network interface over which the host's name is reached, which is the loopback's."""
    return "lo" if sys.platform.startswith("linux") else "lo0"


def _environment(facts: Facts, work: Program, place: Place) -> dict[str, str]:
    """Give the job's variables: the caller's, the contract's, and its own, which have the last word.

    Only the folders of its code and its own packages come before what it says of PYTHONPATH and PATH.
    """
    environment = {
        "PYTHONUNBUFFERED": "1",  # metrics are of use while the job runs
        **inherited(os.environ),
        **variables(facts),
        "CURRENT_HOST": place.host,
        "SAGEMAKER_BASE_DIR": str(place.seen.base),
        "TRAINING_JOB_NAME": facts.job.name,
        "TUNESMITH_CHECKPOINTS": str(place.seen.checkpoints),
        **(bubblewrap.VARIABLES if place.is_isolated else {}),
        **facts.job.environment,
    }
    # Whoever asks for training jobs by the hundred knows all of the ARN but the name, which is in lower case there.
    if environment.get("TRAINING_JOB_ARN", "").endswith(_NAMELESS):
        environment["TRAINING_JOB_ARN"] += facts.job.name.lower()
    if work.entry:
        _prepend(environment, "PYTHONPATH", place.seen.code)
    if work.overlay:
        environment["VIRTUAL_ENV"] = str(work.overlay)
        _prepend(environment, "PATH", work.overlay / "bin")
    return environment


def _prepend(environment: dict[str, str], name: str, folder: Path) -> None:
    rest = environment.get(name)
    environment[name] = f"{folder}{os.pathsep}{rest}" if rest else str(folder)


def _command_line(
    work: Program, place: Place, inputs: Mapping[str, Channel], places: Places, checkpoints_at: str | None
) -> tuple[str, ...]:
    """Put the sandbox and, outside of it, the fetching of data and requirements in front of the program."""
    command = work.command
    if place.is_isolated:
        command = bubblewrap.wrap(command, _sandbox(work, place, channels.local(inputs)))
    else:
        channels.link(place.disk.data, channels.local(inputs))
    if work.overlay and work.snapshot:
        command = requirements.wrap(command, work.overlay, work.snapshot, place.disk.failure, work.python)
    staged = channels.staged(inputs)
    if staged or checkpoints_at is not None:
        command = staging.wrap(command, staged, place.disk, places, checkpoints_at)
    return command


def _sandbox(work: Program, place: Place, inputs: Mapping[str, Path]) -> bubblewrap.Sandbox:
    disk, hosts = place.disk, place.disk.input / "hosts"
    bubblewrap.write_hosts(hosts)
    mounts = channels.mount_points(disk.data, inputs)
    ours = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2], Path(work.python).parents[1])
    return bubblewrap.Sandbox(
        base=disk.base,
        directory=work.directory,
        writable=disk.base.parent,
        hosts=hosts,
        mounts=tuple((path, place.seen.base / spot.relative_to(disk.base)) for path, spot in mounts),
        visible=(*ours, work.directory, *([work.overlay] if work.overlay else [])),
    )


def failure_reason(base: Path, exit_code: int | None, last_line: str = "") -> str:
    """Say why a job failed: the first 1024 characters of its output/failure, else its exit code and `last_line`.

    The last line of a Python program's output is the error that ended it.
    """
    failure = Layout(base).failure
    if failure.is_file():
        with failure.open(encoding="utf-8", errors="replace") as file:
            reason = file.read(_REASON_LENGTH).strip()
        if reason:
            return reason
    said = f" Its last line of output: {last_line.strip()}" if last_line.strip() else ""
    return (_exit_reason(exit_code) + said)[:_REASON_LENGTH]


def trouble(base: Path) -> str | None:
    """Say what kept the job's data from it, if something did without the job's own fault."""
    try:
        return Layout(base).trouble.read_text(encoding="utf-8", errors="replace")[:_REASON_LENGTH].strip()
    except FileNotFoundError:
        return None


def _exit_reason(exit_code: int | None) -> str:
    if exit_code is None:
        return "The training job vanished: it left no exit code."
    if exit_code < 0:
        return f"The training job was ended by {_signal(-exit_code)}."
    if 0 < exit_code - 128 < signal.NSIG:  # how shells and sandboxes tell of a signal
        return (
            f"The training job ended with exit code {exit_code}, which stands for {_signal(exit_code - 128)}."
        )
    return f"The training job ended with exit code {exit_code}."


def _signal(number: int) -> str:
    if number == signal.SIGKILL:
        return "SIGKILL, as the system does when memory runs out"
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
