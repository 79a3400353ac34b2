"""Where a request is addressed to, its body, its answer: between aiohttp and the pipeline."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from string import punctuation
from urllib.parse import parse_qsl, quote, urlsplit

import orjson
from aiohttp import web

from .answers import Answer
from .bodies import read_body
from .control import PREFIX as CONTROL_PREFIX
from .control.api import ControlApi
from .credentials import read_key
from .faults.course import disturb
from .faults.scene import Scene
from .faults.wire import Disturbed
from .journal import Exchange, Note
from .media import Media, split_tag
from .pipeline import Inbound, Outbound, Pipeline, abandon, deliver, open_exchange, refuse
from .problems import LONGEST_VALUE, Problem
from .providers.base import Provider
from .replies import JSON, Reply
from .tenants import Tenant
from .world import World

_HEADER = re.compile(r"([!#-'*+.^_`|~0-9A-Za-z-]+):[\t -~\x80-\xff]*")

_UNAVAILABLE = Reply(503, b"", "text/plain")  # the simulator closes

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization, Content-Type, API-KEY, x-goog-api-key",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Max-Age": "600",
}


class ApiWire:
    """Answers on the API port: providers by path prefix or host name, the control API, health."""

    def __init__(
        self,
        world: World,
        pipeline: Pipeline,
        control: ControlApi,
        *,
        cors: bool,
        only: Provider | None = None,
    ) -> None:
        self._world = world
        self._pipeline = pipeline
        self._control = control
        self._cors = cors
        self._only = only
        self._hosts = _host_names(world)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request."""
        if self._cors and request.method == "OPTIONS":
            return Answer(Outbound(204, _CORS, b""))
        outbound = await self._answer(request)
        if self._cors:
            outbound.headers.update(_CORS)
        return _sent(outbound)

    def locate(self, path: str, host: str) -> tuple[Provider | None, str | None, str]:
        """The provider that a path and host name address, the tenant's tag, and the rest of the path."""
        tag, rest = split_tag(path)
        if self._only is not None:
            return self._only, tag, rest
        name, slash, tail = rest[1:].partition("/")
        provider = self._world.providers.get(name)
        if provider is not None:
            return provider, tag, slash + tail or "/"
        return self._hosts.get(host.partition(":")[0].lower()), tag, rest

    def malformed(self, head: bytes, reason: str) -> Outbound:
        """The answer to bytes that are not HTTP, in the envelope of the provider they seem to be meant for."""
        method, path = _request_line(head)
        provider, tag, rest = self.locate(path.partition("?")[0], _host_line(head))
        if provider is None:
            return own_error(400, f"this is not a valid HTTP request: {reason}")
        tenant = self._world.tenants.get(tag or "", self._world.unattributed)
        inbound = Inbound(method, rest, "", {})
        exchange = open_exchange(inbound, provider.name, tenant)
        problem = Problem("header-malformed", field=_bad_header(head), reason=reason)
        return deliver(refuse(problem, inbound, provider, tenant, exchange), exchange, tenant)

    async def _answer(self, request: web.BaseRequest) -> Outbound:
        target, host = _address(request)
        path, _, query = target.partition("?")
        if path.startswith(CONTROL_PREFIX) or path == "/health":
            return await self._control.answer(request, path, query)
        provider, tag, rest = self.locate(path, host)
        if provider is None:
            return self._nowhere(path)
        if tag is not None and tag not in self._world.tenants:
            return own_error(404, f"there is no tenant {tag!r}; create it through {CONTROL_PREFIX}/tenants")
        read = partial(read_body, request) if request.can_read_body else None
        inbound = Inbound(request.method, rest, query, request.headers, read)
        return await self._pipeline.answer(inbound, provider, tag)

    def _nowhere(self, path: str) -> Outbound:
        names = ", ".join(f"/{name}" for name in self._world.providers)
        status = 200 if path == "/" else 404
        return own_error(status, f"this is Safelight; providers are at {names}, control at {CONTROL_PREFIX}")


