from __future__ import annotations

from collections.abc import Callable

import pytest

from tunesmith.api.responses.failure import failure_reason
from tunesmith.core.training_job import Ending
from tunesmith.core.trial import TrialState
from tunesmith.store.records import TrialRecord

MakeTrial = Callable[..., TrialRecord]


@pytest.mark.parametrize(
    ("ending", "whose"),
    [
        (Ending.EXITED, "AlgorithmError"),
        (Ending.LOST, "InternalServerError"),
        (Ending.REFUSED, "ClientError"),
        (None, "AlgorithmError"),
    ],
)
def test_a_reason_begins_with_whose_fault_it_was(
    ending: Ending | None, whose: str, make_trial: MakeTrial
) -> None:
    failed = make_trial(state=TrialState.FAILED, ending=ending, reason="boom")
    assert failure_reason(failed) == f"{whose}: boom"


def test_a_long_reason_is_cut(make_trial: MakeTrial) -> None:
    reason = failure_reason(make_trial(state=TrialState.FAILED, reason="x" * 2000))
    assert reason is not None
    assert len(reason) == 1024


def test_only_a_failure_has_a_reason(make_trial: MakeTrial) -> None:
    assert failure_reason(make_trial(state=TrialState.STOPPED, reason="stopped by the user")) is None
    assert failure_reason(make_trial(state=TrialState.COMPLETED)) is None
