"""A tuning job as a program that creates it with boto3."""

from __future__ import annotations

from tunesmith.api.snippets.creation import Creation
from tunesmith.api.snippets.python_text import call, comments


def text_of(creation: Creation) -> str:
    """Write a Python program."""
    create = call("sagemaker.create_hyper_parameter_tuning_job", **creation.request)
    client = call("boto3.client", "sagemaker")
    return f"{comments(creation.remarks)}import boto3\n\nsagemaker = {client}\n{create}\n"
