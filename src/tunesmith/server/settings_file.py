"""The settings of a server, read from a YAML file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tunesmith.api.settings import ImageRule, Quotas, Settings
from tunesmith.core.price import Price

_SECTIONS: dict[str, type[Any]] = {"quotas": Quotas, "images": ImageRule, "price": Price}


class SettingsError(ValueError):
    """A settings file that cannot be used; the message says what is wrong with it."""


def read(path: Path) -> Settings:
    """Read a settings file; one that is not there means the defaults. Raises SettingsError."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        msg = f"{path}: {error}"
        raise SettingsError(msg) from error
    unknown = list(_unknown(content))
    if unknown:
        msg = f"{path}: {'; '.join(unknown)}"
        raise SettingsError(msg)
    try:
        return msgspec.convert(content, Settings)
    except (msgspec.ValidationError, ValueError) as error:
        msg = f"{path}: {error}"
        raise SettingsError(msg) from error


def _unknown(content: Any) -> Iterator[str]:
    """Say which keys there are that nobody reads."""
    if not isinstance(content, dict):
        return
    yield from _strange(content, Settings, "the settings")
    for name, section in _SECTIONS.items():
        entries = content.get(name)
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, dict):
                yield from _strange(entry, section, name)


def _strange(entry: dict[Any, Any], section: type[Any], place: str) -> Iterator[str]:
    known = [field.name for field in fields(section)]
    for key in entry:
        if key not in known:
            yield f"{key!r} is no key of {place}, which are {', '.join(known)}"
