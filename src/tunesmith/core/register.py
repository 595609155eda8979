"""A register: things of one kind by name, those of a package of ours and those that other packages bring."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

_Kind = TypeVar("_Kind")
_Class = TypeVar("_Class", bound=type[Any])


class Register(Generic[_Kind]):
    """Finds the things that modules of the package `tunesmith.<folder>` register, and entry points of that group.

    The modules are imported when something is first asked for.
    """

    def __init__(self, package: str, field: str) -> None:
        """Look in a package of ours; `field` is what a message about an unknown name begins with."""
        self._package, self._field = package, field
        self._found: dict[str, _Kind] = {}

    def add(self, name: str) -> Callable[[_Class], _Class]:
        """Register the decorated class, made without arguments, under this name."""

        def register(cls: _Class) -> _Class:
            self._found[name] = cls()
            return cls

        return register

    def names(self) -> list[str]:
        """All the names, sorted."""
        return sorted(self._loaded)

    def get(self, name: str) -> _Kind:
        """The one of this name. Raises ValueError, listing what there is, if there is none."""
        if name not in self._loaded:
            msg = f"{self._field}: there is no {name!r}; choose one of {', '.join(self.names())}"
            raise ValueError(msg)
        return self._loaded[name]

    @cached_property
    def _loaded(self) -> dict[str, _Kind]:
        """What is registered when our own modules and other packages' entry points have been imported."""
        folder = Path(str(import_module(self._package).__file__)).parent
        for module in iter_modules([str(folder)]):
            if not module.name.startswith("_"):
                import_module(f"{self._package}.{module.name}")  # it registers itself
        for entry in entry_points(group=self._package):
            self._found[entry.name] = entry.load()()
        return self._found
