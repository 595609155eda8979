from __future__ import annotations

import http.client
import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from threading import get_ident
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import OperationNotFoundError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ResourceInUse, ResourceNotFound, ValidationError
from tunesmith.api.wire import JsonService
from tunesmith.store.errors import StoreError

calls: list[Call] = []
threads: list[int] = []


def list_jobs(call: Call) -> Json:
    calls.append(call)
    threads.append(get_ident())
    return {"TrainingJobSummaries": [], "NextToken": "é", "Unknown": 1}


def list_tags(call: Call) -> Json:
    calls.append(call)
    problems: dict[str, Exception] = {
        "in-use": ResourceInUse("it is in use: é"),
        "not-found": ResourceNotFound("it is not there"),
        "invalid": ValidationError("it is wrong"),
        "busy": StoreError("the database is locked"),
        "broken": RuntimeError("a secret"),
    }
    raise problems[call.request["ResourceArn"].rpartition("/")[2]]


def describe(call: Call) -> Json:
    assert call.request["TrainingJobName"]
    return {"TrainingJobName": "incomplete"}


def search(call: Call) -> Json:
    created = call.request["SearchExpression"]["Filters"][0]["Value"]
    job = {"TrainingJobName": created, "CreationTime": datetime(2024, 1, 1, 0, 0, 0, 500000, UTC)}
    return {"Results": [{"TrainingJob": job}]}


def stop(_: Call) -> None:
    return None


