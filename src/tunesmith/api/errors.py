"""What the AWS edge answers when it refuses a request."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal in AWS's words: a code that clients match on, and a message for people."""

    code = "InternalFailure"
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(ApiError):
    """The request breaks a rule."""

    code = "ValidationException"


class SerializationError(ApiError):
    """The body is not the JSON that the operation takes."""

    code = "SerializationException"


class ResourceInUse(ApiError):
    """The name is taken, or the resource is not in a state for this."""

    code = "ResourceInUse"


class ResourceNotFound(ApiError):
    """There is no such resource."""

    code = "ResourceNotFound"


class ResourceLimitExceeded(ApiError):
    """A quota is used up."""

    code = "ResourceLimitExceeded"


class UnknownOperation(ApiError):
    """There is no such operation, or it is not offered here."""

    code = "UnknownOperationException"


class ServiceUnavailable(ApiError):
    """It may work later."""

    code = "ServiceUnavailable"
    status = 503
