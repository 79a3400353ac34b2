"""A YAML file as JSON data that remembers its lines. Imports yaml: only for files not seen before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import yaml

from .errors import InvalidSpec
from .references import Place, dotted


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, fast where libyaml is there. Dates stay strings: JSON has none."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class YamlSource:
    """The data of a YAML file (`data`, with strings for keys throughout) and errors that name its lines.

    Raises:
        InvalidSpec: The content is not YAML, is empty, repeats a key, or holds what JSON can't say.
    """

    def __init__(self, file: Path, content: bytes) -> None:
        self.file = file
        try:
            loader = _Loader(content)
            self._root = loader.get_single_node()
            if self._root is None:
                raise InvalidSpec(file, "is empty")
            self._refuse_repeated_keys(self._root, (), set())
            self.data = _as_json(loader.construct_document(self._root))
        except yaml.YAMLError as error:
            raise _not_yaml(file, error) from None
        except (orjson.JSONEncodeError, RecursionError) as error:
            raise InvalidSpec(file, f"holds something that JSON can't say ({error})") from None

    def error(self, problem: str, place: Place = ()) -> InvalidSpec:
        """The exception for a problem at a place in this file."""
        return InvalidSpec(self.file, problem, dotted(place), self._line(place))

    def _line(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it that the file has."""
        node, line = self._root, _line(self._root)
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                found = (node.value[part], node.value[part])
            else:
                found = None
            if found is None:
                break
            line, node = _line(found[0]), found[1]
        return line

    def _refuse_repeated_keys(self, node: yaml.Node, place: Place, seen: set[int]) -> None:
        if id(node) in seen:  # an alias
            return
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise InvalidSpec(self.file, "a key must be a word", dotted(place), _line(key))
                if key.value in keys:
                    problem = f"the key {key.value!r} stands twice"
                    raise InvalidSpec(self.file, problem, dotted(place), _line(key))
                keys.add(key.value)
                self._refuse_repeated_keys(value, (*place, key.value), seen)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._refuse_repeated_keys(value, (*place, index), seen)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _not_yaml(file: Path, error: yaml.YAMLError) -> InvalidSpec:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        line = error.problem_mark.line + 1
        return InvalidSpec(file, f"this is not valid YAML, {error.problem or error.context}", line=line)
    return InvalidSpec(file, f"this is not valid YAML, {str(error).splitlines()[0]}")


def _as_json(data: Any) -> Any:
    return orjson.loads(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS))
