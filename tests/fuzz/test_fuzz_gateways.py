"""Gateways that are as their OpenAPI file says, kindly read, and gateways that are not."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lax_gateway import OPENAPI, judged, maker


def test_nothing_is_found_where_a_file_says_little(tmp_path: Path) -> None:
    """Numbers in texts, unknown fields, errors that are not in the file, 404 for methods: none of it is accused."""
    results = judged(tmp_path, maker(), "gateway.")
    about = [each for each in results if each.id.startswith(("gateway.fuzz.", "gateway.schema."))]
    assert len(about) == 11
    assert {each.id: (each.note, each.counterexample) for each in about if each.status != "pass"} == {}


async def _deleted(request: web.Request) -> web.Response:
    return web.json_response({"deleted": True})


@pytest.mark.parametrize(
    ("check", "broken", "said"),
    [
        ("gateway.schema.body", {"answer": lambda each: {**each, "created": "today"}}, "at created"),
        ("gateway.schema.body", {"answer": lambda each: {**each, "data": [{"url": None}]}}, "b64_json"),
        ("gateway.schema.content-type", {"label": lambda _: "text/html"}, "labelled text/html"),
        ("gateway.fuzz.body", {"answer": lambda each: {"data": each["data"]}}, "created"),
        ("gateway.fuzz.no-crash", {"count": lambda each: {None: 1, 1: 1}.setdefault(each, 1) / 0}, "500"),
        ("gateway.fuzz.wrong-refused", {"count": lambda each: 1}, "at n"),
        ("gateway.fuzz.key-wanted", {"door": lambda request: request.path == "/api/v1/models"}, "without a key"),
        ("gateway.fuzz.unknown-method", {"other": _deleted}, "-X DELETE"),
    ],
)
def test_what_is_broken_is_found(tmp_path: Path, check: str, broken: dict[str, Any], said: str) -> None:
    [result] = judged(tmp_path, maker(broken), check)
    assert result.status == "fail"
    assert result.counterexample is not None
    assert said in result.counterexample.sentence


def test_an_error_that_is_not_in_the_file_is_found_once_there_are_others(tmp_path: Path) -> None:
    openapi = OPENAPI.replace('"422": {description: As frameworks write it down.}', '"400": {description: No.}')
    [result] = judged(tmp_path, maker(), "gateway.fuzz.status", openapi)
    assert result.counterexample is not None
    assert "Received: 422" in result.counterexample.sentence


def test_what_a_file_has_no_part_of_does_not_apply(tmp_path: Path) -> None:
    """Without security in the file nothing is said of keys, and without bodies nothing of wrong ones."""
    openapi = OPENAPI.replace("security: [{key: []}]", "security: []").partition("      requestBody:")[0] + (
        '      responses: {"200": {description: Images.}}\n'
    )
    results = judged(tmp_path, maker(), "gateway.fuzz.", openapi)
    left_out = {each.id for each in results if each.status == "not-applicable"}
    assert left_out == {"gateway.fuzz.key-wanted", "gateway.fuzz.wrong-refused"}
