"""Where each provider's bodies hold what was wished for and what was drawn, for judges that are the same for all."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..checks.seen import Seen

Path = tuple[str, ...]


class _Absent:
    """Stands for a field that was not sent."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Wire:
    """The bodies of one provider.

    `fields` tells for each field of a wish the paths at which it may stand in the body of a submit; the first that is
    there counts. `pictures` finds the references in a submit. `prompts` finds what is taken as prompt. `results` are
    the images of a final answer, in order: for each the URLs, of which any will do, or the bytes.
    """

    fields: Mapping[str, tuple[Path, ...]]
    prompts: Callable[[Mapping[str, Any]], list[str]]
    pictures: Callable[[Mapping[str, Any]], list[Any]]
    results: Callable[[Mapping[str, Any]], list[tuple[str | bytes, ...]]]
    ended_by: Callable[[Mapping[str, Any]], bool] = field(default=bool)


def sent(seen: Seen, name: str) -> Any:
    """What a submit says about a field of a wish; ABSENT where it says nothing."""
    for path in WIRES[seen.exchange.provider].fields.get(name, ()):
        value = at(seen.fields, path)
        if value is not ABSENT:
            return value
    return ABSENT


def prompts_of(seen: Seen) -> list[str]:
    """The texts of a submit that the provider draws from."""
    return WIRES[seen.exchange.provider].prompts(seen.fields)


def pictures_of(seen: Seen) -> list[Any]:
    """The references of a submit, as they were sent."""
    return WIRES[seen.exchange.provider].pictures(seen.fields)


def results_of(seen: Seen) -> list[tuple[str | bytes, ...]] | None:
    """The images that an answer delivers, None if it is no final, good one that arrived whole."""
    return images_told(seen) if seen.clean else None


def images_told(seen: Seen) -> list[tuple[str | bytes, ...]] | None:
    """The same of an answer that may have been tampered with."""
    wire = WIRES[seen.exchange.provider]
    return wire.results(seen.answer) if seen.accepted and wire.ended_by(seen.answer) else None


def at(value: Any, path: Iterable[str]) -> Any:
    """What stands at a path of keys, or ABSENT."""
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return ABSENT
        value = value[key]
    return value


