"""Slips in a gateway's file that its schema lets through."""

from pathlib import Path

import pytest
from gateway_stand import described, document

from safelight.conformance.gateway.file import BadGateway


def said(folder: Path, **rest: object) -> str:
    with pytest.raises(BadGateway) as raised:
        described(folder, document(**rest))
    return str(raised.value)


def test_a_name_in_the_environment_is_misspelt(tmp_path: Path) -> None:
    sentence = said(tmp_path, env={"REAPI_BASE_URL": "{reap.base_url}"})
    assert "env.REAPI_BASE_URL: nothing is put in for {reap.base_url}; did you mean {reapi.base_url}?" in sentence


def test_a_name_in_a_body_is_misspelt(tmp_path: Path) -> None:
    flow = {"path": "/v1/images", "body": {"prompt": "{promt}"}, "answer": {"images": "data", "url": "url"}}
    assert "flows[0].body: nothing is put in for {promt}; did you mean {prompt}?" in said(tmp_path, flows=[flow])


def test_a_path_is_no_jmespath(tmp_path: Path) -> None:
    flow = {"path": "/v1/images", "body": {"prompt": "{prompt}"}, "answer": {"images": "data[", "url": "url"}}
    assert "flows[0].answer.images: 'data[' is no JMESPath" in said(tmp_path, flows=[flow])
    assert "error.code: 'a b' is no JMESPath" in said(tmp_path, error={"code": "a b"})


def test_braces_of_the_text_itself_are_left_alone(tmp_path: Path) -> None:
    assert described(tmp_path, document(env={"FORMAT": '{level} {"a": 1}'})).env["FORMAT"] == '{level} {"a": 1}'
