"""A tuning job as a command of the AWS CLI that creates it."""

from __future__ import annotations

import json

from tunesmith.api.snippets.creation import Creation
from tunesmith.api.snippets.python_text import comments


def text_of(creation: Creation) -> str:
    """Write a command for a shell."""
    request = json.dumps(creation.request, indent=2).replace("'", r"\u0027")  # nothing ends the quotes
    command = "aws sagemaker create-hyper-parameter-tuning-job --cli-input-json"
    return f"{comments(creation.remarks)}{command} '{request}'\n"
