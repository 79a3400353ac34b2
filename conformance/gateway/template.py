"""Bodies of requests as templates: JSON in which `"{prompt}"` stands for a value, and is left out where there is none.

A text that is one placeholder takes the value with its type; within a longer text it is put in as text. `"{count|1}"`
stands for a text of its own where there is no value, as an API wants it that has no default. An item
`{each: images, as: …}` of a list stands for one item per image, in which `{image.url}` and the like can be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)*)(?:\|([^{}]*))?\}")


class _Nothing:
    """Stands for what is left out."""


_NOTHING: Final = _Nothing()


def placeholders(template: Any) -> frozenset[str]:
    """The names that a template has places for."""
    return frozenset(_names(template))


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with these values; what has none is left out, with whatever holds nothing else. None if all is."""
    made = _fill(template, values)
    return None if made is _NOTHING else made


def filled_text(template: str, values: Mapping[str, Any]) -> str:
    """A text with its placeholders replaced; those without a value stay as they are."""
    return _PLACEHOLDER.sub(lambda match: str(_value(match, values, match[0])), template)


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Mapping):
        made = {key: _fill(each, values) for key, each in template.items()}
        kept = {key: each for key, each in made.items() if each is not _NOTHING}
        return kept if kept or not template else _NOTHING
    if isinstance(template, list):
        items = [each for item in template for each in _fill_item(item, values) if each is not _NOTHING]
        return items if items or not template else _NOTHING
    return template


def _fill_item(item: Any, values: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(item, Mapping) and set(item) == {"each", "as"}:
        for one in values.get(item["each"]) or ():
            yield _fill(item["as"], {**values, **one})
    else:
        yield _fill(item, values)


def _fill_text(template: str, values: Mapping[str, Any]) -> Any:
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return _value(whole, values, _NOTHING)
    if any(_value(match, values, None) is None for match in _PLACEHOLDER.finditer(template)):
        return _NOTHING
    return filled_text(template, values)


def _value(match: re.Match[str], values: Mapping[str, Any], otherwise: Any) -> Any:
    """What stands in the place of a placeholder: its value, its own default, or something else."""
    value = values.get(match[1])
    return value if value is not None else match[2] if match[2] is not None else otherwise


def _names(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield from (match[1] for match in _PLACEHOLDER.finditer(template))
    elif isinstance(template, Mapping):
        if set(template) == {"each", "as"}:
            yield template["each"]
        for each in template.values():
            yield from _names(each)
    elif isinstance(template, list):
        for each in template:
            yield from _names(each)
