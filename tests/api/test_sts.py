from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tunesmith.api.sts import respond


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    reply = respond(await Request(scope, receive).body(), account="000000000000", access_key="AK<&>")
    await Response(reply.body, reply.status, reply.headers)(scope, receive, send)


@pytest.fixture(scope="session")
def client(serve: Callable[[ASGIApp], str]) -> Any:
    return boto3.client(
        "sts",
        endpoint_url=serve(app),
        region_name="us-east-1",
        aws_access_key_id="AK",
        aws_secret_access_key="SK",  # noqa: S106 - nobody checks it here
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_key_is_told_whose_it_is(client: Any) -> None:
    answer = client.get_caller_identity()
    assert answer["ResponseMetadata"]["RequestId"]
    assert (answer["Account"], answer["UserId"]) == ("000000000000", "AK<&>")
    assert answer["Arn"] == "arn:aws:iam::000000000000:user/AK<&>"


def test_roles_cannot_be_assumed(client: Any) -> None:
    with pytest.raises(ClientError, match="'AssumeRole' is not offered") as caught:
        client.assume_role(RoleArn="arn:aws:iam::000000000000:role/r", RoleSessionName="session")
    assert caught.value.response["Error"]["Code"] == "InvalidAction"


@pytest.mark.parametrize("body", [b"", b"Version=2011-06-15", b"\xff", b"a=%ff", b"a&b"])
def test_a_request_without_an_action_is_refused(body: bytes) -> None:
    reply = respond(body, account="000000000000", access_key="AK")
    assert reply.status == 400
    assert b"<Code>" in reply.body
