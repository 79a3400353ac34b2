"""Changes to a true answer. Where there is nothing to change, the answer passes as it is and the journal says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from ..replies import JSON, Reply
from .optional import without_optional
from .scene import Scene
from .walking import everywhere, objects

Options = Mapping[str, Any]
Rewrite = Callable[[Scene, Options, Reply], Reply | None]

_REVIEWING = "reviewing"
_EXTRAS: Mapping[str, Any] = {
    "queue_position": None,
    "experiments": [],
    "region": {"name": "eu-central", "replicas": 3},
    "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
}


def _truncated(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    return scene.travel(reply, share=options["share"]) if as_bytes(reply) else None


def _truncated_json(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    body = as_bytes(reply)
    return replace(reply, body=body[: int(len(body) * options["share"])]) if body else None


def _wrong_content_type(scene: Scene, options: Options, reply: Reply) -> Reply:
    return replace(reply, content_type=options["content_type"])


def _wrong_charset(scene: Scene, options: Options, reply: Reply) -> Reply:
    text = as_bytes(reply).decode("utf-8", "replace")
    label = f"{reply.content_type.partition(';')[0]}; charset={options['charset']}"
    return replace(reply, body=text.encode(options["encoding"]), content_type=label)


def _unknown_fields(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    return _rewritten(reply, lambda value: objects(value, lambda row: {**_EXTRAS, **row}))


def _reordered_keys(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    value = as_json(reply)
    if value is None:
        return None
    text = json.dumps(objects(value, lambda row: dict(reversed(row.items()))), indent=1, ensure_ascii=True)
    return replace(reply, body=text.replace("/", r"\/").encode())


def _missing_optional(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    schema = scene.provider.spec.operation(scene.exchange.operation).responses.get(reply.status)
    return _rewritten(reply, lambda value: without_optional(value, schema) if schema else value)


def _unknown_status(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    behaviour = scene.provider.spec.behaviour
    phase = _phase(scene)

    def word(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        states = {state for state, known in behaviour.states.items() if known == value} or {phase or ""}
        if states.isdisjoint(options["of"]):
            return value
        return options.get("word") or (_REVIEWING.upper() if value.isupper() else _REVIEWING)

    field = behaviour.raw["answers"]["status"]
    return _rewritten(reply, lambda value: everywhere(value, {field: word}))


def _progress_back(scene: Scene, options: Options, reply: Reply) -> Reply | None:
    field = scene.provider.spec.behaviour.raw["answers"]["progress"]

    def lower(shown: Any) -> Any:
        return int(shown * options["share"]) if isinstance(shown, int | float) else shown

    return _rewritten(reply, lambda value: everywhere(value, {field: lower}))


def as_bytes(reply: Reply) -> bytes:
    """The body as it would go over the wire."""
    return reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)


def as_json(reply: Reply) -> Any:
    """The JSON value of the body; None where it is none."""
    if not isinstance(reply.body, bytes):
        return reply.body
    try:
        return orjson.loads(reply.body) if reply.content_type.startswith(JSON) else None
    except orjson.JSONDecodeError:
        return None


def _rewritten(reply: Reply, change: Callable[[Any], Any]) -> Reply | None:
    value = as_json(reply)
    changed = None if value is None else change(value)
    return None if changed == value else replace(reply, body=changed)


def _phase(scene: Scene) -> str | None:
    """The state of the job that the answer is about."""
    if scene.call is None or scene.call.job_hex is None:
        return None
    job = scene.tenant.jobs.get(scene.call.job_hex)
    return job.state(scene.tenant.clock.now()).phase if job else None


REWRITES: Mapping[str, Rewrite] = {
    "truncated": _truncated,
    "truncated-json": _truncated_json,
    "wrong-content-type": _wrong_content_type,
    "wrong-charset": _wrong_charset,
    "unknown-fields": _unknown_fields,
    "reordered-keys": _reordered_keys,
    "missing-optional": _missing_optional,
    "unknown-status": _unknown_status,
    "progress-back": _progress_back,
}
