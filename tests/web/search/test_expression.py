from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.web.search.expression import (
    All,
    AnyOf,
    Comparison,
    Expression,
    ExpressionError,
    Not,
    comparisons,
    conjunction,
    parse,
    quoted,
)


def bare(expression: Expression) -> object:
    """An expression without places in the text."""
    match expression:
        case Comparison(name, sign, value):
            return (name, sign, value)
        case Not(part):
            return ("not", bare(part))
        case All(parts):
            return ("and", *map(bare, parts))
        case AnyOf(parts):
            return ("or", *map(bare, parts))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ("and",)),
        ("objective < 0.2", ("objective", "<", "0.2")),
        ("objective<0.2", ("objective", "<", "0.2")),
        ("a == 1 && b <> 2", ("and", ("a", "=", "1"), ("b", "!=", "2"))),
        ("a=1 OR b=2 and c=3", ("or", ("a", "=", "1"), ("and", ("b", "=", "2"), ("c", "=", "3")))),
        (
            "(a=1 or b=2) and not c=3",
            ("and", ("or", ("a", "=", "1"), ("b", "=", "2")), ("not", ("c", "=", "3"))),
        ),
        ("booster in (dart, 'gb tree')", ("or", ("booster", "=", "dart"), ("booster", "=", "gb tree"))),
        ("validation:loss <= 1e-3", ("validation:loss", "<=", "1e-3")),
        ('"batch size" >= 32', ("batch size", ">=", "32")),
        ("reason contains 'out of memory'", ("reason", "~", "out of memory")),
        ("status is Completed", ("status", "=", "Completed")),
        ("time > 5 min and a = 1", ("and", ("time", ">", "5 min"), ("a", "=", "1"))),
        ("churn bayesian", ("name", "~", "churn bayesian")),
    ],
)
def test_an_expression_means_what_it_says(text: str, meant: object) -> None:
    assert bare(parse(text)) == meant


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("objective <", "a value for 'objective' is missing before the end", 11),
        ("objective < 0.2 learning_rate > 1", "`and` or `or` is missing before 'learning_rate'", 16),
        ("learning_rate 0.1 < 2", "after 'learning_rate' a sign such as = or < is missing, before '0.1'", 14),
        ("(a = 1", "a closing bracket is missing before the end", 6),
        ("a = 'b", "the quotation mark is not closed", 4),
        ("a in b", "`in` needs values in brackets, such as in (a, b), before 'b'", 5),
        ("and a = 1", "the name of a hyperparameter, a metric or a property is missing before 'and'", 0),
        ("a = 1)", "`and` or `or` is missing before ')'", 5),
        ("a =  and b = 1", "a value for 'a' is missing before 'and'", 5),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, message: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (str(caught.value), caught.value.at) == (message, at)


def test_depth_is_limited() -> None:
    for text in ("(" * 1000, "not " * 1000 + "a = 1"):
        with pytest.raises(ExpressionError, match="too many"):
            parse(text)


@given(st.text())
def test_any_text_is_understood_or_refused_at_a_place_in_it(text: str) -> None:
    assert 0 <= fault_in(text) <= len(text)


def fault_in(text: str) -> int:
    """The place at which a text is not understood; its end if it is."""
    try:
        parse(text)
    except ExpressionError as error:
        return error.at
    return len(text)


@given(st.text(min_size=1).map(lambda text: text.replace('"', "").replace("'", "") or "a"))
def test_quoted_names_and_values_are_read_back(text: str) -> None:
    found = parse(f"{quoted(text)} = {quoted(text)}")
    assert bare(found) == (text, "=", text)


def test_comparisons_and_conjunctions() -> None:
    assert [each.name for each in comparisons(parse("a=1 and not (b=2 or c=3)"))] == ["a", "b", "c"]
    assert [str(each) for each in conjunction(parse("a=1 and 'b c'<2")) or ()] == ["a = 1", '"b c" < 2']
    assert conjunction(parse("a=1 or b=2")) is None
    assert conjunction(parse("not a=1")) is None
    assert conjunction(parse("")) == ()
