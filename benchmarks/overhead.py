"""What Tunesmith adds to a training job: wall time of many jobs that exit at once, against `xargs` running them.

Both run the same script the same number of times, two at a time. Goal: less than 50 ms a job.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _machine import headline

GOAL = 0.050  # seconds a job
SCRIPT = 'echo "loss: 0.$1"\n'
JOB = """
command: sh {folder}/train.sh {{x}}
objective: {{metric: loss, goal: Minimize}}
metrics: {{loss: 'loss: ([0-9.]+)'}}
parameters:
  x: {{type: integer, low: 0, high: 999999}}
limits: {{trials: {jobs}, parallel: {parallel}}}
strategy: {strategy}
seed: 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--strategy", default="Random")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    print(headline("tunesmith"))
    overheads = []
    for repeat in range(arguments.repeats):
        folder = Path(tempfile.mkdtemp(prefix="tunesmith-overhead-"))
        try:
            bare, tuned = measure(folder, arguments)
        finally:
            shutil.rmtree(folder)
        overheads.append((tuned - bare) / arguments.jobs)
        print(
            f"run {repeat + 1}: {arguments.jobs} jobs, {arguments.parallel} at a time: xargs {bare:6.2f} s, "
            f"tunesmith {tuned:6.2f} s, so {1000 * overheads[-1]:5.1f} ms a job"
        )
    best = min(overheads)
    print(f"\nBest of {arguments.repeats}: {1000 * best:.1f} ms a job; the goal is {1000 * GOAL:.0f} ms")
    sys.exit(best > GOAL)


def measure(folder: Path, arguments: argparse.Namespace) -> tuple[float, float]:
    """Time xargs and then Tunesmith, in seconds."""
    (folder / "train.sh").write_text(SCRIPT)
    settings = {name: getattr(arguments, name) for name in ("jobs", "parallel", "strategy")}
    (folder / "job.yaml").write_text(JOB.format(folder=folder, **settings))
    numbers = "\n".join(str(number) for number in range(arguments.jobs))
    xargs = ["xargs", "-n1", f"-P{arguments.parallel}", "sh", str(folder / "train.sh")]
    bare = timed(xargs, numbers)
    tune = [sys.executable, "-m", "tunesmith", "tune", str(folder / "job.yaml"), "--quiet"]
    tuned = timed([*tune, "--data", str(folder / "data")])
    check(folder / "data", arguments.jobs)
    return bare, tuned


def timed(command: list[str], text: str = "") -> float:
    start = time.perf_counter()
    subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def check(data: Path, jobs: int) -> None:
    """Make sure that all jobs have run and that their metrics were read."""
    command = [sys.executable, "-m", "tunesmith", "trials", "--json", "--data", str(data)]
    trials = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    if sum(trial["value"] is not None for trial in trials) != jobs:
        msg = "some training jobs have no value"
        raise RuntimeError(msg)


if __name__ == "__main__":
    main()
