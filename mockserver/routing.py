"""From method and path to operation, by the paths of the provider's OpenAPI file."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

from ..specs import Operation
from .problems import Problem

_REMEMBERED = 1_024  # requests whose operation is not looked up anew: jobs are polled again and again
_PARAMETER = re.compile(r"\{([^}]+)\}")
_ENCODED_COLON = re.compile("%3A", re.IGNORECASE)  # a colon needs no encoding, and yet some libraries encode it

Match = tuple[Operation, dict[str, str]]


class Router:
    """Fixed paths by one look-up, templates by a regular expression each."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._fixed: dict[str, dict[str, Operation]] = {}
        templates: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            table = templates if "{" in operation.path else self._fixed
            table.setdefault(operation.path, {})[operation.method.upper()] = operation
        self._templates = [(_compile(path), methods) for path, methods in templates.items()]
        self.match = lru_cache(_REMEMBERED)(self._match)

    def _match(self, method: str, path: str) -> Match:
        """The operation and its decoded path parameters.

        Raises Problem route-unknown, or method-not-allowed with an Allow header.
        """
        if "%" in path:
            path = _ENCODED_COLON.sub(":", path)
        methods = self._fixed.get(path)
        params: dict[str, str] = {}
        if methods is None:
            methods, params = self._match_template(path)
        operation = methods.get(method)
        if operation is None:
            allowed = {"Allow": ", ".join(sorted(methods))}
            raise Problem("method-not-allowed", method=method, path=path, headers=allowed)
        return operation, params

    def knows(self, path: str) -> bool:
        """Whether any method is served at this path."""
        return path in self._fixed or any(pattern.fullmatch(path) for pattern, _ in self._templates)

    def _match_template(self, path: str) -> tuple[dict[str, Operation], dict[str, str]]:
        for pattern, methods in self._templates:
            found = pattern.fullmatch(path)
            if found:
                params = found.groupdict()
                return methods, {name: unquote(params[name]) for name in params} if "%" in path else params
        raise Problem("route-unknown", path=path)


def _compile(path: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(path)
    literals, names = parts[::2], parts[1::2]
    pattern = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += f"(?P<{name}>[^/]+?){re.escape(literal)}"
    return re.compile(pattern)
