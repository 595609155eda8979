"""Where a client believes its resources to be."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.api.names import Arn, Kind


@dataclass(frozen=True)
class Place:
    """The region and account that go into ARNs."""

    region: str
    account: str

    def tuning_job(self, name: str) -> str:
        """The ARN of a tuning job."""
        return str(Arn(Kind.TUNING_JOB, name, self.region, self.account))

    def training_job(self, name: str) -> str:
        """The ARN of a training job."""
        return str(Arn(Kind.TRAINING_JOB, name, self.region, self.account))
