"""What a provider module is made of, and how one is found by name."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from ...specs import InvalidSpec, Operation, SecurityScheme, Spec, load, provider_names
from ..calls import Call
from ..credentials import Credentials
from ..jobs import Job
from ..journal import Exchange
from ..problems import Problem
from ..replies import JSON, Deferred, Reply
from ..routing import Router
from ..seeds import as_uuid, identify
from ..validation import BodyValidator, ParameterValidators

Handler = Callable[[Call], Reply | Deferred]

_HEX = r"[0-9a-f]{32}"
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


class Provider:
    """A provider served from its spec; subclasses add one method per handler of the OpenAPI file.

    Raises InvalidSpec when the methods and the operations do not match.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.name = spec.name
        self.router = Router(spec.operations)
        self.schemes = _distinct_schemes(spec.operations)
        self.handlers = {operation.id: self._handler(operation) for operation in spec.operations}
        self.bodies = {
            operation.id: BodyValidator(operation.body_schema, spec.behaviour.overrides)
            for operation in spec.operations
            if operation.body_schema is not None and JSON in operation.body_types
        }
        self.parameters = {
            operation.id: ParameterValidators(operation) for operation in spec.operations if operation.parameters
        }
        self._id_pattern = _compile_id(spec.behaviour.identifiers["job"])

    def public_id(self, hex_id: str, kind: str = "job") -> str:
        """The provider's spelling of an identity."""
        template = self.spec.behaviour.identifiers.get(kind, "{hex}")
        if "{uuid}" in template:
            return template.replace("{uuid}", as_uuid(hex_id))
        return template.replace("{hex}", hex_id)

    def parse_id(self, public_id: str) -> str | None:
        """The identity behind a public job id, or None if it cannot be one."""
        match = self._id_pattern.fullmatch(public_id)
        return match[1].replace("-", "") if match else None

    def rate_limit(self, role: str, choices: Mapping[str, str]) -> int | None:
        """Requests per minute allowed to operations of a role; None for no limit."""
        return self.spec.behaviour.submits_per_minute if role == "submit" else None

    def needs_key(self, operation: Operation, credentials: Credentials, choices: Mapping[str, str]) -> bool:
        """Whether a request with these credentials is refused unless they are a valid key."""
        return bool(operation.security)

    def request_id(self, exchange: Exchange) -> str:
        """The provider's id of one exchange, for error bodies."""
        return self.public_id(f"{_family(self.name, exchange.tenant)}{exchange.number:012x}", "request")

    def unmatched(self, method: str, path: str, choices: Mapping[str, str]) -> Reply | None:
        """A provider's own answer to a path that is no route; None leaves it to the core."""
        return None

    def adapt_error(self, problem: Problem, reply: Reply, choices: Mapping[str, str]) -> Reply:
        """An error answer as the knobs of this provider want it."""
        return reply

    def prepare(self, data: Any, choices: Mapping[str, str]) -> Any:
        """A parsed body as it is to be validated, for knobs that are laxer than the schema."""
        return data

    def inspect(self, call: Call) -> Any:
        """What is to be learned of the images inside a valid body, kept in `call.inspected`. Raises Problem.

        Large bodies are looked at in another thread, so this may read the call but change nothing else.
        """
        return None

    def media_values(self, job: Job, choices: Mapping[str, str]) -> Mapping[str, str]:
        """Values for decoration in media paths, such as {slug} and {stamp}; `ext` replaces the suffix."""
        return {}

    def signed_life(self, choices: Mapping[str, str]) -> int | None:
        """Seconds for which a signed result URL holds; None where URLs are not signed."""
        behaviour = self.spec.behaviour
        return int(behaviour.media_life or 0) if behaviour.media_signed else None

    def _handler(self, operation: Operation) -> Handler:
        handler = getattr(self, operation.handler, None)
        if handler is None:
            needed = f"the operation {operation.id} needs a method {operation.handler} on {type(self).__name__}"
            raise InvalidSpec(self.spec.folder / "openapi.yaml", needed)
        return handler  # type: ignore[no-any-return]


def load_providers(names: tuple[str, ...] | None = None) -> list[Provider]:
    """The built-in providers, or those named. Raises UnknownProvider or InvalidSpec."""
    return [_load(load(name)) for name in names or provider_names()]


@lru_cache
def _family(provider: str, tenant: str) -> str:
    """The twenty hex digits that the ids of a tenant's requests begin with."""
    return identify(0, f"{provider}/{tenant}".encode())[:20]


def _load(spec: Spec) -> Provider:
    module = import_module(f".{spec.name}", __package__)
    provider: Provider = module.PROVIDER(spec)
    return provider


def _compile_id(template: str) -> re.Pattern[str]:
    literal = re.escape(template)
    return re.compile(literal.replace(r"\{hex\}", f"({_HEX})").replace(r"\{uuid\}", f"({_UUID})"))


def _distinct_schemes(operations: tuple[Operation, ...]) -> tuple[SecurityScheme, ...]:
    found: dict[SecurityScheme, None] = {}
    for operation in operations:
        found.update(dict.fromkeys(operation.security))
    return tuple(found)
