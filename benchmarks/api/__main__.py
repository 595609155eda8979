"""How soon a busy server answers: `python -m benchmarks.api`, from the root of the repository.

A real server, four training jobs at a time, and Bayesian suggestions from a thousand results all the while. A process
of its own asks for the description of that tuning job, so many times a second, however long the answers take. Then,
with all at rest, other operations one by one, on ten thousand training jobs. Signing is not measured.

Goal: 99 of 100 descriptions in 25 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks._machine import headline
from benchmarks.api import state
from benchmarks.api.client import Server, at_a_rate, one_by_one

from tunesmith.api.keys import Keys
from tunesmith.server.folder import Folder

_GOAL = 0.025  # seconds, of the 99th percentile
_CONNECTIONS = 16
_WARM_UP = 50


def main() -> None:
    options = _options()
    print(headline("tunesmith", "uvicorn", "starlette", "sqlalchemy"))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        state.make(data, finished=options.finished, ended=options.ended, seconds=options.sleep)
        with _serving(data) as (server, process):
            p99 = _load(server, process.pid, options)
            _stop(server)
            _operations(server, process.pid, options)
    sys.exit(p99 > _GOAL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=50, help="descriptions a second")
    parser.add_argument("--seconds", type=float, default=30, help="for how long")
    parser.add_argument(
        "--finished", type=int, default=1000, help="training jobs of the described tuning job"
    )
    parser.add_argument("--ended", type=int, default=10_000, help="training jobs of the other one")
    parser.add_argument("--sleep", type=float, default=0.5, help="seconds that a training job takes")
    parser.add_argument("--repeats", type=int, default=30, help="of each of the other operations, at least 2")
    return parser.parse_args()


@contextmanager
def _serving(data: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    key = Keys(Folder(data).keys).create("benchmark")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tunesmith", "serve", "--data", str(data)]
    process = subprocess.Popen([*command, "--port", str(port), "--cpus", str(state.CPUS)])
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if process.poll() is not None:
                sys.exit("the server did not start")
            time.sleep(0.1)
        yield Server(port, key.id, key.secret), process
    finally:
        process.terminate()
        process.wait(30)


def _load(server: Server, pid: int, options: argparse.Namespace) -> float:
    """Describe a tuning job at a rate while it runs; give the 99th percentile."""
    name = {"HyperParameterTuningJobName": state.RUNNING}
    request = server.signed("DescribeHyperParameterTuningJob", name)
    _ask(server, "DescribeHyperParameterTuningJob", name, _WARM_UP)
    before, cpu = _trials(server), _cpu_seconds(pid)
    count = int(options.rate * options.seconds)
    seconds = asyncio.run(at_a_rate(server.port, [request] * count, options.rate, _CONNECTIONS))
    spent = None if cpu is None else (_cpu_seconds(pid) or 0.0) - cpu
    after = _trials(server)
    print(
        f"While {after - before} training jobs were suggested and run in {options.seconds:g} s, "
        f"at {options.rate:g} requests a second:\n"
    )
    print("| operation | p50, ms | p90 | p99 | max | CPU of the server, ms |\n|---|--:|--:|--:|--:|--:|")
    _report(f"DescribeHyperParameterTuningJob, {after} training jobs", seconds, spent)
    return float(np.quantile(seconds, 0.99))


def _stop(server: Server) -> None:
    name = {"HyperParameterTuningJobName": state.RUNNING}
    _ask(server, "StopHyperParameterTuningJob", name)
    while _described(server)["HyperParameterTuningJobStatus"] != "Stopped":
        time.sleep(0.2)


def _operations(server: Server, pid: int, options: argparse.Namespace) -> None:
    """Measure the other operations one by one."""
    for label, operation, request in _measured():
        _report(label, *_timed(server, pid, operation, [request] * options.repeats))
    name = "DescribeHyperParameterTuningJob"
    _report(
        name, *_timed(server, pid, name, [{"HyperParameterTuningJobName": state.ENDED}] * options.repeats)
    )
    new = [state.request(f"new-{number}", "Random", 1, 1) for number in range(options.repeats)]
    _report("CreateHyperParameterTuningJob", *_timed(server, pid, "CreateHyperParameterTuningJob", new))
    _measure_pages(server, pid, options)


def _measured() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "DescribeTrainingJob", "DescribeTrainingJob", {"TrainingJobName": f"{state.ENDED}-00500"}
    yield "ListTrainingJobs, 100", "ListTrainingJobs", {"MaxResults": 100}
    yield "ListHyperParameterTuningJobs", "ListHyperParameterTuningJobs", {}
    for name, operator, value in (
        ("TrainingJobStatus", "Equals", "Failed"),
        ("HyperParameters.p1", "LessThan", "0.01"),
        ("Metrics.loss", "LessThan", "0.01"),
        ("Metrics.time", "GreaterThan", "0.5"),
        ("FinalMetricDataList.Value", "GreaterThan", "0.5"),
        ("Tags.team", "Equals", state.ENDED),
    ):
        filters = [{"Name": name, "Operator": operator, "Value": value}]
        request = {"Resource": "TrainingJob", "SearchExpression": {"Filters": filters}, "MaxResults": 100}
        yield f"Search, {name}", "Search", request
    for hint in ("hyperparameters.", "metrics.", "tags.", ""):
        query = {"PropertyNameQuery": {"PropertyNameHint": hint}} if hint else {}
        yield (
            f"GetSearchSuggestions, {hint}*",
            "GetSearchSuggestions",
            {"Resource": "TrainingJob", "SuggestionQuery": query},
        )


def _measure_pages(server: Server, pid: int, options: argparse.Namespace) -> None:
    """Measure the first and the last page of a long list in each order."""
    operation = "ListTrainingJobsForHyperParameterTuningJob"
    for sort in ("Name", "CreationTime", "Status", "FinalObjectiveMetricValue"):
        asked = {"HyperParameterTuningJobName": state.ENDED, "SortBy": sort, "MaxResults": 100}
        page = last = asked
        while True:
            answer = _ask(server, operation, page)
            if "NextToken" not in answer:
                break
            last = page = {**asked, "NextToken": answer["NextToken"]}
        for which, request in (("first", asked), ("last", last)):
            _report(
                f"{operation}, by {sort}, {which} page",
                *_timed(server, pid, operation, [request] * options.repeats),
            )


def _ask(server: Server, operation: str, request: dict[str, Any], times: int = 1) -> Any:
    """Ask, and give the answer."""
    _, answer = asyncio.run(one_by_one(server.port, [server.signed(operation, request)] * times))
    return json.loads(answer or b"{}")


def _timed(
    server: Server, pid: int, operation: str, requests: Sequence[dict[str, Any]]
) -> tuple[list[float], float | None]:
    """Ask all one by one: the seconds of each but the first, and the processor time of the server for those."""
    _ask(server, operation, requests[0])  # what a server does but once is not of interest
    requests = requests[1:]
    signed = [server.signed(operation, request) for request in requests]
    before = _cpu_seconds(pid)
    seconds, _ = asyncio.run(one_by_one(server.port, signed))
    return seconds, None if before is None else (_cpu_seconds(pid) or 0.0) - before


def _described(server: Server) -> Any:
    return _ask(server, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": state.RUNNING})


def _trials(server: Server) -> int:
    return sum(_described(server)["TrainingJobStatusCounters"].values())


def _cpu_seconds(pid: int) -> float | None:
    """The processor time of a process; None where the system does not say so in /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _report(label: str, seconds: Sequence[float], cpu: float | None) -> None:
    values = [f"{1e3 * value:.1f}" for value in (*np.quantile(seconds, [0.5, 0.9, 0.99]), max(seconds))]
    share = "" if cpu is None else f"{1e3 * cpu / len(seconds):.1f}"
    print(f"| {label} | {' | '.join(values)} | {share} |", flush=True)


if __name__ == "__main__":
    main()
