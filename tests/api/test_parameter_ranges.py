from tunesmith.api.parameter_ranges import ranges_of
from tunesmith.api.requests.ranges import parameters_of
from tunesmith.core.space import Categorical, Continuous, Integer


def test_parameters_can_be_read_again() -> None:
    parameters = (
        Integer("depth", 1, 8),
        Continuous("lr", 1e-5, 0.1, "Logarithmic"),
        Categorical("kind", ("a", "b")),
    )
    ranges = ranges_of(parameters)
    assert ranges["ContinuousParameterRanges"] == [
        {"Name": "lr", "MinValue": "1e-05", "MaxValue": "0.1", "ScalingType": "Logarithmic"}
    ]
    assert parameters_of(ranges, "ParameterRanges") == parameters
