"""A server to be fuzzed, and a client that sends whatever it is told to, signed as it should be."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECONDS = 20  # after which a server is taken to hang; machines may be busy
IDLE = 2  # seconds after which another connection is made: servers hang up on idle ones
SETTINGS = "images: [{pattern: instant, mode: command, command: [/bin/true]}]\n"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of a refusal, empty if there is none."""
        return self.headers.get("x-amzn-errortype", "")


@dataclass
class Fuzzer:
    """Sends requests to a server; each must be answered soon, in the right format, and by no failure of it."""

    server: Any
    requests: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _used_at: float = 0.0

    def json(self, service: str, target: str, body: bytes, **headers: str) -> Answer:
        """Send a request in JSON; the answer must be JSON."""
        sent = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
        answer = self.send(service, "POST", "/", sent, body)
        if answer.body:
            json.loads(answer.body)
        return answer

    def send(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Send a request that is signed for a service; `path` is as it goes over the wire."""
        request = AWSRequest(method=method, url=self.server.url + path, headers=dict(headers), data=body)
        variables = self.server.variables
        credentials = Credentials(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, "us-east-1").add_auth(request)
        answer = self.exchange(method, path, dict(request.headers.items()), body)
        if service in {"s3", "iam", "sts"} and answer.status >= 400 and answer.body:
            ET.fromstring(_without_references(answer.body))  # noqa: S314 - ours
        return answer

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request as it is."""
        self.requests += 1
        if time.monotonic() - self._used_at > IDLE:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)
        try:
            self._connection.request(method, path, body, dict(headers))
            response = self._connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, found, response.read())
        except (http.client.HTTPException, ConnectionError):
            self.close()
            raise
        self._used_at = time.monotonic()
        if response.will_close:
            self._connection.close()
        assert answer.status < 500, (method, path, headers, body[:2000], answer)
        return answer

    def close(self) -> None:
        """Close what is open."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _without_references(document: bytes) -> bytes:
    """S3 writes characters that XML cannot have as references, which its clients bear and our parser does not."""
    return document.replace(b"&#", b"#")


@pytest.fixture(scope="session")
def target(serving: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server of its own, on which the image `instant` does nothing, at once."""
    data = tmp_path_factory.mktemp("fuzzed")
    (data / "settings.yaml").write_text(SETTINGS)
    with serving(data) as (server, process):
        yield server
        assert process.poll() is None
        log = (data / "server.log").read_text()
    assert "Traceback" not in log, log[-20_000:]


@pytest.fixture(scope="session")
def fuzzer(target: Any) -> Iterator[Fuzzer]:
    """Send anything to the server that is fuzzed."""
    client = Fuzzer(target)
    yield client
    client.close()


@pytest.fixture(scope="session")
def bases() -> dict[str, dict[str, Any]]:
    """A request for each operation of SageMaker and of the logs that is answered, or would be if its job were there."""
    algorithm = {
        "TrainingImage": "instant",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "m", "Regex": "m=([0-9.]+)"}],
    }
    training = {
        "AlgorithmSpecification": algorithm,
        "RoleArn": "arn:aws:iam::000000000000:role/role",
        "OutputDataConfig": {"S3OutputPath": "s3://tunesmith-default/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://absent/x"}},
            }
        ],
    }
    ranges = {
        "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1", "ScalingType": "Auto"}],
        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "9"}],
        "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
    }
    arn = "arn:aws:sagemaker:us-east-1:000000000000:training-job/absent"
    tuning, job = {"HyperParameterTuningJobName": "absent"}, {"TrainingJobName": "absent"}
    lists = {"MaxResults": 5, "NameContains": "a", "SortOrder": "Ascending", "CreationTimeAfter": 1.5e9}
    group = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
    filters = [{"Name": "TrainingJobName", "Operator": "Contains", "Value": "a"}]
    return {
        "CreateHyperParameterTuningJob": {
            "HyperParameterTuningJobName": "fuzzed",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "m"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": ranges,
                "TrainingJobEarlyStoppingType": "Off",
                "RandomSeed": 1,
            },
            "TrainingJobDefinition": {"StaticHyperParameters": {"a": "1"}, **training},
            "Tags": [{"Key": "k", "Value": "v"}],
        },
        "DescribeHyperParameterTuningJob": tuning,
        "ListHyperParameterTuningJobs": {**lists, "SortBy": "Name", "StatusEquals": "Completed"},
        "StopHyperParameterTuningJob": tuning,
        "DeleteHyperParameterTuningJob": tuning,
        "ListTrainingJobsForHyperParameterTuningJob": {**tuning, "MaxResults": 3, "SortBy": "Name"},
        "CreateTrainingJob": {
            "TrainingJobName": "fuzzed",
            "HyperParameters": {"a": "1"},
            "Environment": {"A": "b"},
            **training,
        },
        "DescribeTrainingJob": job,
        "ListTrainingJobs": {**lists, "SortBy": "CreationTime", "LastModifiedTimeBefore": 2e9},
        "StopTrainingJob": job,
        "DeleteTrainingJob": job,
        "UpdateTrainingJob": {**job, "ResourceConfig": {"KeepAlivePeriodInSeconds": 5}},
        "AddTags": {"ResourceArn": arn, "Tags": [{"Key": "k", "Value": "v"}]},
        "ListTags": {"ResourceArn": arn, "MaxResults": 50},
        "DeleteTags": {"ResourceArn": arn, "TagKeys": ["k"]},
        "Search": {
            "Resource": "TrainingJob",
            "SearchExpression": {"Filters": filters, "SubExpressions": [{"Filters": filters}]},
            "SortBy": "CreationTime",
            "MaxResults": 5,
        },
        "GetSearchSuggestions": {
            "Resource": "TrainingJob",
            "SuggestionQuery": {"PropertyNameQuery": {"PropertyNameHint": "T"}},
        },
        "DescribeLogGroups": {"logGroupNamePrefix": "/aws", "limit": 5},
        "DescribeLogStreams": {**group, "logStreamNamePrefix": "absent/", "limit": 5},
        "GetLogEvents": {**group, "logStreamName": "absent/algo-1-1", "limit": 5, "startFromHead": True},
    }
