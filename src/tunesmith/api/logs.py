"""CloudWatch Logs, as far as SageMaker's clients read the output of training jobs there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tunesmith.api.call import Call, Json, Operation
from tunesmith.api.errors import ApiError
from tunesmith.api.log_events import LogFile
from tunesmith.api.wire import JsonService

GROUP = "/aws/sagemaker/TrainingJobs"
"""The one log group. Each training job that has begun has a stream in it, `<job>/algo-1-<second of its start>`."""

_MOST_EVENTS = 10_000
_TOKEN = re.compile(r"([fb])/([0-9]{1,18})")


class StreamNotFound(ApiError):
    """There is no such log group or stream, perhaps not yet."""

    code = "ResourceNotFoundException"


class InvalidParameter(ApiError):
    """A parameter of a request on logs breaks a rule."""

    code = "InvalidParameterException"


class JobLogs(Protocol):
    """Where the output of training jobs is found."""

    def find(self, job: str) -> LogFile | None:
        """The output of a training job; None if there is no such job, or if it has not begun to run."""
        ...


def logs_service(logs: JobLogs) -> JsonService:
    """Offer what there is of CloudWatch Logs."""
    return JsonService("logs", "Logs_20140328", operations(logs))


def operations(logs: JobLogs) -> Mapping[str, Operation]:
    """The operations by their names."""
    return {
        "DescribeLogGroups": describe_log_groups,
        "DescribeLogStreams": lambda call: describe_log_streams(logs, call),
        "GetLogEvents": lambda call: get_log_events(logs, call),
    }


def stream_name(log: LogFile) -> str:
    """The name of a job's stream."""
    return f"{log.job}/algo-1-{log.start // 1000}"


def describe_log_groups(call: Call) -> Json:
    """The one group, if it is asked for."""
    prefix = call.request.get("logGroupNamePrefix", "")
    pattern = call.request.get("logGroupNamePattern", "").lower()
    if not GROUP.startswith(prefix) or pattern not in GROUP.lower():
        return {"logGroups": []}
    arn = _arn(call)
    return {"logGroups": [{"logGroupName": GROUP, "arn": f"{arn}:*", "logGroupArn": arn, "storedBytes": 0}]}


def describe_log_streams(logs: JobLogs, call: Call) -> Json:
    """The stream of a job; none if the job has not begun, for the group is there before."""
    _check_group(call)
    prefix = call.request.get("logStreamNamePrefix", "")
    if "/" not in prefix:
        msg = f"The logStreamNamePrefix {prefix!r} must be the name of a training job and a slash, here."
        raise InvalidParameter(msg)
    if "nextToken" in call.request:  # there is no second page
        raise _no_token(call.request["nextToken"])
    log = logs.find(prefix.partition("/")[0])
    is_meant = log is not None and stream_name(log).startswith(prefix)
    return {"logStreams": [_describe(log, call)] if log and is_meant else []}


def _describe(log: LogFile, call: Call) -> Json:
    last = [log.time(event.offset) for event in log.backward(log.end(), 1)]
    name = stream_name(log)
    return {
        "logStreamName": name,
        "creationTime": log.start,
        "firstEventTimestamp": log.start if last else None,
        "lastEventTimestamp": last[0] if last else None,
        "lastIngestionTime": last[0] if last else None,
        "arn": f"{_arn(call)}:log-stream:{name}",
        "storedBytes": 0,
    }


def get_log_events(logs: JobLogs, call: Call) -> Json:
    """A page of a stream's events, and the tokens of the pages on both sides.

    The end is reached when a page is empty; its token is the one it was asked with, and good for what comes later.
    """
    _check_group(call)
    name = call.request["logStreamName"]
    log = logs.find(name.partition("/")[0])
    if log is None or stream_name(log) != name:
        msg = f"The specified log stream {name} does not exist."
        raise StreamNotFound(msg)
    window = _Window.of(log, call.request)
    limit = call.request.get("limit", _MOST_EVENTS)
    if window.is_forward:
        events = [event for event in log.forward(window.start, limit) if event.offset < window.end]
        at = window.start
    else:
        events = [event for event in log.backward(window.end, limit) if event.offset >= window.start]
        at = window.end
    return {
        "events": [event.as_json(log) for event in events],
        "nextForwardToken": f"f/{events[-1].end if events else at}",
        "nextBackwardToken": f"b/{events[0].offset if events else at}",
    }


@dataclass(frozen=True)
class _Window:
    """Which part of a log is asked for, in bytes, and from which end."""

    start: int
    end: int
    is_forward: bool

    @classmethod
    def of(cls, log: LogFile, request: Json) -> _Window:
        start = log.after(request["startTime"]) if "startTime" in request else 0
        end = log.after(request["endTime"]) if "endTime" in request else log.end()
        if "nextToken" not in request:
            return cls(start, end, is_forward=request.get("startFromHead", False))
        way, offset = _read_token(request["nextToken"], log)
        if way == "f":
            return cls(max(start, offset), end, is_forward=True)
        return cls(start, min(end, offset), is_forward=False)


def _read_token(token: str, log: LogFile) -> tuple[str, int]:
    """Which way a token goes, and from where, in bytes."""
    found = _TOKEN.fullmatch(token)
    if found is None or int(found[2]) > log.size():
        raise _no_token(token)
    return found[1], int(found[2])


def _no_token(token: str) -> InvalidParameter:
    return InvalidParameter(f"The specified nextToken {token[:128]!r} is invalid: no answer has given it.")


def _check_group(call: Call) -> None:
    names = [call.request[key] for key in ("logGroupName", "logGroupIdentifier") if key in call.request]
    if len(names) != 1:
        msg = "Exactly one of logGroupName and logGroupIdentifier must be given."
        raise InvalidParameter(msg)
    if names[0] not in {GROUP, _arn(call)}:
        msg = f"The specified log group {names[0]} does not exist; there is only {GROUP}."
        raise StreamNotFound(msg)


def _arn(call: Call) -> str:
    return f"arn:aws:logs:{call.region}:{call.account}:log-group:{GROUP}"
