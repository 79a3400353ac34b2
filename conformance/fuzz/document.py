"""An OpenAPI file (3.0 or 3.1) as a promise of answers: which operation a request is, and what may come back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from ...specs.errors import InvalidSpec
from ...specs.yaml_source import YamlSource
from .schemas import Schemas

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_WRITTEN_BY_FRAMEWORKS: Final = "422"  # stands in files whose authors never thought of errors


class BadDocument(ValueError):
    """The text is no OpenAPI file that can be used; the message says in a sentence why."""


@dataclass(frozen=True)
class Operation:
    """One operation. `template` is its path, `responses` what it answers by status, each with where it stands.

    `bodies` are the pointers to the schemas of its body by media type, `secured` says whether it wants a key.
    """

    method: str
    template: str
    responses: Mapping[str, tuple[str, Mapping[str, Any]]]
    bodies: Mapping[str, str]
    needs_body: bool
    secured: bool

    @property
    def label(self) -> str:
        """As in `POST /v1/jobs`."""
        return f"{self.method.upper()} {self.template}"

    @property
    def tells_errors(self) -> bool:
        """Whether its author wrote down any error; otherwise nothing is promised of them."""
        return any(status[0] in "45d" and status != _WRITTEN_BY_FRAMEWORKS for status in self.responses)

    def response(self, status: int) -> tuple[str, Mapping[str, Any]] | None:
        """What is written of answers of a status, with its pointer; None where nothing is."""
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((self.responses[name] for name in names if name in self.responses), None)


@dataclass(frozen=True)
class Document:
    """What an OpenAPI file says. `base` is the path of its first server, without a slash at its end."""

    data: Mapping[str, Any]
    operations: tuple[Operation, ...]
    base: str
    schemas: Schemas
    _found: dict[tuple[str, str], Operation | None] = field(default_factory=dict)

    def find(self, method: str, url: str) -> Operation | None:
        """The operation of a request, whatever stands before the paths of the file; None where there is none."""
        key = method, urlsplit(url).path
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def _search(self, method: str, path: str) -> Operation | None:
        for candidate in _endings(path, self.base):
            for template, pattern in self._patterns:
                if pattern.fullmatch(candidate):
                    return self._at.get((method.lower(), template))
        return None

    @cached_property
    def _at(self) -> Mapping[tuple[str, str], Operation]:
        return {(each.method, each.template): each for each in self.operations}

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        """Templates without parameters first."""
        templates = sorted({each.template for each in self.operations}, key=lambda each: (each.count("{"), -len(each)))
        return [(each, _pattern(each)) for each in templates]


@lru_cache(maxsize=8)
def document_of(text: str) -> Document:
    """The document of a text in YAML or JSON. Raises BadDocument."""
    try:
        data = YamlSource(Path("OpenAPI file"), text.encode()).data
    except InvalidSpec as error:
        raise BadDocument(f"the {error}") from None
    if not isinstance(data, Mapping) or not re.match(r"3\.[01]\.", str(data.get("openapi"))):
        raise BadDocument("it is no OpenAPI file of version 3.0 or 3.1")
    outside = next((ref for ref in _references(data) if not ref.startswith("#")), None)
    if outside is not None:
        raise BadDocument(f"it refers to another file, {outside!r}; bundle it into one")
    try:
        operations = tuple(_operations(data))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadDocument(f"its paths cannot be read: {type(error).__name__}: {error}") from None
    return Document(data, operations, _base(data), Schemas(data))


def _operations(data: Mapping[str, Any]) -> Iterator[Operation]:
    usual = data.get("security", [])
    for template in data.get("paths", {}):
        pointer, item = _followed(data, f"/paths/{_escaped(template)}")
        for method in METHODS:
            if method in item:
                yield _operation(data, method, template, f"{pointer}/{method}", usual)


def _operation(data: Any, method: str, template: str, pointer: str, usual: Any) -> Operation:
    row = _at(data, pointer)
    responses = {str(name): _followed(data, f"{pointer}/responses/{name}") for name in row.get("responses", {})}
    where, body = _followed(data, f"{pointer}/requestBody") if "requestBody" in row else ("", {})
    bodies = {
        media: f"{where}/content/{_escaped(media)}/schema"
        for media, content in body.get("content", {}).items()
        if "schema" in content
    }
    security = row.get("security", usual)
    return Operation(
        method, template, responses, bodies, bool(body.get("required")), bool(security) and {} not in security
    )


def _followed(data: Any, pointer: str) -> tuple[str, Mapping[str, Any]]:
    """What stands at a pointer, after references, and where that is."""
    for _ in range(20):
        found = _at(data, pointer)
        if "$ref" not in found:
            return pointer, found
        pointer = unquote(found["$ref"][1:])
    raise ValueError(f"the references at {pointer} lead nowhere")


def _at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        data = data[int(name)] if isinstance(data, list) else data[name]
    return data


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def _base(data: Mapping[str, Any]) -> str:
    servers = data.get("servers") or [{}]
    return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/")


def _endings(path: str, base: str) -> Iterator[str]:
    """A path without the server's, as it is, and without more and more of its beginning."""
    if base and path.startswith(f"{base}/"):
        yield path.removeprefix(base)
    yield path
    parts = path.split("/")[1:]
    for number in range(1, len(parts)):
        yield "/" + "/".join(parts[number:])


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]*\}", template)
    return re.compile("[^/]+".join(f"(?:{re.escape(part)}|{re.escape(quote(part, safe='/:'))})" for part in parts))
