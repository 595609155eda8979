"""Refusals that come before any service has seen the request, each in the format of the service it was meant for."""

from __future__ import annotations

import uuid
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from starlette.responses import Response

from tunesmith.api.signing import SignatureError

_QUERY = frozenset({"iam", "sts"})
_FORM = "application/x-www-form-urlencoded"  # what clients of AWS's older services send, such as EC2's


def signature(service: str | None, error: SignatureError) -> Response:
    """Refuse a request whose signature is missing or wrong."""
    return _refuse(service, error.code, error.message, error.status)


def too_large(service: str | None, limit: int) -> Response:
    """Refuse a request whose body is larger than `limit` bytes."""
    message = f"The body of the request is larger than {limit} bytes."
    return _refuse(service, "RequestEntityTooLargeException", message, 413)


def no_keys(service: str | None) -> Response:
    """Say that the server cannot read its access keys; its log says why."""
    return _refuse(
        service, "InternalFailure", "The server cannot read its access keys; its log says why.", 500
    )


def no_such_service(service: str, content_type: str) -> Response:
    """Refuse a request for a service that is not offered here, in the format of what it has sent."""
    message = f"The service {service} is not offered here; there are sagemaker, s3, logs, iam and sts."
    alike = "iam" if content_type.startswith(_FORM) else service
    return _refuse(alike, "UnknownOperationException", message, 400)


def s3_elsewhere(endpoint: str) -> Response:
    """Refuse a request for S3, which is at another address."""
    message = (
        f"The server uses the S3 at {endpoint} (--s3-endpoint) and offers none itself. Send requests for S3 there, "
        "as with the variable AWS_ENDPOINT_URL_S3 and the keys of that store."
    )
    return _refuse("s3", "InvalidRequest", message, 400)


def _refuse(service: str | None, code: str, message: str, status: int) -> Response:
    request_id = str(uuid.uuid4())
    if service is None or service == "s3":
        return _xml(_s3_error(code, message, request_id), status, {"x-amz-request-id": request_id})
    headers = {"x-amzn-RequestId": request_id}
    if service in _QUERY:
        return _xml(_query_error(code, message, request_id), status, headers)
    body = msgspec.json.encode({"__type": code, "message": message, "Message": message})
    return Response(body, status, {**headers, "x-amzn-ErrorType": code}, "application/x-amz-json-1.1")


def _xml(root: Element, status: int, headers: dict[str, str]) -> Response:
    return Response(tostring(root, "utf-8", xml_declaration=True), status, headers, "application/xml")


def _s3_error(code: str, message: str, request_id: str) -> Element:
    root = Element("Error")
    for name, text in (("Code", code), ("Message", message), ("RequestId", request_id)):
        SubElement(root, name).text = text
    return root


def _query_error(code: str, message: str, request_id: str) -> Element:
    root = Element("ErrorResponse")
    error = SubElement(root, "Error")
    for name, text in (("Type", "Sender"), ("Code", code), ("Message", message)):
        SubElement(error, name).text = text
    SubElement(root, "RequestId").text = request_id
    return root
