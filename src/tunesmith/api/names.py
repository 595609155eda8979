"""Amazon resource names (ARNs) of what this server holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from tunesmith.api.errors import ValidationError

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]*):([0-9]{12}):([a-z-]+)/(.+)", re.IGNORECASE)


class Kind(StrEnum):
    """The kinds of resources, as ARNs spell them."""

    TUNING_JOB = "hyper-parameter-tuning-job"
    TRAINING_JOB = "training-job"


@dataclass(frozen=True)
class Arn:
    """The name of a resource for all of AWS. Its last part is in lower case, as AWS has it."""

    kind: Kind
    name: str
    region: str
    account: str

    def __str__(self) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{self.kind}/{self.name.lower()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ARN; raises ValidationError for one of another kind of resource."""
        found = _ARN.fullmatch(text)
        kinds = {kind.value for kind in Kind}
        if found is None or found[3] not in kinds:
            msg = f"The resource ARN {text} is none of a {' or a '.join(sorted(kinds))}."
            raise ValidationError(msg)
        return cls(Kind(found[3]), found[4], found[1], found[2])
