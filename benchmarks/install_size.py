"""How much `pip install tunesmith` brings, by package. Goals: 260 MB in all, and nothing to compile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, distributions
from pathlib import Path

from _machine import headline

ROOT = Path(__file__).resolve().parent.parent
GOAL = 260_000_000  # bytes


def main() -> None:
    print(headline("tunesmith", "uv"))
    with tempfile.TemporaryDirectory() as folder:
        packages = install(Path(folder))
        sizes = {f"{d.name} {d.version}": size_of(d) for d in distributions(path=[str(packages)])}
        total = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{name:<32} {size / 1e6:>7.1f} MB")
    print(f"{'in all':<32} {total / 1e6:>7.1f} MB; the goal is {GOAL / 1e6:.0f} MB")
    sys.exit(total > GOAL)


def install(folder: Path) -> Path:
    """Install Tunesmith's wheel into a new environment, and give the folder of its packages.

    Only wheels are taken (`--no-build`), so it fails if anything would have to be compiled.
    """
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "build", "--quiet", "--wheel", "--out-dir", str(folder / "dist"), str(ROOT))
    (wheel,) = (folder / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    run(
        *uv,
        "pip",
        "install",
        "--quiet",
        "--no-build",
        "--python",
        str(python),
        "-c",
        "constraints.txt",
        str(wheel),
    )
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    return packages


def run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


def size_of(distribution: Distribution) -> int:
    """The bytes of a package's files."""
    files = (Path(str(distribution.locate_file(file))) for file in distribution.files or ())
    return sum(file.stat().st_size for file in files if file.exists())


if __name__ == "__main__":
    main()
