"""Conformance C50: the AWS CLI, unmodified, in the environment of the SDK."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

IN_ONE_PROCESS = Path(__file__).parent / "sdk_v2" / "cli.py"
Ended = tuple[int, str, str]  # exit code, output, errors
Words = list[str | Path]
Run = Callable[..., list[Ended]]
Outputs = Callable[..., list[str]]
Build = Callable[..., dict[str, Any]]
NewName = Callable[[str], str]


@pytest.fixture(scope="module")
def run(run_client: Callable[..., str]) -> Run:
    """Run several commands in one process, as the CLI takes a second to import; each is a list of words."""

    def run(*commands: Words) -> list[Ended]:
        words = json.dumps([[str(word) for word in command] for command in commands])
        told = run_client("sagemaker-v2", "python", IN_ONE_PROCESS, words)
        return [(code, output, errors) for code, output, errors in json.loads(told)]

    return run


@pytest.fixture(scope="module")
def outputs(run: Run) -> Outputs:
    """Run several commands that are to succeed; give what they printed."""

    def outputs(*commands: Words) -> list[str]:
        ended = run(*commands)
        assert [errors for code, _, errors in ended if code] == []
        return [output for _, output, _ in ended]

    return outputs


def test_tells_of_a_tuning_job_and_its_log(
    outputs: Outputs, server: Any, tuning: Build, new_name: NewName, wait: Build
) -> None:
    name, other = new_name("cli"), new_name("cli")
    create: Words = ["sagemaker", "create-hyper-parameter-tuning-job", "--cli-input-json"]
    arns = outputs([*create, json.dumps(tuning(name))], [*create, json.dumps(tuning(other))])
    assert json.loads(arns[0])["HyperParameterTuningJobArn"].endswith(f":hyper-parameter-tuning-job/{name}")
    wait(other)
    group = "/aws/sagemaker/TrainingJobs"
    prefix = f"{wait(name)['BestTrainingJob']['TrainingJobName']}/"
    found = server.client("logs").describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)
    stream: Words = ["--log-group-name", group, "--log-stream-name", found["logStreams"][0]["logStreamName"]]
    named: Words = ["--hyper-parameter-tuning-job-name", name]
    listing: Words = ["sagemaker", "list-hyper-parameter-tuning-jobs", "--name-contains", "cli-"]
    described, children, jobs, one_page, streams, log, identity = map(
        json.loads,
        outputs(
            ["sagemaker", "describe-hyper-parameter-tuning-job", *named],
            ["sagemaker", "list-training-jobs-for-hyper-parameter-tuning-job", *named, "--page-size", "1"],
            [*listing, "--page-size", "1"],
            [*listing, "--max-items", "1"],
            ["logs", "describe-log-streams", "--log-group-name", group, "--log-stream-name-prefix", prefix],
            ["logs", "get-log-events", *stream],
            ["sts", "get-caller-identity"],
        ),
    )
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert len(children["TrainingJobSummaries"]) == 2
    names = [job["HyperParameterTuningJobName"] for job in jobs["HyperParameterTuningJobSummaries"]]
    assert {name, other} <= set(names)
    assert len(one_page["HyperParameterTuningJobSummaries"]) == 1
    assert one_page["NextToken"]
    assert len(streams["logStreams"]) == 1
    assert any("obj=" in event["message"] for event in log["events"])
    assert identity["Account"] == "000000000000"


def test_an_error_ends_it_with_255(client_environment: Callable[[str], Path], server: Any) -> None:
    words = ["stop-hyper-parameter-tuning-job", "--hyper-parameter-tuning-job-name", "no-such-job"]
    program = client_environment("sagemaker-v2") / "aws"
    ended = subprocess.run(
        [program, "sagemaker", *words],
        env=server.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == 255
    assert "(ResourceNotFound)" in ended.stderr


def test_stops_a_tuning_job_once(run: Run, sagemaker: Any, tuning: Build, new_name: NewName) -> None:
    name = new_name("cli")
    script = "import time\nprint('obj=1;', flush=True)\ntime.sleep(600)"
    sagemaker.create_hyper_parameter_tuning_job(**tuning(name, script))
    named: Words = ["--hyper-parameter-tuning-job-name", name]
    stop: Words = ["sagemaker", "stop-hyper-parameter-tuning-job", *named]
    described: Words = ["sagemaker", "describe-hyper-parameter-tuning-job", *named]
    (stopped, _, _), (_, status, _), (again, _, why) = run(
        stop, [*described, "--query", "HyperParameterTuningJobStatus"], stop
    )
    assert stopped == 0
    assert json.loads(status) in {"Stopping", "Stopped"}
    if again:  # it had stopped by then
        assert "(ValidationException)" in why


def test_copies_files(outputs: Outputs, tmp_path: Path, new_name: NewName) -> None:
    bucket = f"s3://{new_name('bucket')}"
    folder, back = tmp_path / "some folder", tmp_path / "back"
    content: Mapping[str, bytes] = {"a b.txt": b"one", "deep/ü.txt": b"two", "large.bin": bytes(9 * 2**20)}
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    made, _, _, listed, _, again, _, left, _ = outputs(
        ["s3", "mb", bucket],
        ["s3", "sync", folder, f"{bucket}/in/"],  # the large one in parts
        ["s3", "cp", folder / "a b.txt", f"{bucket}/in/c.txt"],
        ["s3", "ls", f"{bucket}/in/"],
        ["s3", "sync", f"{bucket}/in/", back],
        ["s3", "sync", folder, f"{bucket}/in/", "--dryrun"],
        ["s3", "rm", f"{bucket}/in/", "--recursive"],
        ["s3", "ls", bucket, "--recursive"],
        ["s3", "rb", bucket],
    )
    assert made.strip() == f"make_bucket: {bucket.removeprefix('s3://')}"
    assert "PRE deep/" in listed
    assert "c.txt" in listed
    assert again == ""  # nothing has changed
    assert left == ""
    copied = {str(file.relative_to(back)): file.read_bytes() for file in back.rglob("*") if file.is_file()}
    assert copied == {**content, "c.txt": b"one"}
