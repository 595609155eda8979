from __future__ import annotations

from tunesmith.api.responses.place import Place


def test_names_in_arns_are_in_lower_case(place: Place) -> None:
    assert place.tuning_job("My-Job") == (
        "arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter-tuning-job/my-job"
    )
    assert place.training_job("My-Job") == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/my-job"
