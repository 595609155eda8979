"""XML documents, as S3's clients send and get them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias
from xml.parsers import expat

from tunesmith.api.s3.errors import Code, S3Error

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

Node: TypeAlias = "tuple[str, str | Sequence[Node]]"
"""An element that is to be written: its name, and its text or the elements in it."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
# Characters that XML cannot hold are written as references all the same, which is what S3 does.
_SPECIAL = re.compile('[&<>"\0-\x1f\x7f-\x9f\ufffe\uffff]')


def write(name: str, content: str | Sequence[Node], namespace: str | None = NAMESPACE) -> bytes:
    """Write a document."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{attribute}>{_inner(content)}</{name}>'
    return text.encode()


def _inner(content: str | Sequence[Node]) -> str:
    if isinstance(content, str):
        return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], f"&#{ord(found[0])};"), content)
    return "".join(f"<{name}>{_inner(inner)}</{name}>" for name, inner in content)


@dataclass
class Element:
    """An element that was read; names are without namespaces."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """Give the elements of a name in this one."""
        return (child for child in self.children if child.name == name)

    def get(self, name: str) -> str | None:
        """Give the text of the first element of a name in this one, None if there is none."""
        return next((child.text for child in self.all(name)), None)


class _Reader:
    """Builds a tree from a document without a document type, so that entities cannot blow it up."""

    def __init__(self) -> None:
        self._open = [Element("")]
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, body: bytes) -> Element:
        self._parser.Parse(body, True)  # noqa: FBT003 - expat takes no keyword for "this is all"
        return self._open[0].children[0]

    def _start(self, name: str, _attributes: object) -> None:
        element = Element(name.rpartition(" ")[2])
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _doctype(self, *_declaration: object) -> NoReturn:
        raise malformed(why="document types are not allowed")


def read(body: bytes, name: str) -> Element:
    """Read a document whose outermost element has this name; raises S3Error."""
    try:
        root = _Reader().read(body)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two for unknown encodings
        raise malformed(str(error)) from None
    if root.name != name:
        raise malformed(why=f"its outermost element is {root.name!r}, not {name!r}")
    return root


def malformed(why: str) -> S3Error:
    """Refuse a document."""
    return S3Error(Code.MALFORMED_XML, f"The XML you provided is not what this request takes: {why}.")
