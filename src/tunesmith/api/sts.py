"""STS, as far as clients ask it who they are."""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from tunesmith.api.errors import ApiError
from tunesmith.api.query import Members, Parameters, QueryReply, perform

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class InvalidAction(ApiError):
    """There is no such action, or it is not offered here."""

    code = "InvalidAction"


def respond(body: bytes, *, account: str, access_key: str) -> QueryReply:
    """Answer a request that was signed with an access key."""
    actions = {"GetCallerIdentity": partial(get_caller_identity, account, access_key)}
    return perform(body, _NAMESPACE, actions, _refuse)


def get_caller_identity(account: str, access_key: str, _: Parameters) -> Members:
    """Say whose key it is: that of a user who has the key's name."""
    return {"Arn": f"arn:aws:iam::{account}:user/{access_key}", "UserId": access_key, "Account": account}


def _refuse(parameters: Parameters) -> NoReturn:
    action = parameters.get("Action", "")[:128]
    msg = f"The action {action!r} is not offered here, only GetCallerIdentity: use the keys of this server as they are."
    raise InvalidAction(msg)
