"""The protocol of AWS's older services: operations with parameters of a form, answers in XML."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement, tostring

from tunesmith.api.errors import ApiError

_MOST_PARAMETERS = 10_000
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Members: TypeAlias = "Mapping[str, str | int | Members | list[Members]]"
"""A structure of an answer; lists hold structures."""

Parameters: TypeAlias = Mapping[str, str]
"""The parameters of a request; those of lists have names such as ActionNames.member.1."""

Action: TypeAlias = Callable[[Parameters], Members]
"""Answers a request with the members of its result; raises ApiError."""


@dataclass(frozen=True)
class QueryReply:
    """What goes back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def perform(body: bytes, namespace: str, actions: Mapping[str, Action], otherwise: Action) -> QueryReply:
    """Do what a request asks for; `otherwise` refuses an action that is not among the `actions`."""
    try:
        parameters = _parse(body)
        name = parameters.get("Action", "")
        result = actions.get(name, otherwise)(parameters)
    except ApiError as error:
        return _refusal(namespace, error)
    answer = Element(f"{name}Response", xmlns=namespace)
    _fill(SubElement(answer, f"{name}Result"), result)
    return _reply(200, answer, SubElement(answer, "ResponseMetadata"))


def texts(parameters: Parameters, name: str) -> list[str]:
    """The texts of a list among the parameters."""
    found: list[str] = []
    while (key := f"{name}.member.{len(found) + 1}") in parameters:
        found.append(parameters[key])
    return found


def _parse(body: bytes) -> Parameters:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        msg = f"The request body is not a form: {error}."
        raise MalformedQuery(msg) from None
    return dict(pairs)


class MalformedQuery(ApiError):
    """The body of a request is not what forms send."""

    code = "MalformedQueryString"


def _refusal(namespace: str, error: ApiError) -> QueryReply:
    answer = Element("ErrorResponse", xmlns=namespace)
    kind = "Sender" if error.status < 500 else "Receiver"
    _fill(SubElement(answer, "Error"), {"Type": kind, "Code": error.code, "Message": error.message})
    return _reply(error.status, answer, answer)


def _reply(status: int, answer: Element, metadata: Element) -> QueryReply:
    request_id = str(uuid.uuid4())
    SubElement(metadata, "RequestId").text = request_id
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return QueryReply(status, headers, tostring(answer, encoding="utf-8", xml_declaration=True))


def _fill(element: Element, members: Members) -> None:
    for name, value in members.items():
        child = SubElement(element, name)
        match value:
            case list():
                for item in value:
                    _fill(SubElement(child, "member"), item)
            case Mapping():
                _fill(child, value)
            case _:
                child.text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
