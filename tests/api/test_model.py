from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import UnknownServiceError

from tunesmith.api.model import service_model


def test_a_model_knows_its_operations() -> None:
    operation = service_model("sagemaker").operation_model("CreateHyperParameterTuningJob")
    assert operation.input_shape is not None
    assert "HyperParameterTuningJobName" in operation.input_shape.required_members
    assert "GetLogEvents" in service_model("logs").operation_names


def test_threads_get_the_same_model() -> None:
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(service_model, ["logs"] * 8))
    assert all(model is models[0] for model in models)


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(UnknownServiceError, match="sagemaster"):
        service_model("sagemaster")
