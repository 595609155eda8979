"""Tune XGBoost on real data, two training jobs at a time, and say honestly what it brought.

Everything that it makes is in demo-output/: the tuning job, its training jobs, and the picture.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from demo_picture import Picture

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "xgboost"
OUTPUT = ROOT / "demo-output"
DATA = OUTPUT / "data"


def main() -> None:
    """Tune, look at the held-out customers once, draw."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    tunesmith("tune", str(EXAMPLE / "job.yaml"))
    found = json.loads(tunesmith("export", "--format", "json", read=True))
    job, trials = found["job"], found["trials"]
    finished = sorted((t for t in trials if t["value"] is not None), key=lambda t: t["ended_at"])
    defaults = next(t for t in trials if t["number"] == 1)  # the job file tries them first
    print_result(job["best"], defaults)
    picture = OUTPUT / "churn.png"
    draw(job, [defaults, *(t for t in finished if t is not defaults)], picture)
    print(f"\nThe picture is {picture.relative_to(ROOT)}; more to see:")
    for words in ("trials", "describe", "report", "logs", "serve --ui-open"):
        print(f"  .venv/bin/tunesmith {words} --data {DATA.relative_to(ROOT)}")
    print("The last one shows it in the browser.")


def tunesmith(*words: str, read: bool = False) -> str:
    """Run the command line, as a user would; give its output if it is to be read, else show it."""
    command = [sys.executable, "-m", "tunesmith", *words, "--data", str(DATA.relative_to(ROOT))]
    if not read:
        print(f"$ tunesmith {' '.join(words)}\n", flush=True)
    result = subprocess.run(
        command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE if read else None
    )
    return result.stdout or ""


def print_result(best: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Compare the best configuration with XGBoost's defaults."""
    print("\n                           XGBoost's defaults      found")
    for name, value in best["config"].items():
        print(f"  {name:<24} {defaults['config'][name]:>18.6g} {value:>10.4g}")
    scores = [("log loss, 5-fold", defaults["value"], best["value"])]
    held_out = [score_held_out(trial["config"]) for trial in (defaults, best)]
    scores += [
        (f"{metric}, held out", held_out[0][metric], held_out[1][metric]) for metric in ("log loss", "AUC")
    ]
    print()
    for name, before, after in scores:
        print(f"  {name:<24} {before:>18.4f} {after:>10.4f}   {after / before - 1:+.1%}")
    print(
        "\nThe 5-fold value chose the winner, so it flatters it a little. The held-out customers (1,000)"
        "\nwere looked at only now, after the tuning: theirs is the honest comparison."
    )


def score_held_out(config: dict[str, Any]) -> dict[str, float]:
    """Fit on all training customers and score those that the tuning never saw, by the same script."""
    arguments = [word for name, value in config.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, str(EXAMPLE / "train.py"), "--test", *arguments]
    log = subprocess.run(command, check=True, text=True, capture_output=True).stdout.splitlines()[-1]
    return {
        name: _number(rf"test-{key}:(\S+)", log) for name, key in (("log loss", "logloss"), ("AUC", "auc"))
    }


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        msg = f"no {pattern} in {text!r}"
        raise ValueError(msg)
    return float(found.group(1))


def draw(job: dict[str, Any], trials: list[dict[str, Any]], file: Path) -> None:
    """Draw the tuning job; the first of the trials has the defaults."""
    names = [parameter["name"] for parameter in job["parameters"]]
    logarithmic = frozenset(p["name"] for p in job["parameters"] if p["scale"] == "Logarithmic")
    Picture(
        title=f"Who will leave? XGBoost on 5,000 customers, {len(trials)} training jobs",
        metric="log loss (5-fold, lower is better)",
        parameters=names,
        logarithmic=logarithmic,
        configs=np.array([[trial["config"][name] for name in names] for trial in trials], dtype=float),
        values=np.array([trial["value"] for trial in trials]),
    ).save(file)


if __name__ == "__main__":
    main()
