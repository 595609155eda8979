"""A job file drafted from a training script, with comments that say where each line comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.control.autotune import MOST_TUNED, frameworks_of, propose, trials_for
from tunesmith.control.common_ranges import Framework
from tunesmith.core.space import Categorical, Parameter, Space
from tunesmith.jobfile.script_arguments import Argument, PrintedMetric, ScriptFacts
from tunesmith.jobfile.yaml_text import quoted, scalar, text

_GROWS = re.compile(r"(?i)acc|auc|f1|score|precision|recall|r2|reward|map$|ndcg|bleu|iou|dice|kappa|return")
_HELD_OUT = re.compile(r"(?i)val|valid|test|eval|dev|holdout")
_PLATFORM = re.compile(r"sagemaker_|_tuning_objective_metric$|default_user_module_name$")
_LARGEST_INTEGER = 2**53
_PLACEHOLDER = PrintedMetric("objective", r"objective=([-+0-9.eE]+)")


@dataclass(frozen=True)
class _Line:
    """A key with its value, and why."""

    key: str
    value: str
    comment: str = ""

    def __str__(self) -> str:
        return f"{text(self.key)}: {self.value}{f'  # {self.comment}' if self.comment else ''}"


@dataclass(frozen=True)
class Outline:
    """What the arguments of a script become: each with the reason."""

    tuned: tuple[tuple[Parameter, str], ...]
    others: tuple[tuple[Argument, str], ...]

    @property
    def fixed(self) -> Iterator[tuple[Argument, str]]:
        """Those of the others that have a value to be passed on, or that need one."""
        return ((argument, why) for argument, why in self.others if _is_fixed(argument))


def outline(facts: ScriptFacts) -> Outline:
    """Decide which arguments of a script to tune, and in which ranges."""
    frameworks = frameworks_of(facts.modules)
    found = [(argument, *_parameter(argument, frameworks)) for argument in facts.arguments]
    tuned = tuple((parameter, why) for _, parameter, why in found if parameter is not None)[:MOST_TUNED]
    names = {parameter.name for parameter, _ in tuned}
    others = tuple((argument, why) for argument, _, why in found if argument.name not in names)
    return Outline(tuned, others)


def draft(script: str, facts: ScriptFacts) -> str:
    """Draft a job file for a script. Raises ValueError if the script has no argument that could be tuned."""
    found = outline(facts)
    tuned = found.tuned
    if not tuned:
        listed = ", ".join(argument.name for argument in facts.arguments) or "none"
        msg = f"no argument of {script} could be tuned (its arguments: {listed}); see `tunesmith init --help`"
        raise ValueError(msg)
    space = Space(parameter for parameter, _ in tuned)
    parts = [
        [
            "# Drafted by `tunesmith init` from the arguments of the script, which was not run. Check the ranges."
        ],
        [f"script: {text(script)}"],
        list(_objective(facts.metrics)),
        ["parameters:", *(f"  {_Line(p.name, _range(p), _comment(why))}" for p, why in tuned)],
        list(_static(found.others)),
        ["limits:", f"  trials: {trials_for(space)}  # training jobs in all", "  parallel: 1  # at a time"],
    ]
    return "\n".join(line for part in parts for line in part) + "\n"


def _parameter(argument: Argument, frameworks: Sequence[Framework]) -> tuple[Parameter | None, str]:
    """The parameter that an argument becomes, or None, and why."""
    reason = _obstacle(argument)
    if reason is not None:
        return None, reason
    if argument.choices:
        return _among(argument)
    if _reads_booleans(argument):
        return Categorical(argument.name, ("true", "false")), "on or off"
    return _around(argument, frameworks)


def _around(argument: Argument, frameworks: Sequence[Framework]) -> tuple[Parameter | None, str]:
    if argument.default is None:
        return None, "it has no default to start from; give it a range to tune it"
    if argument.type not in {"int", "float"} or isinstance(argument.default, str | bool):
        return None, "only numbers, choices and booleans are tuned"
    is_whole = argument.type == "int"
    example = argument.default if is_whole else float(argument.default)
    proposal = propose(argument.name, example, frameworks, whole=is_whole)
    if proposal is None:
        return None, "such a setting is best left as it is"
    return proposal.parameter, f"default {argument.default}; {proposal.source}"


def _obstacle(argument: Argument) -> str | None:
    if argument.problem is not None:
        return argument.problem
    if _PLATFORM.match(argument.name):
        return "the name is kept from scripts"
    default, kind = argument.default, argument.type
    if isinstance(default, float | int) and not abs(default) <= _LARGEST_INTEGER:
        return "its default is out of bounds"
    if kind is None and not all(isinstance(choice, str) for choice in (*argument.choices, default or "")):
        return "it has no type=, so what it is given stays a text"
    if kind == "int" and not all(
        isinstance(choice, int | str) for choice in (*argument.choices, default or 0)
    ):
        return "type=int does not read its values"
    return None


def _among(argument: Argument) -> tuple[Parameter | None, str]:
    usable = [c for c in argument.choices if isinstance(c, str) or abs(c) <= _LARGEST_INTEGER]
    if len(usable) < len(argument.choices) or len(usable) == 1:
        return None, "it has no choices to speak of"
    return Categorical(argument.name, tuple(usable)), f"its choices; default {_shown(argument.default)}"


def _reads_booleans(argument: Argument) -> bool:
    """Whether a function of the script makes a boolean of the argument's text."""
    is_function = argument.type not in {None, "bool", "int", "float", "str"}
    return is_function and (isinstance(argument.default, bool) or "bool" in (argument.type or "").lower())


