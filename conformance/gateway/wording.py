"""What a schema cannot say about a gateway's file: the names in its templates, and the JMESPaths."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from ...specs import provider_names
from .template import placeholders

IN_ENV: Final = frozenset({
    "port", "pictures", "key.own", "key.other",
    *(f"{name}.{part}" for name in provider_names() for part in ("base_url", "api_key")),
})  # fmt: skip
IN_BODIES: Final = frozenset({
    "model", "prompt", "ratio", "resolution", "count", "output_format", "temperature", "top_p", "form", "images",
    "image", "pictures", "image.uri", "image.url", "image.base64", "image.mime",
})  # fmt: skip

_LIKE: Final = 0.6  # how near a name has to come to a known one to be taken for a slip


def slips(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """What is wrong with a file that its schema lets through, and where: a sentence without its end, and a place."""
    for name, text in document.get("env", {}).items():
        yield from ((problem, ("env", name)) for problem in _strangers(text, IN_ENV))
    for number, flow in enumerate(document.get("flows", ())):
        yield from ((problem, ("flows", number, "body")) for problem in _strangers(flow["body"], IN_BODIES))
        yield from _paths(flow.get("answer", {}), ("flows", number, "answer"))
        if "id" in flow:
            yield from _paths({"id": flow["id"]}, ("flows", number))
        if "poll" in flow:
            yield from _paths({"status": flow["poll"]["status"]}, ("flows", number, "poll"))
    yield from _paths(document.get("error", {}), ("error",))


def _strangers(template: Any, known: Collection[str]) -> Iterator[str]:
    """Names in braces that look as if they were meant to be known ones; others may be the text's own braces."""
    for name in sorted(placeholders(template)):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=_LIKE)
            if near:
                yield f"nothing is put in for {{{name}}}; did you mean {{{near[0]}}}?"


def _paths(rows: Mapping[str, str], place: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    from jmespath import compile as compiled
    from jmespath.exceptions import JMESPathError

    for name, path in rows.items():
        try:
            compiled(path)
        except JMESPathError:
            yield f"{path!r} is no JMESPath; see jmespath.org", (*place, name)
