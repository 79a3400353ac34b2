"""A call as a command gets it: values for placeholders, and an environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..client import Bytes, Url
from .base import Ask, Opening
from .template import Values
from .translation import write_request

_FIELDS: Final = ("prompt", "ratio", "resolution", "count", "output_format", "temperature", "top_p", "channel")


def as_values(ask: Ask, opening: Opening, folder: Path) -> Values:
    """What placeholders stand for, by name; references that are bytes are files in `folder` from now on."""
    images = [] if ask.request is None else list(ask.request.images)
    files = {number: _write(image, folder, number) for number, image in enumerate(images) if isinstance(image, Bytes)}
    places = [image.url if isinstance(image, Url) else files[number] for number, image in enumerate(images)]
    single = {
        "op": ask.op, "provider": opening.provider, "base_url": opening.base_url, "api_key": opening.api_key,
        "deadline": opening.deadline, "model": ask.model, "task_id": ask.task_id,
        **{name: getattr(ask.request, name, None) for name in _FIELDS},
    }  # fmt: skip
    return {
        **{name: [_text(value)] for name, value in single.items() if value is not None},
        "image": places,
        "image_file": list(files.values()),
        "image_url": [image.url for image in images if isinstance(image, Url)],
    }


def as_environment(values: Values, ask: Ask) -> dict[str, str]:
    """The same in variables, several values on lines of their own, and all that is wanted as JSON.

    What no variable can hold, such as a NUL, is in the JSON only.
    """
    plain = {f"SAFELIGHT_{name.upper()}": "\n".join(several) for name, several in values.items() if several}
    plain["SAFELIGHT_REQUEST"] = json.dumps(_request(ask, values))
    return {name: value for name, value in plain.items() if _fits(value)}


def _request(ask: Ask, values: Values) -> Mapping[str, Any]:
    """As in the protocol, but for references that are bytes: those are files here."""
    if ask.request is None:
        return {}
    request = write_request(ask.request)
    if "images" in request:
        request["images"] = [
            {"url": image.url} if isinstance(image, Url) else {"file": place, "mime": image.mime}
            for image, place in zip(ask.request.images, values["image"], strict=True)
        ]
    return request


def _write(image: Bytes, folder: Path, number: int) -> str:
    file = folder / f"reference-{number}.{image.mime.rpartition('/')[2]}"
    file.write_bytes(image.data)
    return str(file)


def _fits(value: str) -> bool:
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
