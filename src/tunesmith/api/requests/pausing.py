"""Pausing instead of stopping, for which SageMaker's requests have no member: a tag asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tunesmith.api.requests.refusal import refuse, shown
from tunesmith.core.tuning_job import ReportRange, TuningJob

TAG = "tunesmith:pause"
"""The key of the tag that says whether Hyperband pauses training jobs that fall behind: "true" or "false"."""

_MEANINGS = {"true": True, "false": False}


def with_pausing(job: TuningJob, tags: Mapping[str, str]) -> TuningJob:
    """The tuning job that pauses what falls behind, if its tag says so. Raises ValidationError."""
    pauses = _MEANINGS.get(tags.get(TAG, "false").lower())
    if pauses is None:
        refuse(f"Tags: {TAG}", f"{shown(tags[TAG])} is neither true nor false")
    if not pauses:
        return job
    definitions = tuple(replace(each, resource=_pausing(each.resource)) for each in job.definitions)
    return replace(job, resource=_pausing(job.resource), definitions=definitions)


def _pausing(resource: ReportRange | None) -> ReportRange:
    if resource is None:
        refuse(
            f"Tags: {TAG}", "it goes with strategy Hyperband only, which says after how many epochs to judge"
        )
    return replace(resource, pause=True)
