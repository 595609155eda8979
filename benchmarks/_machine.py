"""The line that every benchmark prints first: on what, and with which versions, it ran."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path


def headline(*packages: str) -> str:
    """Describe the machine, and the versions of Python and of these packages."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} cores, load {load}, {platform.platform(terse=True)}\n"
        f"Python {platform.python_version()}, {versions}\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:  # not Linux
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
