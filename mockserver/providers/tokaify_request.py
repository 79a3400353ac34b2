"""Reading a Gemini `generateContent` request, whose names come in camel case, snake case or a mixture."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_WORD = re.compile(r"_([a-z])")
_CONFIG_DEFAULTS = {"responseModalities": ["TEXT", "IMAGE"], "candidateCount": 1}


class InlineImage(NamedTuple):
    """A reference image in the request: where it stands, its declared type, its base64."""

    field: str
    mime: str
    data: str


class Generation(NamedTuple):
    """What a request asks for."""

    prompt: str
    modalities: Sequence[str]
    ratio: str
    tier: str
    candidates: int


def camel(name: str) -> str:
    """`inline_data` as `inlineData`."""
    return _WORD.sub(lambda match: match[1].upper(), name)


def snake(name: str) -> str:
    """`inlineData` as `inline_data`."""
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


def field_of(data: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """A field under its camel-case name or, failing that, its snake-case one."""
    return data[name] if name in data else data.get(snake(name), default)


def read_generation(data: Mapping[str, Any]) -> Generation:
    """The prompt of the last user turn, and the settings with their defaults."""
    config = field_of(data, "generationConfig", {})
    image = field_of(config, "imageConfig", {})
    return Generation(
        prompt=_prompt(data["contents"]),
        modalities=field_of(config, "responseModalities", _CONFIG_DEFAULTS["responseModalities"]),
        ratio=field_of(image, "aspectRatio", "1:1"),
        tier=field_of(image, "imageSize", "1K").upper(),
        candidates=int(field_of(config, "candidateCount", _CONFIG_DEFAULTS["candidateCount"])),
    )


def inline_images(data: Mapping[str, Any]) -> Iterator[InlineImage]:
    """Every image in the conversation."""
    for turn_index, turn in enumerate(data["contents"]):
        for part_index, part in enumerate(turn["parts"]):
            inline = field_of(part, "inlineData")
            if inline is not None:
                field = f"contents[{turn_index}].parts[{part_index}].inlineData.data"
                yield InlineImage(field, field_of(inline, "mimeType"), inline["data"])


def standard_base64(text: str) -> str:
    """Base64 in the standard alphabet with padding, from either alphabet with or without it."""
    padding = "=" * (-len(text) % 4)
    return text.replace("-", "+").replace("_", "/") + padding


def count_words(data: Mapping[str, Any]) -> int:
    """The words of all texts in the conversation, as a stand-in for tokens."""
    return sum(len(part.get("text", "").split()) for turn in data["contents"] for part in turn["parts"])


def _prompt(contents: Sequence[Mapping[str, Any]]) -> str:
    for turn in reversed(contents):
        if turn.get("role", "user") == "user":
            return "\n".join(part["text"] for part in turn["parts"] if "text" in part)
    return ""
