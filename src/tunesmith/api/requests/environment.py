"""Environment variables of training jobs."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.api.call import Json
from tunesmith.api.names import Kind
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.definitions import Definition
from tunesmith.api.requests.refusal import refuse, refusing
from tunesmith.training import process_text

MOST = 48
"""Variables of all the definitions of a tuning job together."""


def check_total(definitions: Sequence[Definition]) -> None:
    """Raise ValidationError if the definitions together have too many variables."""
    total = sum(len(definition.members.get("Environment") or {}) for definition in definitions)
    if total > MOST:
        fields = " and ".join(f"{definition.field}.Environment" for definition in definitions)
        refuse(fields, f"{total} variables are more than the {MOST} that a tuning job may have")


def environment_of(members: Json, field: str, context: RequestContext) -> dict[str, str]:
    """Give the variables, the platform's first. Raises ValidationError for one that a process cannot be given.

    The ARN lacks the name: training jobs of a tuning job have names only later, and `training.launch` adds them.
    """
    variables = dict(members.get("Environment") or {})
    with refusing(f"{field}Environment"):
        process_text.check_variables("variables", variables)
    arn = f"arn:aws:sagemaker:{context.region}:{context.settings.account}:{Kind.TRAINING_JOB}/"
    return {"AWS_REGION": context.region, "TRAINING_JOB_ARN": arn, **variables}
