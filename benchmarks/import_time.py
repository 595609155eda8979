"""How long it takes to import Tunesmith, in fresh interpreters. Goal: `import tunesmith` within 150 ms."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from _machine import headline

GOAL = 0.150  # seconds
STATEMENTS = (
    "import tunesmith",
    "from tunesmith import report",
    "from tunesmith import Continuous",
    "from tunesmith import suggest",
    "from tunesmith import maximize",
    "import tunesmith.cli.main",
)
BESIDE = ("import numpy", "import optuna")
HEAVY = (
    "numpy",
    "scipy",
    "sqlalchemy",
    "alembic",
    "click",
    "rich",
    "yaml",
    "msgspec",
    "pandas",
    "multiprocessing",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    print(headline("tunesmith", "numpy", "optuna"))
    for statement in (*STATEMENTS, *BESIDE):
        median = statistics.median(seconds(statement) for _ in range(arguments.repeats))
        print(
            f"{statement:<36} {1000 * median:>7.1f} ms   loads {', '.join(loaded(statement)) or 'nothing heavy'}"
        )
    first = statistics.median(seconds(STATEMENTS[0]) for _ in range(arguments.repeats))
    sys.exit(first > GOAL)


def seconds(statement: str) -> float:
    """Time a statement in a fresh interpreter, without the interpreter's own start."""
    program = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    return float(run(program))


def loaded(statement: str) -> list[str]:
    """Give the heavy packages that a statement loads."""
    return run(f"import sys; {statement}; print(*[name for name in {HEAVY} if name in sys.modules])").split()


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
