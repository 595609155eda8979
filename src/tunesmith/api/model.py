"""The service models: what SageMaker and CloudWatch Logs take and give, as botocore ships them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ServiceModel

_loaded: dict[str, ServiceModel] = {}
_loading = threading.Lock()


def service_model(name: str) -> ServiceModel:
    """The model of a service by botocore's name of it, such as sagemaker or logs; it is loaded once.

    Raises botocore's UnknownServiceError.
    """
    if name not in _loaded:
        with _loading:
            if name not in _loaded:
                _loaded[name] = _load(name)
    return _loaded[name]


def _load(name: str) -> ServiceModel:
    from botocore.loaders import Loader  # noqa: PLC0415 - heavy, and an extra
    from botocore.model import ServiceModel  # noqa: PLC0415 - as above

    # Only what comes with botocore: a user's own models in ~/.aws are for the user's own clients.
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(name, "service-2"), name)