class MediaWire:
    """Answers on the media port."""

    def __init__(self, world: World, media: Media, *, cors: bool) -> None:
        self._world = world
        self._media = media
        self._cors = cors

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The image, or its store's refusal."""
        path, _, query = _address(request)[0].partition("?")
        tag, rest = split_tag(path)
        owner = self._world.default if tag is None else self._world.tenants.get(tag, self._world.unattributed)
        tenant = owner.owner_of(rest)
        name = rest[1:].partition("/")[0]
        inbound = Inbound(request.method, path, query, request.headers)
        exchange = open_exchange(inbound, name if name in self._world.providers else "", tenant)
        exchange.operation = "media"
        exchange.notes = tuple(_leaks(self._world, request.headers, query))
        try:
            reply = await self._reply(request, tenant, rest, exchange)
        except BaseException:
            abandon(exchange, tenant)
            raise
        outbound = deliver(reply, exchange, tenant)
        outbound.headers["Accept-Ranges"] = "none"
        if self._cors:
            outbound.headers.update(_CORS)
        return _sent(outbound)

    def malformed(self, head: bytes, reason: str) -> Outbound:
        """The answer to bytes that are not HTTP."""
        return own_error(400, f"this is not a valid HTTP request: {reason}")

    async def _reply(self, request: web.BaseRequest, tenant: Tenant, path: str, exchange: Exchange) -> Reply:
        provider = self._world.providers.get(path[1:].partition("/")[0])
        if request.method not in ("GET", "HEAD"):
            return Reply(405, b"", "text/plain", {"Allow": "GET, HEAD"})
        try:
            found = self._media.find(tenant, path.partition("?")[0])
        except Problem:
            return self._media.missing(provider, path)
        url = f"{self._world.media_base}{_address(request)[0]}"
        fetch = partial(self._media.fetch, tenant, found, request.method, url, request.headers)
        if not tenant.faults.rules:
            return await fetch()
        request_line = f"{request.method} {path}".encode("utf-8", "replace")
        target = (found.provider.name, exchange.operation)
        strike = tenant.faults.strike(target, tenant.seed, request_line, job=found.job.hex)
        scene = Scene(
            self._world, found.provider, tenant, exchange, self._media, strike, lambda problem: _UNAVAILABLE,
            found=found,
        )  # fmt: skip
        return await (disturb(scene, fetch) if strike else fetch())


def _sent(outbound: Outbound) -> web.StreamResponse:
    return Answer(outbound) if outbound.manner is None else Disturbed(outbound, outbound.manner)


def own_error(status: int, message: str) -> Outbound:
    """An answer that comes from Safelight itself and from no provider."""
    return Outbound(status, {"Content-Type": JSON, "Server": "safelight"}, orjson.dumps({"safelight": message}))


def _host_names(world: World) -> dict[str, Provider]:
    names: dict[str, Provider] = {}
    for name, provider in world.providers.items():
        names[f"{name}.localhost"] = provider
        names[urlsplit(provider.spec.behaviour.api_origin).netloc] = provider
    return names


def _leaks(world: World, headers: Mapping[str, str], query: str) -> Iterator[Note]:
    parameters = dict(parse_qsl(query)) if query else {}
    for name, provider in world.providers.items():
        key = read_key(provider.schemes, headers, parameters).key
        if key is not None and (name, key) in world.keys:
            yield Note(f"the {name} key was sent to the media host")


def _address(request: web.BaseRequest) -> tuple[str, str]:
    """The path with the query, and the host; clients may send both as one URL, as they do to a proxy."""
    target = _ascii(request.raw_path)
    if target.startswith("/") or "://" not in target:
        return target, request.headers.get("Host", "")
    host, slash, tail = target.partition("://")[2].partition("/")
    return slash + tail or "/", host


def _ascii(target: str) -> str:
    """The target of a request with bytes that may not stand in a URL percent-encoded."""
    return target if target.isascii() else quote(target, safe=punctuation, errors="surrogateescape")


def _request_line(head: bytes) -> tuple[str, str]:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    method = words[0][:16] if words[0].isalpha() else "?"
    return method, words[1] if len(words) > 1 and words[1].startswith("/") else "/"


def _host_line(head: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode("latin-1").partition(":")
        if name.strip().lower() == "host":
            return value.strip()
    return ""


def _bad_header(head: bytes) -> str:
    """The name in the first line of a head that is no header; `line` where all of them look well."""
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    bad = next((line for line in lines if not _HEADER.fullmatch(line)), "line")
    name, colon, _ = bad.partition(":")
    if not colon or bad.startswith((" ", "\t")):
        return "line"  # it may be a key
    return name.strip()[:LONGEST_VALUE] or "line"