SERVICE = JsonService(
    "sagemaker",
    "SageMaker",
    {
        "ListTrainingJobs": list_jobs,
        "ListTags": list_tags,
        "DescribeTrainingJob": describe,
        "Search": search,
        "StopTrainingJob": stop,
    },
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    answer = await SERVICE.respond(request, await request.body(), region="eu-west-1", account="000000000001")
    await answer(scope, receive, send)


@pytest.fixture(scope="session")
def url(serve: Callable[[ASGIApp], str]) -> str:
    return serve(app)


@pytest.fixture
def client(url: str) -> Any:
    return sagemaker(url, attempts=1)


def sagemaker(url: str, attempts: int) -> Any:
    return boto3.client(
        "sagemaker",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="AK",
        aws_secret_access_key="SK",  # noqa: S106 - nobody checks it here
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


def arn(name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:000000000001:training-job/{name}"


def post(
    url: str, body: bytes, method: str = "POST", **headers: str
) -> tuple[int, http.client.HTTPMessage, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request(method, "/", body, {key.replace("_", "-"): value for key, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, json.loads(content) if content else None


def test_an_operation_gets_the_request_and_its_envelope(client: Any) -> None:
    calls.clear()
    answer = client.list_training_jobs(CreationTimeAfter=datetime(2024, 1, 1, tzinfo=UTC), MaxResults=5)
    assert answer["NextToken"] == "é"
    assert "Unknown" not in answer
    (call,) = calls
    assert call.operation == "ListTrainingJobs"
    assert call.request == {"CreationTimeAfter": datetime(2024, 1, 1, tzinfo=UTC), "MaxResults": 5}
    assert (call.region, call.account) == ("eu-west-1", "000000000001")
    assert call.invocation is not None
    assert str(uuid.UUID(call.invocation)) == call.invocation


def test_operations_run_in_threads_of_their_own(client: Any) -> None:
    threads.clear()
    client.list_training_jobs()
    assert threads
    assert get_ident() not in threads


def test_answers_have_an_id_and_a_type(client: Any) -> None:
    metadata = client.list_training_jobs()["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 200
    assert str(uuid.UUID(metadata["RequestId"])) == metadata["RequestId"]
    assert metadata["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"


def test_moments_are_moments_for_clients(client: Any) -> None:
    filters = [{"Name": "TrainingJobName", "Operator": "Equals", "Value": "größe"}]
    answer = client.search(Resource="TrainingJob", SearchExpression={"Filters": filters})
    job = answer["Results"][0]["TrainingJob"]
    assert job == {"TrainingJobName": "größe", "CreationTime": datetime(2024, 1, 1, 0, 0, 0, 500000, UTC)}


def test_an_operation_without_an_answer_has_an_empty_body(client: Any, url: str) -> None:
    assert set(client.stop_training_job(TrainingJobName="a")) == {"ResponseMetadata"}
    status, headers, body = post(url, b'{"TrainingJobName":"a"}', X_Amz_Target="SageMaker.StopTrainingJob")
    assert (status, headers["content-length"], body) == (200, "0", None)


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("in-use", "ResourceInUse", 400),
        ("not-found", "ResourceNotFound", 400),
        ("invalid", "ValidationException", 400),
        ("busy", "ServiceUnavailable", 503),
        ("broken", "InternalFailure", 500),
    ],
)
def test_refusals_have_codes_that_clients_know(client: Any, name: str, code: str, status: int) -> None:
    with pytest.raises(ClientError) as caught:
        client.list_tags(ResourceArn=arn(name))
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == code
    assert str(uuid.UUID(error["ResponseMetadata"]["RequestId"])) == error["ResponseMetadata"]["RequestId"]


def test_modelled_errors_are_classes_of_the_client(client: Any) -> None:
    with pytest.raises(client.exceptions.ResourceInUse, match="it is in use: é"):
        client.list_tags(ResourceArn=arn("in-use"))


def test_an_unexpected_error_is_logged_and_tells_the_client_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"ResourceArn": arn("broken")}).encode()
    with caplog.at_level(logging.ERROR, "tunesmith"):
        status, headers, answer = post(url, body, X_Amz_Target="SageMaker.ListTags")
    assert status == 500
    assert "secret" not in json.dumps(answer) + str(headers)
    assert headers["x-amzn-requestid"] in caplog.text
    assert "RuntimeError: a secret" in caplog.text


def test_an_answer_against_the_model_is_an_internal_failure(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "tunesmith"):
        target = "SageMaker.DescribeTrainingJob"
        status, _, answer = post(url, b'{"TrainingJobName":"a"}', X_Amz_Target=target)
    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert "the answer's DescribeTrainingJob lacks TrainingJobArn" in caplog.text


def test_a_retry_has_the_same_invocation(url: str) -> None:
    calls.clear()
    with pytest.raises(ClientError, match="the database is locked"):
        sagemaker(url, attempts=2).list_tags(ResourceArn=arn("busy"))
    assert len(calls) == 2
    assert calls[0].invocation == calls[1].invocation
    assert calls[0].invocation is not None


def test_an_operation_that_the_model_does_not_know_cannot_be_offered() -> None:
    with pytest.raises(OperationNotFoundError):
        JsonService("sagemaker", "SageMaker", {"ListTagz": list_tags})


@pytest.mark.parametrize(
    "target", ["", "SageMaker", "SageMaker.", "SageMaker.Nothing", "Logs.ListTags", "SageMaker.CreateModel"]
)
def test_an_unknown_operation_is_named(url: str, target: str) -> None:
    status, _, answer = post(url, b"{}", X_Amz_Target=target)
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    assert target in answer["message"]


def test_a_request_without_a_target_is_refused(url: str) -> None:
    status, _, answer = post(url, b"{}")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    assert "X-Amz-Target" in answer["Message"]


def test_only_posts_are_operations(url: str) -> None:
    status, headers, answer = post(url, b"", "GET", X_Amz_Target="SageMaker.ListTags")
    assert (status, headers["allow"], answer["__type"]) == (405, "POST", "UnknownOperationException")


def test_malformed_json_is_a_serialization_error(url: str) -> None:
    status, _, answer = post(url, b"{", X_Amz_Target="SageMaker.ListTags")
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_what_the_client_does_not_check_the_server_does(client: Any) -> None:
    with pytest.raises(ClientError, match="at 'maxResults' failed to satisfy constraint") as caught:
        client.list_training_jobs(MaxResults=101)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