def by_promise(metrics: Sequence[PrintedMetric]) -> list[PrintedMetric]:
    """Metrics, those of held-out data first."""
    return sorted(metrics, key=lambda metric: not _HELD_OUT.search(metric.name))


def goal_of(metric: str) -> str:
    """Whether a metric of this name should become large or small."""
    return "Maximize" if _GROWS.search(metric) else "Minimize"


def _objective(metrics: Sequence[PrintedMetric]) -> Iterator[str]:
    ranked = by_promise(metrics)
    chosen = ranked[0] if ranked else _PLACEHOLDER
    goal = goal_of(chosen.name)
    if not metrics:
        yield "# FILL IN: the script prints no number behind a word. Let it print a line such as `objective=0.5` after"
        yield "# each epoch, or call tunesmith.report(objective=0.5); name the metric, and say where it should go."
    elif len(ranked) > 1:
        yield f"# Check this: the metrics that were found are {_comment(', '.join(m.name for m in ranked))}."
    yield f"objective: {{metric: {text(chosen.name)}, goal: {goal}}}"
    if chosen.regex is not None:
        yield f"metrics: {{{text(chosen.name)}: {quoted(chosen.regex)}}}"


def _static(others: Sequence[tuple[Argument, str]]) -> Iterator[str]:
    """The arguments that are not tuned: those with a value as it is, the others as comments."""
    lines, notes = [], []
    for argument, why in others:
        value = argument.default
        if not _is_fixed(argument):
            notes.append(f"# Left out: {_comment(argument.name)}: {_comment(why)}")
        elif value is None or not _is_passed_on(argument):
            lines.append(f"  {_Line(argument.name, quoted(''), 'FILL IN: it is required')}")
        else:
            lines.append(f"  {_Line(argument.name, scalar(value), _comment(why))}")
    if lines:
        yield "hyperparameters:  # with a fixed value"
    yield from lines
    yield from notes


def _is_fixed(argument: Argument) -> bool:
    is_optional = not argument.is_required and not _is_passed_on(argument)
    return not (argument.problem or _obstacle(argument) or is_optional)


def _is_passed_on(argument: Argument) -> bool:
    """Whether the script makes the same of its default and of the text that it would be given."""
    if isinstance(argument.default, str):
        return True
    return argument.type in {"int", "float"} and argument.default is not None


def _range(parameter: Parameter) -> str:
    if isinstance(parameter, Categorical):
        return f"{{type: categorical, choices: [{', '.join(map(scalar, parameter.choices))}]}}"
    kind = type(parameter).__name__.lower()
    low, high = scalar(parameter.low), scalar(parameter.high)
    return f"{{type: {kind}, low: {low}, high: {high}, scale: {parameter.scale}}}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _comment(text: str) -> str:
    """A text as a comment can hold it."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)
