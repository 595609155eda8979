"""Tuning jobs as texts that create them, in every language in which Tunesmith takes them."""

from __future__ import annotations

from collections.abc import Mapping

from tunesmith.api.call import Json
from tunesmith.api.snippets import aws_cli, boto3_code, sdk_v2
from tunesmith.api.snippets.creation import creation_of
from tunesmith.core.tuning_job import TuningJob
from tunesmith.jobfile.write import text_of

LANGUAGES: Mapping[str, str] = {
    "yaml": "a job file for `tunesmith tune`",
    "boto3": "Python with boto3",
    "aws": "a command of the AWS CLI",
    "sdk": "Python with SageMaker's SDK, version 2",
}
"""The languages, and what they are in words."""

_SERVER = '# For Tunesmith\'s server, first: eval "$(tunesmith env)"\n'
_REQUESTS = {"boto3": boto3_code.text_of, "aws": aws_cli.text_of, "sdk": sdk_v2.text_of}


def copy_as(job: TuningJob, language: str, request: Json | None = None) -> str:
    """Write what creates a tuning job; what the language has no words for is in comments.

    Args:
        job: The tuning job.
        language: One of `LANGUAGES`.
        request: With which it was created, if it came through the SageMaker API.

    Raises:
        ValueError: The language has no words for the most of it, such as what it runs.
    """
    if language == "yaml":
        return f"# Run it with: tunesmith tune FILE.yaml\n{text_of(job)}"
    return _SERVER + _REQUESTS[language](creation_of(job, request))
