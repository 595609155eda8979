import pytest

from tunesmith.core.trial import Trial, TrialState


@pytest.mark.parametrize(
    ("state", "reports", "loss"),
    [
        (TrialState.COMPLETED, (0.9, 0.5, 0.7), 0.7),
        (TrialState.STOPPED, (0.9, 0.5), 0.5),
        (TrialState.FAILED, (0.9,), None),
        (TrialState.RUNNING, (0.9,), None),
        (TrialState.STOPPING, (0.9,), None),
        (TrialState.COMPLETED, (), None),
        (TrialState.COMPLETED, (0.0,), 0.0),
    ],
)
def test_the_loss_is_the_latest_report_of_a_trial_that_ended_usably(
    state: TrialState, reports: tuple[float, ...], loss: float | None
) -> None:
    assert Trial(1, {}, state, reports).loss == loss


def test_three_states_are_final() -> None:
    final = {state for state in TrialState if state.is_final}
    assert final == {TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED}


def test_a_trial_begins_pending() -> None:
    assert Trial(1, {}).state is TrialState.PENDING
