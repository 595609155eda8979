"""What can be known of a training script without running it: its arguments, its modules and the metrics it prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Literal: TypeAlias = float | int | str | bool | None

_FLAGS = {"store_true", "store_false", "store_const", "append", "append_const", "count", "extend"}
_SILENT = {"help", "version"}
_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
_WORD_BEFORE = re.compile(r"([A-Za-z][\w/.:@-]*?)(\s*[=:]\s*|\s+)$")
_LONGEST_METRIC = 60  # characters of a name


@dataclass(frozen=True)
class Argument:
    """An argument of a script, as script mode would give it: by the name of a hyperparameter."""

    name: str  # of the hyperparameter
    type: str | None = None  # what its text is converted with: int, float, bool, str, the name of a function
    default: Literal = None
    choices: tuple[float | int | str | bool, ...] = ()
    is_required: bool = False
    problem: str | None = None  # why it cannot be a hyperparameter


@dataclass(frozen=True)
class PrintedMetric:
    """A number behind a word in what a script prints, or in a call of `tunesmith.report`."""

    name: str
    regex: str | None  # None: it is reported


@dataclass(frozen=True)
class ScriptFacts:
    """What was found in a script."""

    arguments: tuple[Argument, ...]
    metrics: tuple[PrintedMetric, ...]
    modules: frozenset[str]


def read(source: str) -> ScriptFacts:
    """Read a script. Raises SyntaxError if it is not Python."""
    try:
        tree = ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:  # a null character, nesting too deep
        raise SyntaxError(str(error)) from error
    calls = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Call)),
        key=lambda call: (call.lineno, call.col_offset),
    )
    arguments = {found.name: found for call in calls for found in _arguments(call)}
    metrics = {found.name: found for call in calls for found in _metrics(call)}
    return ScriptFacts(tuple(arguments.values()), tuple(metrics.values()), frozenset(_modules(tree)))


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _arguments(call: ast.Call) -> Iterator[Argument]:
    """The argument that a call of add_argument adds, unless SageMaker's variables fill it in."""
    if _called(call) != "add_argument":
        return
    names = [_literal(word) for word in call.args]
    options = [name for name in names if isinstance(name, str)]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    action = _action(keywords.get("action"))
    if not options or action in _SILENT or _is_of_sagemaker(keywords.get("default")):
        return
    name, problem = _hyperparameter(options)
    yield Argument(
        name,
        type=_converter(keywords.get("type")),
        default=_scalar(keywords.get("default")),
        choices=_choices(keywords.get("choices")),
        is_required=_literal(keywords.get("required")) is True,
        problem=problem or _problem(keywords, action),
    )


def _hyperparameter(options: list[str]) -> tuple[str, str | None]:
    """The hyperparameter that reaches one of these options, and why none does."""
    for option in options:
        if re.fullmatch(r"--[^-\s=][^\s=]+", option):
            return option[2:], None
    for option in options:
        if re.fullmatch(r"-[^-\s]", option):
            return option[1:], None
    name = options[0].lstrip("-") or options[0]
    if not options[0].startswith("-"):
        return name, "it is positional, and hyperparameters come as --name value"
    return name, f"hyperparameters come as --name value or -n value, which {options[0]} does not take"


def _problem(keywords: dict[str, ast.expr], action: str | None) -> str | None:
    if action in _FLAGS or action == "BooleanOptionalAction":
        return "it takes no value, and a hyperparameter has one"
    if action not in {None, "store"}:
        return f"its action {action} is not known"
    if "nargs" in keywords and _literal(keywords["nargs"]) != "?":
        return "it takes a list of values"
    if isinstance(keywords.get("type"), ast.Name) and _converter(keywords["type"]) == "bool":
        return "type=bool makes True of every text; write a function that reads it"
    return None


def _action(node: ast.expr | None) -> str | None:
    value = _literal(node)
    return value if isinstance(value, str) else _last_name(node)


def _converter(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Lambda):
        return "lambda"
    return _last_name(node)


def _last_name(node: ast.expr | None) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case None | ast.Constant():
            return None
        case _:
            return "an expression"


def _called(call: ast.Call) -> str | None:
    return _last_name(call.func)


def _literal(node: ast.expr | None) -> Any:
    """The value of a literal expression, None for any other."""
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _scalar(node: ast.expr | None) -> Literal:
    value = _literal(node)
    return value if isinstance(value, float | int | str | bool) else None


def _choices(node: ast.expr | None) -> tuple[float | int | str | bool, ...]:
    values = _literal(node)
    if not isinstance(values, list | tuple | set):
        return ()
    ordered = sorted(values, key=str) if isinstance(values, set) else values
    if not all(isinstance(value, float | int | str | bool) for value in ordered):
        return ()
    return tuple(dict.fromkeys(ordered))


def _is_of_sagemaker(node: ast.expr | None) -> bool:
    """Whether a default comes from one of the variables that say where data and results are."""
    nodes = ast.walk(node) if node is not None else ()
    texts = (each.value for each in nodes if isinstance(each, ast.Constant))
    return any(isinstance(text, str) and text.startswith(("SM_", "SAGEMAKER_")) for text in texts)


def _metrics(call: ast.Call) -> Iterator[PrintedMetric]:
    match call.func:
        case ast.Name(id="print") | ast.Attribute(attr="info" | "write" | "echo" | "print"):
            for message in call.args[:1] if not isinstance(call.func, ast.Name) else [_joined(call.args)]:
                yield from _in_message(message)
        case ast.Attribute(attr="report", value=ast.Name(id="tunesmith")) | ast.Name(id="report"):
            yield from (PrintedMetric(k.arg, None) for k in call.keywords if k.arg)


def _joined(arguments: list[ast.expr]) -> ast.JoinedStr:
    """What print makes of its arguments, as one f-string."""
    parts: list[ast.expr] = []
    for argument in arguments:
        if parts:
            parts.append(ast.Constant(" "))
        if isinstance(argument, ast.JoinedStr):
            parts += argument.values
        elif isinstance(argument, ast.Constant):
            parts.append(argument)
        else:
            parts.append(ast.FormattedValue(argument, -1))
    return ast.JoinedStr(parts)


def _in_message(message: ast.expr) -> Iterator[PrintedMetric]:
    """The values in an f-string that stand behind a word."""
    text = ""
    for part in message.values if isinstance(message, ast.JoinedStr) else ():
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        before = _WORD_BEFORE.search(text.rpartition("\n")[2])
        if before is not None and len(before[1]) <= _LONGEST_METRIC and not _is_counter(before[1]):
            separator = re.sub(r"\s+", r"\\s+", before[2].rstrip() or " ")
            yield PrintedMetric(before[1], rf"(?:^|[^\w]){re.escape(before[1])}{separator}\s*{_NUMBER}")
        text = ""


def _is_counter(word: str) -> bool:
    return bool(
        re.fullmatch(r"(?i)epochs?|steps?|iter(?:ation)?s?|batch|round|fold|time|seconds|lr|seed|of", word)
    )
