from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.wizard.metric_lines import NUMBER, captured, proposed

LOG = """\
Epoch 1/10: loss=0.93 val_acc: 0.61 - 12s
Epoch 2/10: loss=4.1e-01 val_acc: 0.7 - 11s
[3]#011train-auc:0.91#011validation-auc:0.88
{"f1": 0.25, "time": 12.5}
Accuracy is 91.5
"""


def test_the_values_come_in_order_and_the_last_counts() -> None:
    assert captured(rf"loss={NUMBER}", LOG).values == (0.93, 0.41)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("loss=[0-9.]+", "needs a group that captures the value"),
        ("loss=([0-9.+", "is wrong: unterminated"),
        ("loss = (.*)", "it matches no line"),
        ("(Epoch)", "it matches, but its first group captures no number"),
        ("loss=(nan)?", "it matches, but its first group captures no number"),
    ],
)
def test_a_fault_says_what_is_wrong(expression: str, fault: str) -> None:
    found = captured(expression, LOG)
    assert found.values == ()
    assert fault in str(found.fault)


def test_an_expression_that_takes_for_ever_is_given_up() -> None:
    found = captured(r"x=((a|a)*)\1b", "x=" + "a" * 40)
    assert found.values == ()
    assert "took more than" in str(found.fault)


def test_numbers_behind_words_are_proposed() -> None:
    found = {each.name: each.value for each in proposed(LOG)}
    assert found == {
        "loss": 0.41,
        "val_acc": 0.7,
        "train-auc": 0.91,
        "validation-auc": 0.88,
        "f1": 0.25,
        "Accuracy": 91.5,
        "Epoch": 2,
        "time": 12.5,
    }
    assert [each.name for each in proposed(LOG)][-2:] == ["Epoch", "time"]  # they only count


@given(st.text(max_size=200))
def test_any_text_may_be_pasted(log: str) -> None:
    for each in proposed(log):
        assert re.compile(each.regex).groups == 1
        assert captured(each.regex, log).values[-1] == each.value
