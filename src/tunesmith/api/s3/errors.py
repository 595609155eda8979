"""What S3 answers when it refuses a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from tunesmith.api.errors import ApiError
from tunesmith.storage import errors as storage


class Code(Enum):
    """What clients match on: S3's word for it, and the status of HTTP."""

    BAD_DIGEST = ("BadDigest", 400)
    BUCKET_ALREADY_OWNED_BY_YOU = ("BucketAlreadyOwnedByYou", 409)
    BUCKET_NOT_EMPTY = ("BucketNotEmpty", 409)
    ENTITY_TOO_LARGE = ("EntityTooLarge", 400)
    ENTITY_TOO_SMALL = ("EntityTooSmall", 400)
    INCOMPLETE_BODY = ("IncompleteBody", 400)
    INTERNAL_ERROR = ("InternalError", 500)
    INVALID_ARGUMENT = ("InvalidArgument", 400)
    INVALID_BUCKET_NAME = ("InvalidBucketName", 400)
    INVALID_CHUNK_SIZE_ERROR = ("InvalidChunkSizeError", 400)
    INVALID_DIGEST = ("InvalidDigest", 400)
    INVALID_PART = ("InvalidPart", 400)
    INVALID_PART_ORDER = ("InvalidPartOrder", 400)
    INVALID_RANGE = ("InvalidRange", 416)
    INVALID_REQUEST = ("InvalidRequest", 400)
    INVALID_URI = ("InvalidURI", 400)
    KEY_TOO_LONG_ERROR = ("KeyTooLongError", 400)
    MALFORMED_TRAILER_ERROR = ("MalformedTrailerError", 400)
    MALFORMED_XML = ("MalformedXML", 400)
    METADATA_TOO_LARGE = ("MetadataTooLarge", 400)
    METHOD_NOT_ALLOWED = ("MethodNotAllowed", 405)
    MISSING_CONTENT_LENGTH = ("MissingContentLength", 411)
    NO_SUCH_BUCKET = ("NoSuchBucket", 404)
    NO_SUCH_KEY = ("NoSuchKey", 404)
    NO_SUCH_UPLOAD = ("NoSuchUpload", 404)
    NO_SUCH_VERSION = ("NoSuchVersion", 404)
    PRECONDITION_FAILED = ("PreconditionFailed", 412)
    CONTENT_SHA256_MISMATCH = ("XAmzContentSHA256Mismatch", 400)


_CODES = {
    storage.BucketExists: Code.BUCKET_ALREADY_OWNED_BY_YOU,
    storage.BucketNotEmpty: Code.BUCKET_NOT_EMPTY,
    storage.ChecksumMismatch: Code.BAD_DIGEST,
    storage.InvalidBucketName: Code.INVALID_BUCKET_NAME,
    storage.InvalidKey: Code.KEY_TOO_LONG_ERROR,
    storage.InvalidPart: Code.INVALID_PART,
    storage.InvalidPartOrder: Code.INVALID_PART_ORDER,
    storage.NoSuchBucket: Code.NO_SUCH_BUCKET,
    storage.NoSuchKey: Code.NO_SUCH_KEY,
    storage.NoSuchUpload: Code.NO_SUCH_UPLOAD,
    storage.PartTooSmall: Code.ENTITY_TOO_SMALL,
    storage.TooLarge: Code.ENTITY_TOO_LARGE,
}


class S3Error(ApiError):
    """A refusal with one of S3's codes, which decides the status."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.status = code.value
        self.headers = dict(headers or {})  # of the answer

    @classmethod
    def of(cls, error: storage.StorageError) -> S3Error:
        """Say in S3's words why the object store refuses."""
        return cls(_CODES[type(error)], f"{str(error)[:1].upper()}{str(error)[1:]}.")


class NotModified(Exception):
    """The client has the object already."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("not modified")
        self.headers = dict(headers)


def invalid_argument(*, name: str, value: str, allowed: str) -> S3Error:
    """Refuse the value of a parameter or header."""
    return S3Error(Code.INVALID_ARGUMENT, f"{name} is {value!r}; it must be {allowed}.")
