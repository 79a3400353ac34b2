"""JSON that is not what any document shows: good answers with one value that is something else, or is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

_GONE: Final = object()
_INSTEAD: Final[tuple[Any, ...]] = (None, _GONE, 42, "text", [], [None], {})
_URL: Final = "http://localhost/picture.png"

ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "reapi": {
        "submit": {"id": "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e", "status": "processing", "created_at": 1735000000},
        "poll": {"id": "task_018f", "status": "completed", "output": {"image_urls": [_URL]}, "error": None},
        "failed": {"id": "task_018f", "status": "failed", "error": {"code": 80003, "message": "provider_failed"}},
    },
    "threedai": {
        "submit": {"task_id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "created_at": "2026-02-25T12:00:00Z"},
        "poll": {"status": "FINISHED", "progress": 100, "results": [{"asset_url": _URL, "asset": _URL}]},
        "failed": {"status": "FAILED", "progress": 0, "results": [], "failure_reason": "no"},
    },
    "gmicloud": {
        "submit": {"request_id": "7eaa77fc-bc67-4021-9f1b-96b3fd832314", "status": "queued", "created_at": 1761763441},
        "poll": {"status": "success", "outcome": {"media_urls": [{"id": "0", "url": _URL}], "next_turn_contents": []}},
        "failed": {"status": "failed", "outcome": {"error": {"code": 500, "message": "no"}}, "error": "no"},
    },
    "tokaify": {
        "submit": {
            "candidates": [
                {
                    "content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}]},
                    "finishReason": "STOP",
                }
            ],
            "usageMetadata": {"promptTokenCount": 48},
        },
        "failed": {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 48}},
    },
    "onemin": {
        "submit": {
            "aiRecord": {
                "uuid": "e4f5g6h7",
                "status": "SUCCESS",
                "createdAt": "2025-01-15T10:50:00.000Z",
                "aiRecordDetail": {"resultObject": ["development/images/a.png"]},
                "temporaryUrl": _URL,
            }
        },
        "failed": {"aiRecord": {"uuid": "e4f5g6h7", "status": "FAILED"}, "message": "no"},
    },
}
ENVELOPES: Final[Mapping[str, Any]] = {
    "reapi": {"error": {"code": 20003, "message": "no", "request_id": "req_8a4f"}},
    "threedai": {"error": {"code": "validation_failed", "message": "no"}},
    "gmicloud": {"error": {"message": "no", "details": "no"}, "request_id": "7eaa77fc"},
    "tokaify": {"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}},
    "onemin": {"message": "no"},
}
NO_OBJECTS: Final[tuple[Any, ...]] = (None, 42, "done", [], [None], {})


def misshapen(good: Any) -> list[Any]:
    """What stands in the place of `good`: no object at all, or `good` with one value that is wrong."""
    return [*NO_OBJECTS, *(_replaced(good, path, wrong) for path in _paths(good) for wrong in _INSTEAD)]


def as_fault(body: Any, **where: Any) -> dict[str, Any]:
    """The fault that has this JSON as its answer."""
    return {"kind": "not-json", "text": json.dumps(body), **where}


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    keys: Sequence[Any] = (
        list(value) if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    )
    for key in keys:
        yield from _paths(value[key], (*path, key))


def _replaced(good: Any, path: Sequence[Any], wrong: Any) -> Any:
    changed = deepcopy(good)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if wrong is _GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return changed
