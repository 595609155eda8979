from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tunesmith.api.log_events import LogFile
from tunesmith.api.logs import GROUP, logs_service

STARTED = datetime(2024, 1, 1, tzinfo=UTC)
STREAM = "job-1/algo-1-1704067200"


@dataclass
class Folder:
    """Logs of jobs in a folder, by name."""

    path: Path
    complete: set[str] = field(default_factory=set)

    def find(self, job: str) -> LogFile | None:
        file = self.path / job
        return LogFile(job, file, STARTED, job in self.complete) if file.is_file() else None


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="session")
def client(serve: Callable[[ASGIApp], str], folder: Folder) -> Any:
    service = logs_service(folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await service.respond(
            request, await request.body(), region="us-east-1", account="000000000000"
        )
        await answer(scope, receive, send)

    return boto3.client(
        "logs",
        endpoint_url=serve(app),
        region_name="us-east-1",
        aws_access_key_id="AK",
        aws_secret_access_key="SK",  # noqa: S106 - nobody checks it here
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def log(folder: Folder) -> Path:
    path = folder.path / "job-1"
    path.write_bytes(b"one\ntwo\nthree\n")
    return path


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def get(client: Any, **more: Any) -> Any:
    return client.get_log_events(logGroupName=GROUP, logStreamName=STREAM, **more)


def test_a_client_follows_a_log_as_the_sdk_does(client: Any, log: Path) -> None:
    streams = client.describe_log_streams(
        logGroupName=GROUP, logStreamNamePrefix="job-1/", orderBy="LogStreamName", limit=1
    )["logStreams"]
    (stream,) = [stream["logStreamName"] for stream in streams]
    first = client.get_log_events(logGroupName=GROUP, logStreamName=stream, startTime=0, startFromHead=True)
    assert messages(first) == ["one", "two", "three"]
    token = first["nextForwardToken"]
    end = get(client, nextToken=token, startFromHead=True, startTime=0)
    assert (end["events"], end["nextForwardToken"]) == ([], token)
    with log.open("ab") as file:
        file.write(b"four\nfi")
    assert messages(get(client, nextToken=token, startFromHead=True)) == ["four"]
    # Later, the SDK comes back with the time of the last event, and skips what it has seen of that time.
    again = get(client, startTime=first["events"][-1]["timestamp"], startFromHead=True)
    assert messages(again) == ["one", "two", "three", "four"]


def test_a_long_log_is_read_once(client: Any, log: Path) -> None:
    lines = [f"line {number} {'.' * 400}" for number in range(8000)]
    log.write_text("\n".join([*lines, ""]))
    found: list[dict[str, Any]] = []
    answer = get(client, startFromHead=True)
    while answer["events"]:
        found += answer["events"]
        answer = get(client, startFromHead=True, nextToken=answer["nextForwardToken"])
    assert [event["message"] for event in found] == lines
    time = found[-1]["timestamp"]
    rest = get(client, startFromHead=True, startTime=time)
    assert rest["events"] == [event for event in found if event["timestamp"] == time]


def test_a_log_is_read_from_its_end_unless_told_otherwise(client: Any, log: Path) -> None:
    assert log.exists()
    last = get(client, limit=2)
    assert messages(last) == ["two", "three"]
    before = get(client, limit=2, nextToken=last["nextBackwardToken"])
    assert messages(before) == ["one"]
    start = get(client, nextToken=before["nextBackwardToken"])
    assert (start["events"], start["nextBackwardToken"]) == ([], before["nextBackwardToken"])
    assert messages(get(client, nextToken=start["nextForwardToken"])) == ["one", "two", "three"]


def test_times_bound_what_is_given(client: Any, log: Path) -> None:
    assert log.exists()
    start = int(STARTED.timestamp() * 1000)
    assert get(client, endTime=start)["events"] == []
    assert get(client, startTime=start + 1)["events"] == []
    assert get(client, startTime=start + 1, startFromHead=True)["events"] == []
    assert messages(get(client, startTime=start, endTime=start + 1)) == ["one", "two", "three"]


def test_the_last_line_of_an_ended_job_needs_no_end(client: Any, folder: Folder) -> None:
    (folder.path / "ended").write_bytes(b"one\ntwo")
    name = {"logGroupName": GROUP, "logStreamName": "ended/algo-1-1704067200"}
    assert messages(client.get_log_events(**name)) == ["one"]
    folder.complete.add("ended")
    assert messages(client.get_log_events(**name)) == ["one", "two"]


def test_a_job_that_has_not_begun_has_no_stream(client: Any) -> None:
    assert client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="later/")["logStreams"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="later"):
        client.get_log_events(logGroupName=GROUP, logStreamName="later/algo-1-1704067200")


def test_other_groups_and_streams_are_not_there(client: Any, log: Path) -> None:
    assert log.exists()
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="/aws/lambda/f"):
        client.describe_log_streams(logGroupName="/aws/lambda/f", logStreamNamePrefix="job-1/")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="algo-2"):
        client.get_log_events(logGroupName=GROUP, logStreamName="job-1/algo-2-1704067200")
    prefix = "job-1/algo-2"
    assert client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=prefix)["logStreams"] == []


@pytest.mark.parametrize("token", ["x", "f/", "f/-1", "f/1000000", "f/" + "9" * 30, "g/0", "f/0 "])
def test_tokens_that_were_not_given_are_refused(client: Any, log: Path, token: str) -> None:
    assert log.exists()
    with pytest.raises(client.exceptions.InvalidParameterException, match="nextToken"):
        get(client, nextToken=token)


def test_a_stream_is_described(client: Any, log: Path) -> None:
    (stream,) = client.describe_log_streams(logGroupIdentifier=GROUP, logStreamNamePrefix="job-1/")[
        "logStreams"
    ]
    start = int(STARTED.timestamp() * 1000)
    assert stream["creationTime"] == stream["firstEventTimestamp"] == stream["lastEventTimestamp"] == start
    assert stream["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}:log-stream:{STREAM}"
    log.write_bytes(b"")
    (stream,) = client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job-1/")["logStreams"]
    assert "lastEventTimestamp" not in stream


def test_requests_that_cannot_be_answered_are_refused(client: Any) -> None:
    refused = client.exceptions.InvalidParameterException
    with pytest.raises(refused, match="logStreamNamePrefix"):
        client.describe_log_streams(logGroupName=GROUP)
    with pytest.raises(refused, match="Exactly one"):
        client.describe_log_streams(logStreamNamePrefix="job-1/")
    with pytest.raises(refused, match="nextToken"):
        client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="job-1/", nextToken="f/0")
    with pytest.raises(ClientError, match="UnknownOperationException"):
        client.filter_log_events(logGroupName=GROUP)


def test_there_is_one_group(client: Any) -> None:
    (group,) = client.describe_log_groups(logGroupNamePrefix="/aws/sagemaker/")["logGroups"]
    assert group["logGroupName"] == GROUP
    assert client.describe_log_groups(logGroupNamePattern="trainingjobs")["logGroups"] == [group]
    assert client.describe_log_groups(logGroupNamePrefix="/aws/lambda")["logGroups"] == []
