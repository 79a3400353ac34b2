"""Answers that stand in for the true one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from ..dates import http_date
from ..problems import Problem
from ..replies import JSON, Reply
from ..stores import Refusal, cdn, gcs, s3
from .scene import Scene

Options = Mapping[str, Any]

_PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"


def _problem(scene: Scene, options: Options) -> Reply:
    headers = {}
    seconds = options.get("retry_after")
    if seconds is not None:
        now = scene.tenant.clock.now()
        headers["Retry-After"] = http_date(now + seconds) if options["retry_after_as"] == "date" else f"{seconds:g}"
    return scene.refuse(Problem(options["problem"], headers=headers, reason="a fault was ordered"))


def _status(scene: Scene, options: Options) -> Reply:
    status = options["status"]
    rows = scene.provider.spec.behaviour.problems
    kind = next((kind for kind, row in rows.items() if row.status == status), "internal")
    message = options.get("message") or _phrase(status)
    return replace(scene.refuse(Problem(kind, message="{reason}", reason=message)), status=status)


def _edge_page(scene: Scene, options: Options) -> Reply:
    status = options["status"]
    page = _PAGE.format(f"{status} {_phrase(status)}")
    return Reply(status, page.encode(), "text/html", {"Server": "edge"})


def _redirect(scene: Scene, options: Options) -> Reply:
    status = options["status"]
    page = _PAGE.format(f"{status} {_phrase(status)}")
    return Reply(status, page.encode(), "text/html", {"Location": options["location"]})


def _reset(scene: Scene, options: Options) -> Reply:
    return scene.travel(Reply(0, b""), kind="reset")


def _garbage(scene: Scene, options: Options) -> Reply:
    return scene.travel(Reply(0, b""), kind="garbage")


def _empty(scene: Scene, options: Options) -> Reply:
    return Reply(options["status"], b"", JSON if scene.found is None else "application/octet-stream")


def _not_json(scene: Scene, options: Options) -> Reply:
    return Reply(options["status"], options["text"].encode())


def _forbidden(scene: Scene, options: Options) -> Reply:
    store = scene.provider.spec.behaviour.store
    refusal = _DENIED[store](scene.exchange.target)
    return Reply(refusal.status, refusal.body, refusal.content_type)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown status"


_DENIED: Mapping[str, Callable[[str], Refusal]] = {"s3": s3.denied, "gcs": gcs.denied, "cdn": cdn.denied}

STAND_INS: Mapping[str, Callable[[Scene, Options], Reply]] = {
    "problem": _problem,
    "status": _status,
    "edge-page": _edge_page,
    "redirect": _redirect,
    "reset": _reset,
    "garbage": _garbage,
    "empty": _empty,
    "not-json": _not_json,
    "forbidden": _forbidden,
}
