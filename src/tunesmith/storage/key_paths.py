"""Where on disk the objects under a prefix go."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from tunesmith.storage.shelf import LocationError

_LONGEST_NAME = 255  # bytes of a file's name, on all common file systems


def key_paths(prefix: str, keys: Iterable[str]) -> dict[str, PurePosixPath]:
    """Give the relative path of every key that begins with a prefix.

    What lies below the prefix, taken as a folder, is relative to it, anything else to the folder that the prefix
    is in: for `a/b`, the key `a/b/c` goes to `c`, and the keys `a/b` and `a/b.csv` to `b` and `b.csv`. Raises
    LocationError for keys that cannot be files together, as `x` and `x/y`, and for those that would lead out.
    """
    folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
    parent = prefix[: prefix.rfind("/") + 1]
    paths = {}
    for key in keys:
        rest = key.removeprefix(folder) if key.startswith(folder) else key.removeprefix(parent)
        if rest:  # else it is the marker of the folder itself
            paths[key] = relative_path(rest, key)
    _check_files(paths)
    return paths


def relative_path(text: str, key: str) -> PurePosixPath:
    """Give the path that a part of a key stands for. Raises LocationError, naming the key, for what leads out."""
    parts = text.removesuffix("/").split("/")
    if "\0" in text or any(part in {"", ".", ".."} or len(part.encode()) > _LONGEST_NAME for part in parts):
        msg = (
            f"the key {key[:1024]!r} cannot be laid out as a file: between slashes there must be names of 1 to "
            f"{_LONGEST_NAME} bytes, without NUL, and none of them may be '.' or '..'"
        )
        raise LocationError(msg)
    return PurePosixPath(*parts)


def _check_files(paths: dict[str, PurePosixPath]) -> None:
    folders = {folder for path in paths.values() for folder in path.parents}
    seen: dict[PurePosixPath, str] = {}
    for key, path in paths.items():
        is_folder = key.endswith("/")
        if not is_folder and (path in folders or path in seen):
            msg = f"the key {key!r} cannot be laid out as a file: another one needs its path '{path}'"
            raise LocationError(msg)
        if is_folder and path in seen and not seen[path].endswith("/"):
            msg = f"the key {key!r} cannot be laid out as a folder: {seen[path]!r} is a file of that path"
            raise LocationError(msg)
        seen[path] = key
