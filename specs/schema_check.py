"""Does a specification file fit its schema?"""

from __future__ import annotations

from pathlib import Path

from .complaints import complaint
from .yaml_source import YamlSource

SCHEMAS = Path(__file__).parent / "schemas"


def check_schema(source: YamlSource, name: str) -> None:
    """Hold a file against `schemas/<name>.schema.yaml`.

    Raises:
        InvalidSpec: It does not fit; the message is about the fault that is most to the point.
    """
    file = SCHEMAS / f"{name}.schema.yaml"
    found = complaint(YamlSource(file, file.read_bytes()).data, source.data)
    if found is not None:
        place, problem = found
        raise source.error(problem, place)
