import json
from xml.etree import ElementTree as ET

import pytest
from starlette.responses import Response

from tunesmith.api.signing import SignatureError
from tunesmith.server import refusals

ERROR = SignatureError("SomeCode", "It says <why> & more.", 403)


@pytest.mark.parametrize("service", ["sagemaker", "logs", "dynamodb"])
def test_json(service: str) -> None:
    response = refusals.signature(service, ERROR)
    assert (response.status_code, response.headers["x-amzn-errortype"]) == (403, "SomeCode")
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    refused = json.loads(bytes(response.body))
    assert refused == {"__type": "SomeCode", "message": ERROR.message, "Message": ERROR.message}


@pytest.mark.parametrize("service", ["iam", "sts"])
def test_xml_of_forms(service: str) -> None:
    response = refusals.signature(service, ERROR)
    root = _xml(response)
    assert root.tag == "ErrorResponse"
    assert root.findtext("Error/Code") == "SomeCode"
    assert root.findtext("Error/Message") == ERROR.message
    assert root.findtext("RequestId") == response.headers["x-amzn-requestid"]


@pytest.mark.parametrize("service", [None, "s3"])
def test_xml_of_s3(service: str | None) -> None:
    response = refusals.signature(service, ERROR)
    root = _xml(response)
    assert root.tag == "Error"
    assert (root.findtext("Code"), root.findtext("Message")) == ("SomeCode", ERROR.message)
    assert root.findtext("RequestId") == response.headers["x-amz-request-id"]


def test_a_body_that_is_too_large() -> None:
    response = refusals.too_large("sagemaker", 1000)
    assert response.status_code == 413
    assert "1000 bytes" in bytes(response.body).decode()


def test_unreadable_keys_are_the_servers_fault() -> None:
    assert refusals.no_keys("sts").status_code == 500


def test_an_unknown_service_is_refused_in_the_format_of_its_clients() -> None:
    as_json = refusals.no_such_service("dynamodb", "application/x-amz-json-1.0")
    assert "dynamodb is not offered" in json.loads(bytes(as_json.body))["message"]
    as_xml = refusals.no_such_service("ec2", "application/x-www-form-urlencoded; charset=utf-8")
    assert "ec2 is not offered" in (_xml(as_xml).findtext("Error/Message") or "")


def test_s3_that_is_elsewhere() -> None:
    response = refusals.s3_elsewhere("http://minio:9000")
    assert response.status_code == 400
    assert "the S3 at http://minio:9000" in (_xml(response).findtext("Message") or "")


def _xml(response: Response) -> ET.Element:
    assert response.headers["content-type"].startswith("application/xml")
    return ET.fromstring(bytes(response.body))  # noqa: S314 - ours
