from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tunesmith.api.iam import respond


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    reply = respond(await Request(scope, receive).body(), account="000000000000", access_key="AKEXAMPLE")
    await Response(reply.body, reply.status, reply.headers)(scope, receive, send)


@pytest.fixture(scope="session")
def client(serve: Callable[[ASGIApp], str]) -> Any:
    return boto3.client(
        "iam",
        endpoint_url=serve(app),
        region_name="us-east-1",
        aws_access_key_id="AKEXAMPLE",
        aws_secret_access_key="SK",  # noqa: S106 - nobody checks it here
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_every_role_exists(client: Any) -> None:
    answer = client.get_role(RoleName="My.Role@team")
    role = answer["Role"]
    assert role["Arn"] == "arn:aws:iam::000000000000:role/My.Role@team"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "sagemaker.amazonaws.com"
    }
    assert role["CreateDate"].year == 2020
    assert answer["ResponseMetadata"]["RequestId"]


def test_a_role_needs_a_valid_name(client: Any) -> None:
    with pytest.raises(ClientError, match="RoleName 'a/b'") as caught:
        client.get_role(RoleName="a/b")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_everything_is_allowed(client: Any) -> None:
    actions = [f"s3:Action{number}" for number in range(12)]
    answer = client.simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::000000000000:role/r", ActionNames=actions
    )
    results = answer["EvaluationResults"]
    assert [result["EvalActionName"] for result in results] == actions
    assert {result["EvalDecision"] for result in results} == {"allowed"}
    assert answer["IsTruncated"] is False


def test_anything_else_is_denied(client: Any) -> None:
    with pytest.raises(ClientError, match="'ListUsers'") as caught:
        client.list_users()
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    assert error["ResponseMetadata"]["RequestId"]


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=30))
def test_any_bytes_are_answered_in_xml(body: bytes) -> None:
    reply = respond(body, account="000000000000", access_key="AK")
    assert reply.status in {400, 403}
    fromstring(reply.body)  # noqa: S314 - our own answer


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_any_text_is_echoed_in_xml(text: str) -> None:
    form = {"Action": "SimulatePrincipalPolicy", "ActionNames.member.1": text}
    reply = respond(urlencode(form, errors="replace").encode(), account="000000000000", access_key="AK")
    assert reply.status == 200
    fromstring(reply.body)  # noqa: S314 - our own answer
