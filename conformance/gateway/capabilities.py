"""What a gateway can be asked, from its file: features as clients have them, and conditions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..checks.rules import GATEWAY
from ..client import Capabilities
from .dialect import IMAGES
from .file import GatewayFile

if TYPE_CHECKING:
    from collections.abc import Iterator

SYNC: Final = "sync-flow"  # it can be asked so that the answer to the request holds the images
ASYNC: Final = "async-flow"  # it can be asked for a job
KEYS: Final = "caller-keys"  # it wants a key of its callers
TENANTS: Final = "tenants"
IDEMPOTENCY: Final = "idempotency"
FAILOVER: Final = "failover"
DEADLINE: Final = "declared-deadline"
URL_FORM: Final = "url-form"
BYTES_FORM: Final = "bytes-form"
LISTS_MODELS: Final = "lists-models"
NAMED: Final = "named-models"
CHOOSES: Final = "chooses-provider"
OPENAPI: Final = "openapi"
SECURED: Final = "openapi-security"  # operations of its file want a key
INPUTS: Final = "openapi-inputs"  # operations of its file take what can be wrong
FETCHES: Final = "fetches-references"

_FIELDS: Final = {
    "ratio": "ratio", "resolution": "resolution", "count": "count", "output_format": "output-format",
    "temperature": "temperature", "top_p": "top-p",
}  # fmt: skip


def capabilities_of(file: GatewayFile) -> Capabilities:
    """What can be wished for, as of a client."""
    takes = frozenset[str]().union(*(flow.takes for flow in file.dialect.flows))
    features = {feature for field, feature in _FIELDS.items() if field in takes}
    if IMAGES in takes:
        features |= {f"{way}-images" for way in file.dialect.pictures}
    return Capabilities(file.name, "", file.providers, frozenset(features | {"parallel", "deadline"}))


def conditions_of(file: GatewayFile) -> frozenset[str]:
    """What else checks of gateways may need."""
    return frozenset(_conditions(file))


def _conditions(file: GatewayFile) -> Iterator[str]:
    claims, dialect = file.claims, file.dialect
    yield GATEWAY
    yield from (f"{kind}-flow" for kind in dialect.kinds)
    claimed = {
        KEYS: bool(claims.keys and dialect.auth),
        TENANTS: claims.tenants and "other" in claims.keys,
        IDEMPOTENCY: bool(claims.idempotency),
        FAILOVER: bool(claims.failover) and "any" in file.models,
        DEADLINE: claims.deadline is not None,
        URL_FORM: "url" in dialect.forms,
        BYTES_FORM: "bytes" in dialect.forms,
        LISTS_MODELS: bool(dialect.models),
        NAMED: any(name != "any" for name in file.models),
        CHOOSES: "any" in file.models,
        OPENAPI: claims.openapi is not None,
        FETCHES: claims.fetches_references,
    }
    yield from (name for name, holds in claimed.items() if holds)
    if claims.openapi is not None:
        yield from _documented(claims.openapi)


def _documented(text: str) -> Iterator[str]:
    from ..fuzz.document import document_of

    operations = document_of(text).operations
    if any(operation.secured for operation in operations):
        yield SECURED
    if any(operation.bodies for operation in operations):
        yield INPUTS
