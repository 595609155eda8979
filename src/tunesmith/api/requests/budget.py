"""A budget in money, for which SageMaker's requests have no member: a tag asks for it, the server knows the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tunesmith.api.requests.refusal import refuse, shown
from tunesmith.core.price import Price
from tunesmith.core.tuning_job import TuningJob

TAG = "tunesmith:budget"
"""The key of the tag whose value is the most that a tuning job may spend."""


def with_money(job: TuningJob, tags: Mapping[str, str], price: Price | None) -> TuningJob:
    """The tuning job with the server's price and the budget of its tag, if it has one. Raises ValidationError."""
    priced = replace(job, price=price)
    if TAG not in tags:
        return priced
    if price is None:
        refuse(
            f"Tags: {TAG}", "there is no price in the settings of this server, so that no budget can be kept"
        )
    try:
        return replace(priced, limits=replace(job.limits, budget=float(tags[TAG])))
    except ValueError:
        refuse(f"Tags: {TAG}", f"{shown(tags[TAG])} is no number above 0")
