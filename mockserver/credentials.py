"""Reading the key out of a request."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..specs import SecurityScheme


class Credentials(NamedTuple):
    """The key a request carries, or that it carries something that cannot be one."""

    key: str | None
    malformed: bool = False


def read_key(schemes: Iterable[SecurityScheme], headers: Mapping[str, str], query: Mapping[str, str]) -> Credentials:
    """The first key found among the provider's schemes, in their order."""
    malformed = False
    for scheme in schemes:
        value = (query if scheme.kind == "query" else headers).get(scheme.parameter)
        if value is None:
            continue
        if scheme.kind == "bearer":
            word, _, value = value.partition(" ")
            if word.lower() != "bearer":
                malformed = True
                continue
        value = value.strip()
        if value:
            return Credentials(value)
        malformed = True
    return Credentials(None, malformed)
