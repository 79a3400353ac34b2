"""The protocol as it is published: its examples are right, and what is sent is as it says."""

import json
from typing import Any

import jsonschema
import pytest
from stand import Scene, Stand

from safelight.conformance.client import FEATURES, Bytes, Url
from safelight.conformance.client.errors import CATEGORIES
from safelight.conformance.subjects.base import Ask
from safelight.conformance.subjects.protocol import document, fault_in, quoted, validator
from safelight.specs import provider_names

DEFINITIONS = document()["$defs"]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(document())


@pytest.mark.parametrize("name", DEFINITIONS)
def test_its_examples_are_right(name: str) -> None:
    examples = DEFINITIONS[name]["examples"]
    assert examples
    for example in examples:
        assert not fault_in(name, example)


def test_it_knows_what_the_suite_knows() -> None:
    wire = {"images" if name.endswith("-images") else name.replace("-", "_") for name in FEATURES}
    assert set(DEFINITIONS["features"]["properties"]) == wire | {"virtual_sleep"}
    assert set(DEFINITIONS["error"]["properties"]["category"]["enum"]) == {*CATEGORIES, None}
    assert DEFINITIONS["open"]["properties"]["provider"]["enum"] == list(provider_names())


def test_what_is_written_is_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[str, Any]] = []

    async def work(scene: Scene) -> None:
        images = (Url("http://x/1.png"), Bytes(b"x", "image/png"))
        full = {"ratio": "1:1", "resolution": "2K", "count": 2, "output_format": "png", "channel": "official"}
        await scene.generate("x", *images, temperature=1, top_p=0.5, previous=[1], **full)
        await scene.session.call(Ask("list", model="m"))
        await scene.session.call(Ask("resume", task_id="t"))

    def tapped(child: Any, data: bytes) -> None:
        written.extend(map(json.loads, data.splitlines()))
        write(child, data)

    from safelight.conformance.subjects.child import Child

    write = Child.write
    monkeypatch.setattr(Child, "write", tapped)
    with Stand() as other:
        other.play(other.fake("echo"), work, deadline=300)
        other.play(other.fake("asleep"), lambda scene: scene.generate("3"))
        other.play(other.fake("ask-the-time"), lambda scene: scene.generate())
        other.play(other.fake("closing"), lambda scene: scene.generate())
    for message in written:
        assert not fault_in(message["op"], message)
    ops = {message["op"] for message in written}
    assert ops == {"hello", "open", "generate", "list", "resume", "wake", "time", "close", "bye"}


def test_validators_are_made_once() -> None:
    assert validator("answer") is validator("answer")


def test_a_quoted_line_is_one_short_line() -> None:
    assert quoted(b'  {"a": 1}\n') == '`{"a": 1}`'
    assert quoted("a\nb\x00") == "`a\\nb\\x00`"
    assert len(quoted("x" * 10_000)) == 122
