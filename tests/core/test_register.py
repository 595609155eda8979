from __future__ import annotations

import pytest

from tunesmith.core.register import Register


def test_finds_the_modules_of_a_package_and_names_what_there_is() -> None:
    register: Register[object] = Register("tunesmith.stopping", field="thing")

    @register.add("mine")
    class Mine:
        """Something to register."""

    assert register.names() == ["mine"]  # what the modules there register goes to their own register
    assert isinstance(register.get("mine"), Mine)
    with pytest.raises(ValueError, match=r"^thing: there is no 'other'; choose one of mine$"):
        register.get("other")
