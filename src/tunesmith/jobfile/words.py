"""The types of a schema in words, as error messages say what is allowed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec.inspect as mi


def describe(kind: mi.Type) -> str:
    """Say in words what a value of a type looks like, such as "a whole number >= 1"."""
    match kind:
        case mi.UnionType(types=types):
            return _either(types)
        case mi.LiteralType(values=values):
            return f"one of {', '.join(sorted(str(value) for value in values))}"
        case mi.StructType() | mi.DictType() | mi.ListType():
            return _describe_collection(kind)
        case mi.IntType() | mi.FloatType():
            return _describe_number(kind)
        case _:
            return "true or false" if isinstance(kind, mi.BoolType) else "a text"


def _either(types: Iterable[mi.Type]) -> str:
    words = [*dict.fromkeys(describe(t) for t in types if not isinstance(t, mi.NoneType))]
    if "a number" in words:
        words = [word for word in words if word != "a whole number"]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _describe_collection(kind: mi.StructType | mi.DictType | mi.ListType) -> str:
    match kind:
        case mi.StructType(fields=fields, tag_field=tag):
            names = [*([tag] if tag else []), *(field.name for field in fields)]
            return f"a mapping with the keys {', '.join(names)}"
        case mi.DictType(value_type=inner):
            return f"a mapping from names to {_plural(inner)}"
        case mi.ListType(item_type=inner):
            return f"a list of {_plural(inner)}"


def _plural(kind: mi.Type) -> str:
    match kind:
        case mi.StrType():
            return "texts"
        case mi.UnionType(types=types) if any(isinstance(t, mi.StructType) and t.tag for t in types):
            return "mappings such as {type: continuous, low: 0, high: 1}"
        case mi.UnionType(types=types) if any(isinstance(t, mi.StructType) for t in types):
            return "texts or mappings"
        case mi.UnionType():
            return "texts, numbers, or true and false"
        case _:
            return "mappings"


def _describe_number(kind: mi.IntType | mi.FloatType) -> str:
    word = "a whole number" if isinstance(kind, mi.IntType) else "a number"
    bounds = {" >= ": kind.ge, " > ": kind.gt}
    return word + "".join(f"{sign}{bound}" for sign, bound in bounds.items() if bound is not None)
