"""A command with placeholders, and what is put in their place: words of arguments, never text for a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from .child import split_command
from .errors import BadSubject

OP: Final = "op"
FEATURES: Final[Mapping[str, tuple[str, ...]]] = {
    "ratio": ("ratio",), "resolution": ("resolution",), "count": ("count",), "image": ("url-images", "bytes-images"),
    "image_url": ("url-images",), "image_file": ("bytes-images",), "output_format": ("output-format",),
    "temperature": ("temperature",), "top_p": ("top-p",), "channel": ("channel",), "deadline": ("deadline",),
}  # fmt: skip
PLACEHOLDERS: Final = (OP, "prompt", "provider", "base_url", "api_key", "model", "task_id", *FEATURES)

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")

Values = Mapping[str, Sequence[str]]


class Template:
    """A command as it was written. Raises BadSubject for a placeholder that is none.

    An argument with a placeholder that has no value is left out, together with an option before it; one whose
    placeholder has several values stands there several times, the option, too. `{{` is a brace.
    """

    def __init__(self, command: str) -> None:
        self._words = split_command(command, "--exec")
        self.placeholders = frozenset(name for word in self._words for name in _PLACEHOLDER.findall(word) if name)
        for name in self.placeholders:
            if name not in PLACEHOLDERS:
                near = get_close_matches(name, PLACEHOLDERS, n=1)
                hint = f"did you mean {{{near[0]}}}?" if near else f"there are {', '.join(PLACEHOLDERS)}."
                raise BadSubject(f"--exec has {{{name}}}, which is no placeholder; {hint}")

    @property
    def features(self) -> frozenset[str]:
        """What can be asked for through the placeholders."""
        return frozenset(feature for name in self.placeholders for feature in FEATURES.get(name, ()))

    def filled(self, values: Values) -> list[str]:
        """The arguments for one call."""
        arguments: list[str] = []
        option: str | None = None
        for word in self._words:
            names = [name for name in _PLACEHOLDER.findall(word) if name]
            if not names and word.startswith("-") and word != "-":
                arguments += [option] if option is not None else []
                option = _filled(word, {})
                continue
            for filled in _fillings(word, names, values):
                arguments += [filled] if option is None else [option, filled]
            option = None
        return arguments if option is None else [*arguments, option]


def _fillings(word: str, names: Sequence[str], values: Values) -> Iterator[str]:
    if any(not values.get(name) for name in names):
        return
    for row in range(max((len(values[name]) for name in names), default=1)):
        yield _filled(word, {name: values[name][min(row, len(values[name]) - 1)] for name in names})


def _filled(word: str, chosen: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: chosen[match[1]] if match[1] else match[0][0], word)
