from __future__ import annotations

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.tags import tags_of


def tags(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": "v"} for key in keys]


def test_tags_become_a_mapping() -> None:
    assert tags_of(tags("a", "A")) == {"a": "v", "A": "v"}
    assert tags_of(None) == {}
    assert len(tags_of(tags(*map(str, range(50))))) == 50


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(tags("a", "b", "a"), "repeated: 'a'"), (tags(*map(str, range(51))), "51 tags .* 50")],
)
def test_wrong_tags_are_refused(wrong: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        tags_of(wrong)
