from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tunesmith.core import register as core_register
from tunesmith.core.history import History
from tunesmith.core.objective import Show
from tunesmith.core.register import Register
from tunesmith.core.trial import Trial
from tunesmith.stopping import registry


class Never:
    """A rule of another package."""

    def should_stop(self, trial: Trial, before: int, history: History, show: Show) -> str | None:
        del trial, before, history, show
        return None


def test_our_own_rules_are_there() -> None:
    assert {"gain", "median"} <= set(registry.names())


def test_an_unknown_rule_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"stopping: there is no 'medium'; choose one of .*median"):
        registry.get("medium")


def test_rules_of_other_packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("never", f"{__name__}:Never", "tunesmith.stopping")
    monkeypatch.setattr(core_register, "entry_points", lambda group: [point] if group == point.group else [])
    fresh: Register[registry.StoppingRule] = Register("tunesmith.stopping", field="stopping")
    fresh._found.update(registry._REGISTER._found)
    monkeypatch.setattr(registry, "_REGISTER", fresh)
    assert registry.get("never").__class__.__name__ == "Never"
