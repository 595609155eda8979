"""How a job finds its input data: every channel is a folder of its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def link(data: Path, channels: Mapping[str, Path]) -> None:
    """Put a link to each channel's folder, or a folder with a link to its file, into the folder `data`."""
    for name, path in channels.items():
        if path.is_dir():
            _link(data / name, path)
        else:
            (data / name).mkdir(exist_ok=True)
            _link(data / name / path.name, path)


def _link(place: Path, target: Path) -> None:
    if place.is_symlink() and place.readlink() == target:
        return
    partial = place.with_name(f".{place.name}.partial")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(place)


def mount_points(data: Path, channels: Mapping[str, Path]) -> tuple[tuple[Path, Path], ...]:
    """Make a place in the folder `data` for each channel to be mounted on; give pairs of source and place."""
    pairs = []
    for name, path in channels.items():
        place = data / name
        place.mkdir(exist_ok=True)
        if not path.is_dir():
            place /= path.name
            place.touch()
        pairs.append((path, place))
    return tuple(pairs)
