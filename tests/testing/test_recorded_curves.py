import pytest

from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.testing.recorded_curves import RecordedCurves
from tunesmith.testing.simulated import Epoch

SPACE = Space([Continuous("lr", 1e-4, 1.0, "Logarithmic"), Categorical("kind", ("a", "b", "c"))])


def curve(loss: float) -> list[Epoch]:
    return [Epoch(1.0, {"loss": loss})]


CURVES = RecordedCurves(
    SPACE,
    [
        ({"lr": 0.01, "kind": "a"}, curve(1)),
        ({"lr": 0.5, "kind": "a"}, curve(2)),
        ({"lr": 0.5, "kind": "c"}, curve(3)),
    ],
)


def test_a_recorded_configuration_has_its_own_curve() -> None:
    assert CURVES({"lr": 0.5, "kind": "c", "fixed": 7}) == curve(3)


def test_the_nearest_on_the_scale_of_the_parameter_is_taken() -> None:
    assert CURVES.nearest({"lr": 0.06, "kind": "a"}) == 0
    assert CURVES.nearest({"lr": 0.09, "kind": "a"}) == 1


def test_no_choice_is_nearer_than_another() -> None:
    assert CURVES.nearest({"lr": 0.5, "kind": "b"}) == 1


def test_useless_recordings_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RecordedCurves(SPACE, [])
    with pytest.raises(ValueError, match="lr"):
        RecordedCurves(SPACE, [({"lr": 2.0, "kind": "a"}, curve(1))])
