"""The draft to begin with, by what is to run."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tunesmith.api.images import rule_for
from tunesmith.api.settings import ImageRule
from tunesmith.control.autotune import Proposal, propose
from tunesmith.control.common_ranges import look_up
from tunesmith.core.space import Continuous, Parameter, Value
from tunesmith.jobfile.draft import by_promise, goal_of, outline
from tunesmith.jobfile.script_arguments import ScriptFacts, read
from tunesmith.jobfile.yaml_source import meaning
from tunesmith.jobfile.yaml_text import typed
from tunesmith.training.program import PLACEHOLDER
from tunesmith.web.wizard.cloning import parameter_row
from tunesmith.web.wizard.csv_data import Aim
from tunesmith.web.wizard.draft import (
    BuiltInWork,
    ChannelRow,
    CommandWork,
    Draft,
    Kind,
    ParameterRow,
    Row,
    ScriptWork,
)
from tunesmith.web.wizard.sheet import measuring

_BUILT_IN_EXAMPLES: Mapping[str, Value] = {
    "eta": 0.3,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "alpha": 0.0,
    "lambda": 1.0,
}
# Of SageMaker's ranges, linear up to 120 and 1000, all but a hundredth lets the trees of a small table learn nothing.
_BUILT_IN_RANGES: Mapping[str, Parameter] = {
    "min_child_weight": Continuous("min_child_weight", 0.5, 32.0, "Logarithmic"),
    "alpha": Continuous("alpha", 0.001, 10.0, "Logarithmic"),
    "lambda": Continuous("lambda", 0.01, 100.0, "Logarithmic"),
}
_SMALL = "logarithmic around the default, for small tables too; SageMaker's own range goes further"
_ROUNDS = "100"
_MOST_SCRIPTS = 300  # of a folder


def scripts_in(folder: Path) -> list[str]:
    """The scripts of a folder that could be run, those that read arguments first, by their paths in it.

    No more than the first few hundred of a big folder are looked at.
    """
    found = []
    for file in islice(_scripts(folder), _MOST_SCRIPTS):
        name = file.relative_to(folder)
        found.append((0 if _has_arguments(file) else 1, len(name.parts), name.as_posix()))
    return [name for _, _, name in sorted(found)]


def from_script(source: Path, entry: str) -> Draft:
    """Begin with a script in a folder, whose arguments are read. Raises ValueError if it cannot be read as Python."""
    facts = _facts(source / entry)
    return _with_trials(_described(Draft(work=ScriptWork(source=str(source), entry=entry)), facts))


def left_out(source: Path, entry: str) -> list[tuple[str, str]]:
    """The arguments of a script that a draft leaves out, each with the reason. Raises ValueError as `from_script`."""
    found = outline(_facts(source / entry))
    fixed = {argument.name for argument, _ in found.fixed}
    return [(argument.name, why) for argument, why in found.others if argument.name not in fixed]


def with_command(draft: Draft, command: str) -> Draft:
    """The draft with another command line: what it names anew gets a row, what it does not name any more loses it."""
    work = draft.work if isinstance(draft.work, CommandWork) else CommandWork()
    names = dict.fromkeys(PLACEHOLDER.findall(command))
    gone = set(PLACEHOLDER.findall(work.command)) - names.keys()
    tuned = tuple(row for row in draft.parameters if row.name not in gone)
    fixed = tuple(row for row in draft.fixed if row.name not in gone)
    known = {*(row.name for row in tuned), *(row.name for row in fixed)}
    tuned = (*tuned, *(_common(name) for name in names if name not in known))
    work = replace(work, command=command)
    return replace(draft, work=work, parameters=tuned, fixed=fixed, trials=draft.trials or "20")


def with_tables(draft: Draft, train: Path, validation: Path, aim: Aim) -> Draft:
    """The draft with other prepared tables; ranges and fixed values that a person may have changed stay."""
    begun = from_csv(train, validation, aim)
    if not (isinstance(draft.work, BuiltInWork) and draft.parameters):
        return begun
    ours = {"objective", "num_class", "eval_metric"}
    fixed = (
        *(row for row in draft.fixed if row.name not in ours),
        *(row for row in begun.fixed if row.name in ours),
    )
    return replace(draft, channels=begun.channels, metric=aim.metric, goal=aim.goal, fixed=fixed)


def from_command(command: str, directory: str = "") -> Draft:
    """Begin with a command line, in which each `{name}` stands for a hyperparameter."""
    names = dict.fromkeys(PLACEHOLDER.findall(command))
    rows = tuple(ParameterRow(name=name) for name in names)
    return Draft(work=CommandWork(command=command, directory=directory), parameters=rows, trials="20")


def from_image(image: str, channels: Mapping[str, str], rules: Sequence[ImageRule] = ()) -> Draft:
    """Begin with a container image and the locations of its channels. Raises ValueError if nothing stands for it here.

    Args:
        image: Its name.
        channels: The locations of input data by the names of channels.
        rules: The operator's, for images.
    """
    rule = rule_for(image, rules)
    rows = tuple(ChannelRow(name=name, location=place) for name, place in channels.items())
    if rule is None:
        msg = (
            f"{image}: images are not pulled, and nothing stands for this one here; have a command registered for it in "
            "the server's settings file, or choose a script or a command instead"
        )
        raise ValueError(msg)
    if rule.mode == "xgboost":
        return replace(_built_in(), channels=rows)
    if rule.mode == "command":
        return Draft(work=CommandWork(command=shlex.join(rule.command)), channels=rows, trials="20")
    return Draft(work=ScriptWork(python=rule.python or ""), channels=rows, trials="20")


def from_csv(train: Path, validation: Path, aim: Aim) -> Draft:
    """Begin with the built-in XGBoost on prepared tables."""
    rows = tuple(
        ChannelRow(name=name, location=str(file), content_type="text/csv")
        for name, file in (("train", train), ("validation", validation))
    )
    more = tuple(Row(name=name, value=value) for name, value in aim.hyperparameters.items())
    draft = _built_in()
    return measuring(
        replace(draft, channels=rows, metric=aim.metric, goal=aim.goal, fixed=(*draft.fixed, *more))
    )


def tune(draft: Draft, name: str) -> Draft:
    """Give a fixed hyperparameter a range instead, around its value; an empty one if none can be proposed."""
    row = next(each for each in draft.fixed if each.name == name)
    proposal = propose(name, meaning(row.value))
    new = ParameterRow(name=name, example=row.value) if proposal is None else _row(proposal, row.value)
    fixed = tuple(each for each in draft.fixed if each.name != name)
    return replace(draft, fixed=fixed, parameters=(*draft.parameters, new))


def fix(draft: Draft, name: str) -> Draft:
    """Give a tuned hyperparameter a fixed value instead: the one that its range came from."""
    row = next(each for each in draft.parameters if each.name == name)
    parameters = tuple(each for each in draft.parameters if each.name != name)
    return replace(draft, parameters=parameters, fixed=(*draft.fixed, Row(name=name, value=row.example)))


def _facts(file: Path) -> ScriptFacts:
    try:
        return read(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"{file} cannot be read as Python: {why}"
        raise ValueError(msg) from error


def _scripts(folder: Path) -> Iterator[Path]:
    """The scripts of a folder, those at the top first; folders of environments and caches are passed by."""
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(
            each for each in folders if not each.startswith((".", "__")) and each != "node_modules"
        )
        yield from (
            Path(path, name) for name in sorted(files) if name.endswith(".py") and name[0] not in "._"
        )


def _common(name: str) -> ParameterRow:
    """A row with the range in which a hyperparameter of this name is usually searched; an empty one if none is known."""
    for common in look_up(name):
        kind: Kind = "integer" if common.whole else "continuous"
        low, high = (typed(int(end) if common.whole else end) for end in (common.low, common.high))
        return ParameterRow(
            name=name, kind=kind, low=low, high=high, scale=common.scale, source=common.source
        )
    return ParameterRow(name=name)


def _has_arguments(file: Path) -> bool:
    try:
        return "add_argument" in file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False


def _described(draft: Draft, facts: ScriptFacts) -> Draft:
    found = outline(facts)
    defaults = {argument.name: argument.default for argument in facts.arguments}
    ranked = by_promise(facts.metrics)
    metric = ranked[0].name if ranked else ""
    return replace(
        draft,
        parameters=tuple(
            parameter_row(parameter, _typed(defaults[parameter.name]), why) for parameter, why in found.tuned
        ),
        fixed=tuple(Row(name=a.name, value=_typed(a.default), source=why) for a, why in found.fixed),
        metric=metric,
        goal=goal_of(metric),
        metrics=tuple(Row(name=each.name, value=each.regex) for each in ranked[:1] if each.regex),
    )


def _typed(value: Value | None) -> str:
    return "" if value is None else typed(value)


def _built_in() -> Draft:
    proposals = (propose(name, value, ("sagemaker-xgboost",)) for name, value in _BUILT_IN_EXAMPLES.items())
    rows = (
        parameter_row(
            _BUILT_IN_RANGES.get(each.parameter.name, each.parameter),
            typed(_BUILT_IN_EXAMPLES[each.parameter.name]),
            _SMALL if each.parameter.name in _BUILT_IN_RANGES else each.source,
        )
        for each in proposals
        if each
    )
    fixed = (Row(name="num_round", value=_ROUNDS, source="boosting rounds"),)
    return _with_trials(Draft(work=BuiltInWork(), parameters=tuple(rows), fixed=fixed))


def _row(proposal: Proposal, example: str) -> ParameterRow:
    return parameter_row(proposal.parameter, example, proposal.source)


def _with_trials(draft: Draft) -> Draft:
    """The draft with as many training jobs as its parameters deserve."""
    return replace(draft, trials=str(min(100, max(20, 10 * len(draft.parameters)))))
