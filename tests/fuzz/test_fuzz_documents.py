"""What an OpenAPI file promises, whatever its version, and files that cannot be used."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from lax_gateway import FILE, OPENAPI

from safelight.conformance.engine.outcome import Heard
from safelight.conformance.fuzz.document import document_of
from safelight.conformance.fuzz.promises import wrong_body, wrong_content_type, wrong_request, wrong_status
from safelight.conformance.fuzz.readings import is_wrong, trimmed
from safelight.conformance.gateway.file import BadGateway, read_gateway

ERRORS = {"type": "object", "required": ["error"], "properties": {"error": {"$ref": "#/components/schemas/Problem"}}}


def openapi(version: str = "3.1.0", **schemas: Any) -> str:
    """A file with a job that can be made and asked after."""
    job = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}}
    error = {"description": "", "content": {"application/problem+json": {"schema": ERRORS}}}
    wish = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}}}
    return yaml.safe_dump(
        {
            "openapi": version,
            "info": {"title": "", "version": ""},
            "paths": {
                "/jobs": {"post": {"requestBody": wish, "responses": {202: job, "4XX": error}}},
                "/jobs/{id}": {"get": {"responses": {"200": job, "default": {"$ref": "#/components/responses/Any"}}}},
                "/jobs/all": {"get": {"responses": {"204": {"description": ""}}}},
            },
            "components": {
                "responses": {"Any": {"description": "", "content": {"*/*": {}}}},
                "schemas": {
                    "Job": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                    "Wish": {"type": "object"},
                    "Problem": {"type": "string"},
                    **schemas,
                },
            },
        }
    )


def heard(status: int, body: bytes, label: str = "application/json", **parts: Any) -> Heard:
    row = {"method": "POST", "url": "http://gateway/api/jobs", "headers": {"content-type": label}, **parts}
    return Heard(0, "submit", at=0.0, until=0.0, status=status, body=body, **row)


def test_operations_are_found_whatever_stands_before_their_paths() -> None:
    document = document_of(openapi())
    labels = {
        path: (found.label if (found := document.find("GET", path)) else None)
        for path in ("http://h/jobs/7", "/api/v1/jobs/7?x=1", "/jobs/all", "/jobs/a%2Fb", "/jobs", "/7", "/jobs/7/x")
    }
    assert labels == {
        "http://h/jobs/7": "GET /jobs/{id}", "/api/v1/jobs/7?x=1": "GET /jobs/{id}", "/jobs/all": "GET /jobs/all",
        "/jobs/a%2Fb": "GET /jobs/{id}", "/jobs": None, "/7": None, "/jobs/7/x": None,
    }  # fmt: skip


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_is_promised_is_fine(version: str) -> None:
    document = document_of(openapi(version))
    made = heard(202, b'{"id": "7"}', "application/json; charset=utf-8")
    refused = heard(418, b'{"error": "no"}', "application/problem+json")
    for answer in (made, refused):
        assert [judge(document, answer) for judge in (wrong_status, wrong_content_type, wrong_body)] == [""] * 3


def test_what_is_not_promised_is_told() -> None:
    document = document_of(openapi())
    assert "answered with 200, which the OpenAPI file does not have; it has 202, 4XX" in str(
        wrong_status(document, heard(200, b"{}"))
    )
    assert "labelled text/html" in str(wrong_content_type(document, heard(202, b"<p>", "text/html")))
    assert "without a Content-Type" in str(wrong_content_type(document, heard(202, b"<p>", headers={})))
    assert "at id: 7 is not of type" in str(wrong_body(document, heard(202, b'{"id": 7}')))
    assert "is labelled JSON and is none" in str(wrong_body(document, heard(202, b'{"id": ')))
    problem = heard(400, b'{"error": {}}', "application/problem+json")
    assert "at error" in str(wrong_body(document, problem))


def test_nothing_is_said_of_what_is_not_in_the_file() -> None:
    silent = document_of(openapi().replace("4XX", "422"))
    assert wrong_status(silent, heard(500, b"{}")) is None
    elsewhere = heard(200, b"{}", url="http://gateway/health")
    assert [judge(silent, elsewhere) for judge in (wrong_status, wrong_content_type, wrong_body)] == [None] * 3
    any_label = heard(500, b"<p>", "text/html", method="GET", url="http://gateway/jobs/7")
    assert wrong_content_type(silent, any_label) == ""
    assert wrong_body(silent, any_label) is None


@pytest.mark.parametrize(
    ("version", "nothing"), [("3.0.3", {"type": "string", "nullable": True}), ("3.1.0", {"type": ["string", "null"]})]
)
def test_nothing_is_said_in_the_words_of_each_version(version: str, nothing: dict[str, Any]) -> None:
    job = {"type": "object", "required": ["id", "key"], "properties": {"id": nothing, "key": {"writeOnly": True}}}
    document = document_of(openapi(version, Job=job))
    assert wrong_body(document, heard(202, b'{"id": null}')) == ""
    assert "at id" in str(wrong_body(document, heard(202, b'{"id": 5}')))


def test_an_old_bound_is_read_as_it_was_meant() -> None:
    wish = {"properties": {"n": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}}}
    document = document_of(openapi("3.0.3", Wish=wish))
    assert "at n" in wrong_request(document, heard(202, b"", sent=b'{"n": 0}'))
    assert wrong_request(document, heard(202, b"", sent=b'{"n": 1}')) == ""


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"n": 5}, True), ({"n": "two"}, True), ({"n": [1]}, True), ({"p": ""}, True), ({"x": 1}, True),
        ({"p": {}}, True), ([], True), (None, True), ({"n": 0}, True), ({"n": 1}, False),
        ({"n": "2"}, False), ({"n": True}, False), ({"n": None}, False), ({"p": 5}, False), ({"n": 1.5}, False),
    ],
)  # fmt: skip
def test_a_body_is_wrong_if_nobody_could_read_it(body: Any, wrong: bool) -> None:
    wish = {
        "type": "object", "additionalProperties": False,
        "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 4}, "p": {"type": "string", "minLength": 1}},
    }  # fmt: skip
    document = document_of(openapi(Wish=wish))
    validator = document.schemas.validator("/components/schemas/Wish", "request")
    assert is_wrong(body, validator) is wrong


def test_a_wrong_body_is_left_with_what_is_wrong() -> None:
    wish = {
        "type": "object",
        "required": ["p"],
        "properties": {"n": {"type": "integer", "maximum": 4}, "p": {"type": "string"}},
    }
    validator = document_of(openapi(Wish=wish)).schemas.validator("/components/schemas/Wish", "request")
    assert trimmed({"n": 9, "p": "x", "other": 1, "more": {}}, validator) == {"n": 9, "p": "x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: [", "line"),
        ('swagger: "2.0"', "no OpenAPI file of version 3.0 or 3.1"),
        (OPENAPI.replace("#/components/schemas/Image", "image.yaml"), "refers to another file, 'image.yaml'"),
        (
            OPENAPI.replace('"422": {description', '"422": {$ref: "#/components/responses/None", description'),
            "KeyError",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_line_of_its_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "openapi.yaml").write_text(text)
    (tmp_path / "gateway.yaml").write_text(FILE)
    with pytest.raises(BadGateway) as caught:
        read_gateway(tmp_path / "gateway.yaml")
    assert said in str(caught.value)
    assert "openapi.yaml cannot be used" in str(caught.value)
    assert "line 5" in str(caught.value)
