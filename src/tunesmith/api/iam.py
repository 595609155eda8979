"""IAM, as far as SageMaker's SDKs ask it before they start anything: every role exists and may do everything.

Whoever has a key of this server may use all of it; there are no roles to ask for.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import NoReturn
from urllib.parse import quote

from tunesmith.api.errors import ApiError
from tunesmith.api.query import Action, Members, Parameters, QueryReply, perform, texts

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_CREATED = "2020-01-01T00:00:00Z"  # the role was always there
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class AccessDenied(ApiError):
    """Nobody may do this."""

    code = "AccessDenied"
    status = 403


class InvalidInput(ApiError):
    """A parameter breaks a rule."""

    code = "ValidationError"


def respond(body: bytes, *, account: str, access_key: str) -> QueryReply:
    """Answer a request that was signed with an access key."""
    actions: dict[str, Action] = {
        "GetRole": partial(get_role, account),
        "SimulatePrincipalPolicy": simulate_principal_policy,
    }
    return perform(body, _NAMESPACE, actions, partial(_deny, access_key))


def get_role(account: str, parameters: Parameters) -> Members:
    """Describe the role of any valid name: one that SageMaker may take on."""
    name = parameters.get("RoleName", "")
    if not _ROLE_NAME.fullmatch(name):
        msg = f"The RoleName {name[:128]!r} must be 1 to 64 letters, digits and characters of +=,.@_-"
        raise InvalidInput(msg)
    role: Members = {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROATUNESMITH00000000",
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": _CREATED,
        "AssumeRolePolicyDocument": quote(json.dumps(_TRUST), safe=""),
        "MaxSessionDuration": 3600,
    }
    return {"Role": role}


def simulate_principal_policy(parameters: Parameters) -> Members:
    """Allow every action that is asked for."""
    resources = texts(parameters, "ResourceArns") or ["*"]
    results: list[Members] = [
        {"EvalActionName": action, "EvalResourceName": resources[0], "EvalDecision": "allowed"}
        for action in texts(parameters, "ActionNames")
    ]
    return {"EvaluationResults": results, "IsTruncated": "false"}


def _deny(access_key: str, parameters: Parameters) -> NoReturn:
    action = repr(parameters.get("Action", "")[:128])
    msg = f"The key {access_key} is not authorized to perform the action {action}: there is no IAM here."
    raise AccessDenied(msg)
