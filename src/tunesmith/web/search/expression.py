"""The language of searches: comparisons, `and`, `or`, `not` and brackets. A text without comparisons is sought in names.

    expression = all ("or" all)*
    all        = one ("and" one)*
    one        = "not" one | "(" expression ")" | name sign value | name "in" "(" value ("," value)* ")"

Signs are = != < <= > >= and ~ for "contains"; names and values with blanks or brackets go in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "~")
"""How values are compared."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign><=|>=|!=|<>|==|&&|\|\||[=<>~()!,])|(?P<word>[^\s()<>=!~,"'&|]+|[&|]))"""
)
_SAME = {"==": "=", "<>": "!=", "contains": "~", "is": "=", "&&": "and", "||": "or", "!": "not"}
_KEYWORDS = {"and", "or", "not", "in"}
_UNITS = {"s", "sec", "seconds", "min", "minutes", "h", "hours", "d", "days"}
_DEEPEST = 50


class ExpressionError(ValueError):
    """A text is no expression; `at` is the place in it from which on it is not understood."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Comparison:
    """A property, a sign and a value, as they were written."""

    name: str
    sign: str  # one of `SIGNS`
    value: str
    at: int = 0  # the place of the name
    value_at: int = 0  # the place of the value

    def __str__(self) -> str:
        return f"{quoted(self.name)} {self.sign} {quoted(self.value)}"


@dataclass(frozen=True)
class All:
    """All of these hold; none: everything fits."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one of these holds."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Not:
    """This does not hold."""

    part: Expression


Expression: TypeAlias = Comparison | All | AnyOf | Not


@dataclass(frozen=True)
class _Token:
    kind: str  # name, sign or keyword
    text: str
    at: int


def parse(text: str) -> Expression:
    """Understand a text. Raises ExpressionError."""
    tokens = list(_tokens(text))
    if not tokens:
        return All(())
    if all(token.kind == "name" for token in tokens):
        return Comparison("name", "~", text.strip().strip("\"'"), value_at=tokens[0].at)
    parser = _Parser(tokens, len(text.rstrip()))
    found = parser.any_of(0)
    parser.end()
    return found


def comparisons(expression: Expression) -> Iterator[Comparison]:
    """All comparisons in an expression, in order."""
    match expression:
        case Comparison():
            yield expression
        case Not(part):
            yield from comparisons(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def conjunction(expression: Expression) -> tuple[Comparison, ...] | None:
    """The comparisons that all have to hold, if that is all that an expression says."""
    parts = expression.parts if isinstance(expression, All) else (expression,)
    simple = tuple(part for part in parts if isinstance(part, Comparison))
    return simple if len(simple) == len(parts) else None


def quoted(text: str) -> str:
    """A name or a value as it is written in an expression."""
    is_plain = re.fullmatch(r"""[^\s()<>=!~,"'&|]+""", text) and text.lower() not in _KEYWORDS | _SAME.keys()
    return text if is_plain else f"'{text}'" if '"' in text else f'"{text}"'


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if found is None:
            msg = (
                "the quotation mark is not closed"
                if text[start] in "\"'"
                else f"{text[start]!r} has no meaning here"
            )
            raise ExpressionError(msg, start)
        at = found.end()
        if found["quoted"]:
            yield _Token("name", found["quoted"][1:-1], start)
            continue
        written = found["sign"] or found["word"]
        meant = _SAME.get(written.lower(), written)
        if meant.lower() in _KEYWORDS:
            yield _Token("keyword", meant.lower(), start)
        else:
            yield _Token("sign" if meant in (*SIGNS, "(", ")", ",") else "name", meant, start)


class _Parser:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._place = 0
        self._length = length

    def any_of(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            self._fail("there are too many brackets inside each other")
        parts = [self._all(depth)]
        while self._takes("keyword", "or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._next() is not None:
            self._fail("`and` or `or` is missing before")

    def _all(self, depth: int) -> Expression:
        parts = [self._one(depth)]
        while self._takes("keyword", "and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self, depth: int) -> Expression:
        if self._takes("keyword", "not"):
            if depth > _DEEPEST:
                self._fail("there are too many `not` inside each other")
            return Not(self._one(depth + 1))
        if self._takes("sign", "("):
            inside = self.any_of(depth + 1)
            if not self._takes("sign", ")"):
                self._fail("a closing bracket is missing before")
            return inside
        name = self._name("the name of a hyperparameter, a metric or a property")
        if self._takes("keyword", "in"):
            return self._in(name)
        sign = self._next()
        if sign is None or sign.kind != "sign" or sign.text not in SIGNS:
            self._fail(f"after {name.text!r} a sign such as = or < is missing, before")
        self._place += 1
        return self._comparison(name, sign.text)

    def _comparison(self, name: _Token, sign: str) -> Comparison:
        value = self._name(f"a value for {name.text!r}")
        unit = self._next()
        text = value.text
        if unit is not None and unit.kind == "name" and unit.text.lower() in _UNITS:
            self._place += 1
            text = f"{text} {unit.text}"
        return Comparison(name.text, sign, text, name.at, value.at)

    def _in(self, name: _Token) -> Expression:
        if not self._takes("sign", "("):
            self._fail("`in` needs values in brackets, such as in (a, b), before")
        parts = [self._comparison(name, "=")]
        while self._takes("sign", ","):
            parts.append(self._comparison(name, "="))
        if not self._takes("sign", ")"):
            self._fail("a closing bracket is missing before")
        return AnyOf(tuple(parts))

    def _name(self, what: str) -> _Token:
        found = self._next()
        if found is None or found.kind != "name":
            self._fail(f"{what} is missing before")
        self._place += 1
        return found

    def _takes(self, kind: str, text: str) -> bool:
        found = self._next()
        if found is None or (found.kind, found.text) != (kind, text):
            return False
        self._place += 1
        return True

    def _next(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _fail(self, message: str) -> NoReturn:
        found = self._next()
        if found is None:
            where, at = "the end", self._length
        else:
            where, at = repr(found.text), found.at
        msg = f"{message} {where}"
        raise ExpressionError(msg, at)
