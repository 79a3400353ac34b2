"""A provider whose clock is off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..dates import http_date, iso_microseconds, iso_milliseconds, iso_seconds
from ..replies import Reply
from .rewriting import as_json
from .scene import Scene
from .walking import everywhere

_SPELLINGS: Mapping[int, Callable[[float], str]] = {0: iso_seconds, 3: iso_milliseconds, 6: iso_microseconds}


def skewed(scene: Scene, seconds: float, reply: Reply) -> Reply:
    """The answer with its Date header and its timestamps so many seconds ahead."""
    headers = {**reply.headers, "Date": http_date(scene.exchange.at + seconds)}
    if not headers.get("Retry-After", "0").isdigit():
        headers["Retry-After"] = http_date(parsedate_to_datetime(headers["Retry-After"]).timestamp() + seconds)
    names = scene.provider.spec.behaviour.raw.get("answers", {}).get("times", ())
    value = as_json(reply)
    if value is None or not names:
        return replace(reply, headers=headers)
    return replace(reply, headers=headers, body=everywhere(value, dict.fromkeys(names, lambda t: _moved(t, seconds))))


def _moved(shown: Any, seconds: float) -> Any:
    if isinstance(shown, int | float):
        return type(shown)(shown + seconds)
    try:
        instant = datetime.fromisoformat(shown).timestamp() + seconds
    except (TypeError, ValueError):
        return shown
    fraction = shown.rstrip("Z").partition(".")[2]
    return _SPELLINGS.get(len(fraction), iso_microseconds)(instant)
