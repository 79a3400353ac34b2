"""The file that describes a gateway; its schema is `gateway.schema.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...specs import provider_names
from ..subjects.base import Address, Claims
from ..subjects.errors import BadSubject
from .dialect import Dialect, dialect_document, dialect_names
from .template import filled_text
from .wording import slips

if TYPE_CHECKING:
    from ...specs.references import Place
    from ..subjects.base import Opening

SCHEMA: Final = Path(__file__).with_name("gateway.schema.yaml")

HOOK: Final = "hook"  # the clock of a process that sleeps through $SAFELIGHT_CLOCK

_USUAL_PORT: Final = 4010  # as that of `safelight serve`
_OWN_FLOWS: Final = "own"  # the dialect of a file that describes its flows itself
_CLOCKS: Final = {"app": ("virtual",), "start": ("real", HOOK, "faketime"), "url": ("real",)}
_PARTS: Final = {"flows": "flows", "auth": "auth", "forms": "forms", "error": "error", "listing": "models",
                 "pictures": "pictures"}  # fmt: skip


class BadGateway(BadSubject):
    """The file is none; the message is one sentence that names line and key."""


@dataclass(frozen=True, slots=True)
class Start:
    """A command that starts a gateway, and how to know that it is ready: `within` so many real seconds."""

    command: str
    directory: Path
    ready: str = "/"
    within: float = 30.0


@dataclass(frozen=True, slots=True)
class GatewayFile:
    """What a file says. Exactly one of `app`, `start` and `url` is given; `models` is by provider and `any`.

    `address` is where the simulator has to be, if that is not told to the gateway when it is started.
    """

    path: Path
    name: str
    dialect: Dialect
    models: Mapping[str, str]
    clock: str
    claims: Claims
    app: str | None = None
    start: Start | None = None
    url: str | None = None
    address: Address | None = None
    prefix: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def providers(self) -> tuple[str, ...]:
        """Those that can be asked for by name, or all where the choice is the gateway's alone."""
        named = tuple(name for name in provider_names() if name in self.models)
        return named or tuple(provider_names())

    def environment(self, opening: Opening, port: int = 0) -> dict[str, str]:
        """The environment of the gateway, with the simulator's addresses and keys in it."""
        values = {"port": str(port), "pictures": opening.pictures}
        for name, upstream in opening.upstreams.items():
            values |= {f"{name}.base_url": upstream.base_url, f"{name}.api_key": upstream.api_key}
        values |= {f"key.{whose}": key for whose, key in self.claims.keys.items()}
        return {name: filled_text(text, values) for name, text in self.env.items()}


def read_gateway(path: Path) -> GatewayFile:
    """The gateway that a file describes. Raises BadGateway."""
    from ...specs.errors import InvalidSpec
    from ...specs.yaml_source import YamlSource

    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadGateway(f"the gateway file {path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    try:
        source = YamlSource(path, content)
        _check(source)
    except InvalidSpec as error:
        raise BadGateway(_sentence(error)) from None
    return _made(path, source)


def _made(path: Path, source: Any) -> GatewayFile:
    row = source.data
    references = row.get("references", {})
    claims = row.get("claims", {})
    app = row.get("app")
    start = row.get("start")
    if start:
        start = Start(**{**start, "directory": path.parent / start.get("directory", ".")})
    return GatewayFile(
        path=path,
        name=row.get("name") or path.parent.resolve().name,
        dialect=_dialect(row, source),
        models=row.get("models", {}),
        clock=row.get("clock", "virtual" if app else "real"),
        app=app,
        start=start,
        url=row.get("url"),
        address=_address_of(row),
        prefix=row.get("path", "").rstrip("/"),
        env=row.get("env", {}),
        claims=Claims(
            deadline=claims.get("deadline"),
            idempotency=claims.get("idempotency"),
            failover=tuple(claims.get("failover", ())),
            tenants=claims.get("tenants", False),
            fetches_references=references.get("fetched", False),
            references=tuple(references.get("allow", ())),
            keys=row.get("keys", {}),
            openapi=_openapi(path, row, source),
            models=row.get("models", {}),
        ),
    )


def _address_of(row: Mapping[str, Any]) -> Address | None:
    if "simulator" not in row and "url" not in row:
        return None
    where = row.get("simulator", {})
    return Address(where.get("port", _USUAL_PORT), where.get("keys", {}))


def _dialect(row: Mapping[str, Any], source: Any) -> Dialect:
    name = row.get("dialect", _OWN_FLOWS)
    base: Mapping[str, Any] = {"auth": {"Authorization": "Bearer {key}"}}
    if name != _OWN_FLOWS:
        try:
            base = dialect_document(name)
        except KeyError:
            near = get_close_matches(name, dialect_names(), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(dialect_names())}"
            raise _bad(source, f"there is no dialect {name!r}; {hint}", ("dialect",)) from None
    own = {part: row[key] for key, part in _PARTS.items() if key in row}
    document = {**base, **own}
    if "flows" not in document:
        raise _bad(source, f"it says neither its `dialect` ({', '.join(dialect_names())}) nor its `flows`")
    return Dialect.of(name, document, row.get("fields", {}))


def _openapi(path: Path, row: Mapping[str, Any], source: Any) -> str | None:
    from ..fuzz.document import BadDocument, document_of

    if "openapi" not in row:
        return None
    try:
        text: str = (path.parent / row["openapi"]).read_text("utf-8")
        document_of(text)
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(source, f"the OpenAPI file {row['openapi']} cannot be read: {error}", ("openapi",)) from None
    except BadDocument as error:
        raise _bad(source, f"{row['openapi']} cannot be used: {error}", ("openapi",)) from None
    return text


def _check(source: Any) -> None:
    import yaml
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = yaml.safe_load(SCHEMA.read_text("utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(source.data))
    if error is not None:
        raise source.error(_said(error), _place(error))
    for problem, place in slips(source.data):
        raise source.error(problem, place)
    way = next(name for name in ("app", "start", "url") if name in source.data)
    clock = source.data.get("clock", _CLOCKS[way][0])
    if clock.partition(":")[0] not in _CLOCKS[way]:
        raise source.error(f"with `{way}` the clock can be {' or '.join(_CLOCKS[way])}", ("clock",))
    if way == "app" and "simulator" in source.data:
        raise source.error("an `app` is told where the simulator is by its `env`", ("simulator",))


def _place(error: Any) -> Place:
    extra = _unknown(error)
    return (*error.absolute_path, extra) if extra else tuple(error.absolute_path)


def _said(error: Any) -> str:
    extra = _unknown(error)
    if extra:
        near = get_close_matches(extra, error.schema["properties"], n=1)
        return f"there is no key {extra!r} here" + (f"; did you mean {near[0]!r}?" if near else "")
    if error.validator == "oneOf":
        return "it takes exactly one of `app`, `start` and `url`"
    return str(error.message)


def _unknown(error: Any) -> str | None:
    if error.validator != "additionalProperties" or "properties" not in error.schema:
        return None
    return next((str(name) for name in error.instance if name not in error.schema["properties"]), None)


def _bad(source: Any, problem: str, place: Place = ()) -> BadGateway:
    return BadGateway(_sentence(source.error(problem, place)))


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text if text.endswith("?") else f"{text}."
