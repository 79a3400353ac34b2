"""Where results lie: how each kind of store signs its URLs, and how it refuses one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

_NOT_IN_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer of a store that does not hand out an object."""

    status: int
    content_type: str
    body: bytes


def xml_refusal(status: int, fields: Mapping[str, str], content_type: str = "application/xml") -> Refusal:
    """A refusal whose body is an `Error` document with these fields, in this order."""
    error = ElementTree.Element("Error")
    for name, value in fields.items():
        # Values come from the URL, which may name characters that XML cannot hold.
        ElementTree.SubElement(error, name).text = re.sub(_NOT_IN_XML, "\ufffd", value)
    body = ElementTree.tostring(error, encoding="unicode")
    return Refusal(status, content_type, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())
