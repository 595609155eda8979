"""How a job finds its input data: every channel is a folder of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tunesmith.core.training_job import Channel
from tunesmith.storage.location import bucket_and_key, is_s3, local_path
from tunesmith.storage.transfer import MANIFEST, PREFIX

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_INPUT_MODES = ("File", "FastFile")  # both are files that are there before the job starts


def resolved(channels: Mapping[str, str | Channel]) -> dict[str, Channel]:
    """Give the channels with absolute paths where they are on this machine.

    Raises ValueError, naming the channel, for what no job can be given: a bad name, a path that does not exist, an
    address that is none, an input mode or kind of data that is not supported.
    """
    found = {}
    for name, given in channels.items():
        if not _NAME.fullmatch(name) or name in {".", ".."}:
            msg = f"channels: {name!r} is no channel name; use 1 to 64 letters, digits, dots, hyphens and _"
            raise ValueError(msg)
        channel = Channel(given) if isinstance(given, str) else given
        _check(f"channels: {name}: input_mode", channel.input_mode, _INPUT_MODES)
        _check(f"channels: {name}: data_type", channel.data_type, (PREFIX, MANIFEST))
        found[name] = replace(channel, location=_location(channel.location, f"channels: {name}"))
    return found


def is_staged(channel: Channel) -> bool:
    """Whether the channel's data is copied before the job's program runs, as it is not here in a folder."""
    return is_s3(channel.location) or channel.data_type == MANIFEST


def local(channels: Mapping[str, Channel]) -> dict[str, Path]:
    """Give the paths of the channels that are not staged."""
    return {name: Path(channel.location) for name, channel in channels.items() if not is_staged(channel)}


def staged(channels: Mapping[str, Channel]) -> dict[str, Channel]:
    """Give the channels that are staged."""
    return {name: channel for name, channel in channels.items() if is_staged(channel)}


def _check(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        msg = f"{field}: {value!r} is not supported; use {' or '.join(allowed)}"
        raise ValueError(msg)


def _location(location: str, field: str) -> str:
    if is_s3(location):
        bucket_and_key(location, field)
        return location
    path = local_path(location, field)
    if not path.exists():
        msg = f"{field}: {location!r} does not exist; give a local folder or file, or an s3:// address"
        raise ValueError(msg)
    return str(path)


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
