"""What SageMaker has and this version has not: refused, rather than left undone without a word.

The rules of these features are checked before, each in its own module. A feature is switched on by deleting its
line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from tunesmith.api.call import Json
from tunesmith.api.errors import ValidationError

_Feature: TypeAlias = tuple[str, Callable[[Json], bool], str]  # its name, whether a structure uses it, advice

_OF_TRAINING_JOBS: Sequence[_Feature] = (
    ("ServerlessJobConfig", lambda d: bool(d.get("ServerlessJobConfig")), "give an AlgorithmSpecification"),
)


def refuse_unsupported(definitions: Iterable[Json]) -> None:
    """Raise ValidationError if one of the definitions of a tuning job asks for what is not there yet."""
    for definition in definitions:
        refuse_unsupported_training(definition)


def refuse_unsupported_training(members: Json) -> None:
    """Raise ValidationError if a training job, or the definition of some, asks for what is not there yet."""
    _refuse(_OF_TRAINING_JOBS, members)


def _refuse(features: Sequence[_Feature], structure: Json) -> None:
    for name, is_used, advice in features:
        if is_used(structure):
            msg = f"{name} is not supported by this version of Tunesmith yet: {advice}."
            raise ValidationError(msg)