def _texts(*path: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def find(body: Mapping[str, Any]) -> list[str]:
        value = at(body, path)
        return [value] if isinstance(value, str) else []

    return find


def _list(*path: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    def find(body: Mapping[str, Any]) -> list[Any]:
        value = at(body, path)
        if isinstance(value, list):
            return value
        return [] if value is ABSENT else [value]

    return find


def _listed(answer: Mapping[str, Any], *path: str) -> list[Any]:
    found = at(answer, path)
    return found if isinstance(found, list) else []


def _reapi_results(answer: Mapping[str, Any]) -> list[tuple[str | bytes, ...]]:
    return [(url,) for url in _listed(answer, "output", "image_urls")]


def _threedai_results(answer: Mapping[str, Any]) -> list[tuple[str | bytes, ...]]:
    rows = _listed(answer, "results")
    return [tuple(row[name] for name in ("asset_url", "asset") if row.get(name)) for row in rows]


def _gmicloud_prompts(body: Mapping[str, Any]) -> list[str]:
    turns = _listed(body, "payload", "contents")
    said = _last_texts(turns) if turns else _texts("payload", "prompt")(body)
    return [text for text in said if text]  # empty texts are filtered out by the provider


def _last_texts(turns: list[Any]) -> list[str]:
    parts = _listed(turns[-1], "parts") if turns and isinstance(turns[-1], Mapping) else []
    return [part["text"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str)]


def _gmicloud_pictures(body: Mapping[str, Any]) -> list[Any]:
    turns = _listed(body, "payload", "contents")
    return _last_files(turns) if turns else _list("payload", "image")(body)


def _last_files(turns: list[Any]) -> list[Any]:
    parts = _listed(turns[-1], "parts") if isinstance(turns[-1], Mapping) else []
    return [uri for part in parts if (uri := at(part, ("fileData", "fileUri"))) not in (ABSENT, "")]


def _gmicloud_results(answer: Mapping[str, Any]) -> list[tuple[str | bytes, ...]]:
    return [(row["url"],) for row in _listed(answer, "outcome", "media_urls")]


def _tokaify_pictures(body: Mapping[str, Any]) -> list[Any]:
    turns = _listed(body, "contents")
    parts = _listed(turns[-1], "parts") if turns and isinstance(turns[-1], Mapping) else []
    return [part.get("inline_data") or part.get("inlineData") for part in parts if _is_picture(part)]


def _is_picture(part: Any) -> bool:
    return isinstance(part, Mapping) and ("inline_data" in part or "inlineData" in part)


def _tokaify_results(answer: Mapping[str, Any]) -> list[tuple[str | bytes, ...]]:
    found: list[tuple[str | bytes, ...]] = []
    for candidate in _listed(answer, "candidates"):
        for part in _listed(candidate, "content", "parts"):
            inline = at(part, ("inlineData",))
            if inline is not ABSENT and not part.get("thought"):
                found.append((decoded(inline.get("data", "")),))
    return found


def decoded(text: str) -> bytes:
    """Base64 as bytes; nothing for what is none."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return b""


def _onemin_results(answer: Mapping[str, Any]) -> list[tuple[str | bytes, ...]]:
    url = at(answer, ("aiRecord", "temporaryUrl"))
    return [(url,)] if isinstance(url, str) else []


def _config(*names: str) -> tuple[Path, ...]:
    return tuple((config, name) for config in ("generationConfig", "generation_config") for name in names)


def _image_config(*names: str) -> tuple[Path, ...]:
    return tuple(
        (config, image, name)
        for config in ("generationConfig", "generation_config")
        for image in ("imageConfig", "image_config")
        for name in names
    )


WIRES: Final[Mapping[str, Wire]] = {
    "reapi": Wire(
        {
            "ratio": (("size",),),
            "resolution": (("resolution",),),
            "count": (("n",),),
            "model": (("model",),),
        },
        _texts("prompt"),
        _list("image_urls"),
        _reapi_results,
        lambda answer: answer.get("status") == "completed",
    ),
    "threedai": Wire(
        {
            "ratio": (("aspect_ratio",),),
            "resolution": (("resolution",),),
            "count": (("num_images",),),
            "output_format": (("output_format",),),
        },
        _texts("prompt"),
        _list("images"),
        _threedai_results,
        lambda answer: answer.get("status") == "FINISHED",
    ),
    "gmicloud": Wire(
        {
            "ratio": (("payload", "aspect_ratio"),),
            "resolution": (("payload", "image_size"),),
            "output_format": (("payload", "image_output_format"),),
            "model": (("model",),),
        },
        _gmicloud_prompts,
        _gmicloud_pictures,
        _gmicloud_results,
        lambda answer: answer.get("status") == "success",
    ),
    "tokaify": Wire(
        {
            "ratio": _image_config("aspectRatio", "aspect_ratio"),
            "resolution": _image_config("imageSize", "image_size"),
            "temperature": _config("temperature"),
            "top_p": _config("topP", "top_p"),
        },
        lambda body: _last_texts(_listed(body, "contents")),
        _tokaify_pictures,
        _tokaify_results,
        lambda answer: bool(answer.get("candidates")),
    ),
    "onemin": Wire(
        {
            "resolution": (("promptObject", "imageSize"),),
            "temperature": (("promptObject", "temperature"),),
            "top_p": (("promptObject", "topP"),),
            "model": (("model",),),
        },
        _texts("promptObject", "prompt"),
        lambda body: [],
        _onemin_results,
        lambda answer: at(answer, ("aiRecord", "status")) == "SUCCESS",
    ),
}
