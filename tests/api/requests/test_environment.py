from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tunesmith.api.errors import ValidationError
from tunesmith.api.requests.context import RequestContext
from tunesmith.api.requests.environment import environment_of
from tunesmith.api.settings import Settings

Server = Callable[..., RequestContext]


def given(context: RequestContext, variables: Any = None) -> dict[str, str]:
    members = {} if variables is None else {"Environment": variables}
    return environment_of(members, "TrainingJobDefinition.", context)


def test_a_training_job_is_told_where_it_is(context: Server) -> None:
    server = context(region="eu-west-1", settings=Settings(account="123456789012"))
    platform = {
        "AWS_REGION": "eu-west-1",
        "TRAINING_JOB_ARN": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/",
    }
    assert given(server) == platform
    assert given(server, {"A": "1"}) == {**platform, "A": "1"}


def test_the_users_own_variables_win(context: Server) -> None:
    own = {"AWS_REGION": "mine", "TRAINING_JOB_ARN": "none"}
    assert given(context(), own) == own


def test_what_a_process_cannot_be_given_is_refused(context: Server) -> None:
    with pytest.raises(ValidationError, match=r"TrainingJobDefinition.Environment.*must not hold a NUL"):
        given(context(), {"A": "\0"})
