"""Why a signature is refused, in the words of each service's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

SERVICES_OF_TARGETS = {"SageMaker": "sagemaker", "Logs_20140328": "logs"}
"""Services by what comes before the dot in X-Amz-Target."""


class SignatureError(Exception):
    """A request was not signed, or not by somebody who may use this server."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code  # what clients match on
        self.message = message
        self.status = status  # of HTTP


class Fault(Enum):
    """What can be wrong with the signature of a request."""

    MISSING = auto()
    UNSUPPORTED = auto()  # another way to authenticate
    MALFORMED_HEADER = auto()
    MALFORMED_QUERY = auto()
    WRONG_SCOPE = auto()
    UNKNOWN_KEY = auto()
    SKEWED = auto()  # signed too long ago, or in the future
    EXPIRED = auto()  # a presigned URL outside of its time
    UNSIGNED_HEADER = auto()
    BAD_PAYLOAD = auto()
    MISMATCH = auto()


_Answers = Mapping[Fault, tuple[str, int]]

_S3: _Answers = {
    Fault.MISSING: ("AccessDenied", 403),
    Fault.UNSUPPORTED: ("InvalidRequest", 400),
    Fault.MALFORMED_HEADER: ("AuthorizationHeaderMalformed", 400),
    Fault.MALFORMED_QUERY: ("AuthorizationQueryParametersError", 400),
    Fault.WRONG_SCOPE: ("AuthorizationHeaderMalformed", 400),
    Fault.UNKNOWN_KEY: ("InvalidAccessKeyId", 403),
    Fault.SKEWED: ("RequestTimeTooSkewed", 403),
    Fault.EXPIRED: ("AccessDenied", 403),
    Fault.UNSIGNED_HEADER: ("AccessDenied", 403),
    Fault.BAD_PAYLOAD: ("InvalidArgument", 400),
    Fault.MISMATCH: ("SignatureDoesNotMatch", 403),
}

_JSON: _Answers = {
    **dict.fromkeys(Fault, ("InvalidSignatureException", 400)),
    Fault.MISSING: ("MissingAuthenticationTokenException", 400),
    Fault.UNSUPPORTED: ("IncompleteSignatureException", 400),
    Fault.MALFORMED_HEADER: ("IncompleteSignatureException", 400),
    Fault.MALFORMED_QUERY: ("IncompleteSignatureException", 400),
    Fault.UNKNOWN_KEY: ("UnrecognizedClientException", 400),
}

_QUERY: _Answers = {
    **dict.fromkeys(Fault, ("SignatureDoesNotMatch", 403)),
    Fault.MISSING: ("MissingAuthenticationToken", 403),
    Fault.UNSUPPORTED: ("IncompleteSignature", 400),
    Fault.MALFORMED_HEADER: ("IncompleteSignature", 400),
    Fault.MALFORMED_QUERY: ("IncompleteSignature", 400),
    Fault.UNKNOWN_KEY: ("InvalidClientTokenId", 403),
}

_ANSWERS = {None: _S3, "s3": _S3, "iam": _QUERY, "sts": _QUERY}


def refusal(fault: Fault, service: str | None, message: str) -> SignatureError:
    """The error of a fault as `service` has it; a request that names none is answered as S3 would."""
    code, status = _ANSWERS.get(service, _JSON)[fault]
    return SignatureError(code, message, status)
