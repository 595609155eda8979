from __future__ import annotations

import subprocess
import sys

import pytest

import tunesmith

PUBLIC = {
    "Algorithm",
    "Categorical",
    "Continuous",
    "Integer",
    "Price",
    "Space",
    "StoreError",
    "Tuner",
    "TuningError",
    "TuningInterrupted",
    "__version__",
    "auto",
    "checkpoints",
    "maximize",
    "minimize",
    "report",
    "suggest",
}
HEAVY = {"scipy", "sqlalchemy", "alembic", "rich", "click", "yaml", "msgspec", "regex", "pandas"}


def loaded_by(code: str) -> set[str]:
    """The top-level packages that a new Python has loaded after running the code."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return {name.partition(".")[0] for name in ran.stdout.split()}


def test_the_public_names_are_these() -> None:
    assert set(tunesmith.__all__) == PUBLIC
    assert set(dir(tunesmith)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there_and_described(name: str) -> None:
    value = getattr(tunesmith, name)
    if name != "__version__":
        assert value.__name__ == name
        assert value.__module__.startswith("tunesmith.")
        assert str(value.__doc__).partition("\n")[0].strip()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'minimise'"):
        _ = tunesmith.minimise


def test_importing_tunesmith_loads_nothing_heavy() -> None:
    loaded = loaded_by("import tunesmith")
    assert not loaded & (HEAVY | {"numpy", "multiprocessing", "asyncio"})


def test_report_loads_the_standard_library_only() -> None:
    loaded = loaded_by("import tunesmith; tunesmith.report(accuracy=0.5)")
    assert not loaded & (HEAVY | {"numpy", "multiprocessing", "asyncio"})


def test_the_space_loads_numpy_at_most() -> None:
    assert not loaded_by("from tunesmith import Space, Continuous") & HEAVY


def test_suggest_does_not_load_the_store() -> None:
    assert not loaded_by("from tunesmith import suggest") & {"sqlalchemy", "alembic", "multiprocessing"}
