"""From a request to a provider's answer: route, key, body, faults, handler, journal."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil
from urllib.parse import parse_qsl

import orjson

from .calls import Call
from .credentials import Credentials, read_key
from .dates import http_date
from .envelopes import word
from .faults.course import disturb
from .faults.manner import Manner
from .faults.scene import Scene
from .faults.table import Strike
from .jobs import Job, State
from .journal import Exchange, Note
from .magic import MagicWord, cast
from .media import Media
from .problems import Problem
from .providers.base import Provider
from .replies import JSON, Deferred, Reply
from .tenants import Tenant
from .validation import parse_json
from .world import World

_log = logging.getLogger("safelight")

CLOCK_RESOLUTION = 1e-6  # seconds; unix times as floats are hardly finer
LARGE_BODY = 256 * 1024  # bytes from which a body is looked at beside the event loop
CLIENT_GONE = 499  # nginx's status for a client that left before its answer

_INVALID = frozenset(["body-malformed", "body-too-large", "parameter-missing", "parameter-invalid", "model-unknown"])


@dataclass(slots=True)
class Inbound:
    """A request off the wire. `read` gives the body of at most so many bytes, or raises a Problem; None: no body."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    read: Callable[[int], Awaitable[bytes]] | None = None


@dataclass(slots=True)
class Outbound:
    """An answer as bytes, the exchange that recorded it, and how it travels where not simply."""

    status: int
    headers: dict[str, str]
    body: bytes
    exchange: Exchange | None = None
    manner: Manner | None = None


class Pipeline:
    """Answers requests to providers."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media

    async def answer(self, inbound: Inbound, provider: Provider, tag: str | None) -> Outbound:
        """The provider's answer, recorded in its tenant's journal. KeyError for an unknown tag."""
        query = dict(parse_qsl(inbound.query, keep_blank_values=True)) if inbound.query else {}
        credentials = read_key(provider.schemes, inbound.headers, query)
        tenant = self._world.attribute(tag, provider.name, credentials.key).owner_of(inbound.path)
        exchange = open_exchange(inbound, provider.name, tenant)
        try:
            reply = await self._attempt(inbound, provider, tenant, query, credentials, exchange)
        except Problem as problem:
            reply = refuse(problem, inbound, provider, tenant, exchange)
        except Exception:
            _log.exception("%s %s failed inside the simulator", inbound.method, inbound.path)
            reply = refuse(Problem("internal"), inbound, provider, tenant, exchange)
        except BaseException:
            abandon(exchange, tenant)
            raise
        return deliver(reply, exchange, tenant)

    async def _attempt(
        self,
        inbound: Inbound,
        provider: Provider,
        tenant: Tenant,
        query: Mapping[str, str],
        credentials: Credentials,
        exchange: Exchange,
    ) -> Reply:
        try:
            operation, params = provider.router.match(inbound.method, inbound.path)
        except Problem:
            own = provider.unmatched(inbound.method, inbound.path, tenant.choices[provider.name])
            if own is None:
                raise
            return own
        exchange.operation = operation.id
        if inbound.read is not None:
            exchange.request_body = await inbound.read(provider.spec.behaviour.body_limit)
        if provider.needs_key(operation, credentials, tenant.choices[provider.name]):
            self._world.authenticate(tenant, provider.name, credentials.key, credentials.malformed)
        call = Call(provider, tenant, self._media, operation, params, query, inbound.headers, exchange.at)
        call.body = exchange.request_body
        try:
            result = self._perform(call, exchange, inbound)
            return result if isinstance(result, Reply) else await result
        finally:
            exchange.notes += call.notes
            exchange.job = call.job_hex
            exchange.credits = call.price

    def _perform(self, call: Call, exchange: Exchange, inbound: Inbound) -> Reply | Awaitable[Reply]:
        if call.target in call.tenant.faults.rules:
            call.strike = _strike(call, exchange)
            if call.strike:
                return self._disturb(call, exchange, inbound, checked=False)
        _admit(call)
        if len(call.body) > LARGE_BODY:
            return self._perform_large(call, exchange, inbound)
        _check(call, exchange)
        return self._handle(call, exchange, inbound)

    async def _perform_large(self, call: Call, exchange: Exchange, inbound: Inbound) -> Reply:
        await asyncio.to_thread(_check, call, exchange)
        result = self._handle(call, exchange, inbound)
        return result if isinstance(result, Reply) else await result

    def _handle(self, call: Call, exchange: Exchange, inbound: Inbound) -> Reply | Awaitable[Reply]:
        try:
            result = call.provider.handlers[call.operation.id](call)
        except MagicWord:
            call.strike = cast(call)
            return self._disturb(call, exchange, inbound, checked=True)
        return self._wait_for(result, call.tenant) if isinstance(result, Deferred) else result

    async def _wait_for(self, deferred: Deferred, tenant: Tenant) -> Reply:
        return await deferred.render(await self._end_of(deferred.job, tenant))

    async def _disturb(self, call: Call, exchange: Exchange, inbound: Inbound, *, checked: bool) -> Reply:
        """Deal with a request that faults strike; it is `checked` if it has been found valid already."""

        async def take() -> Reply | Deferred:
            if not checked:
                _admit(call)
                _check(call, exchange)
            return call.provider.handlers[call.operation.id](call)

        def refusal(problem: Problem) -> Reply:
            return refuse(problem, inbound, call.provider, call.tenant, exchange)

        scene = Scene(
            self._world, call.provider, call.tenant, exchange, self._media, call.strike or {}, refusal,
            end_of=self._end_of, call=call,
        )  # fmt: skip
        try:
            return await disturb(scene, take)
        except MagicWord:
            call.strike = cast(call) | scene.remaining()
            return await self._disturb(call, exchange, inbound, checked=True)

    async def _end_of(self, job: Job, tenant: Tenant) -> State:
        while True:
            ends, clock = job.end()[0], tenant.clock
            if ends - clock.now() <= CLOCK_RESOLUTION:
                return job.state(ends)
            if self._world.closing:
                raise Problem("unavailable")
            await clock.wait_for_change(ends)


def open_exchange(inbound: Inbound, provider: str, tenant: Tenant) -> Exchange:
    """Start the record of a request to a tenant."""
    tenant.exchanges += 1
    target = f"{inbound.path}?{inbound.query}" if inbound.query else inbound.path
    return Exchange(
        tenant.exchanges, tenant.tag, provider, "", inbound.method, target, tenant.clock.now(), time.time(),
        inbound.headers,
    )  # fmt: skip


def close_exchange(exchange: Exchange, tenant: Tenant) -> None:
    """Finish the record and put it into the tenant's journal."""
    exchange.done = tenant.clock.now()
    exchange.real_done = time.time()
    tenant.journal.append(exchange)


def abandon(exchange: Exchange, tenant: Tenant) -> None:
    """Finish the record of a request whose client has left."""
    exchange.status = CLIENT_GONE
    exchange.notes += (Note("the client left before the answer"),)
    close_exchange(exchange, tenant)


def deliver(reply: Reply, exchange: Exchange, tenant: Tenant) -> Outbound:
    """The answer as bytes, recorded."""
    body = reply.body if isinstance(reply.body, bytes) else orjson.dumps(reply.body)
    headers = {"Content-Type": reply.content_type, "Date": http_date(exchange.at), "Server": "safelight"}
    if reply.headers:
        headers.update(reply.headers)
    if not reply.status:
        headers = {}
    exchange.status = reply.status
    exchange.response_headers = headers
    exchange.response_body = body
    close_exchange(exchange, tenant)
    return Outbound(reply.status, headers, body, exchange, reply.manner)


def _strike(call: Call, exchange: Exchange) -> Strike:
    """The armed faults that hit this request."""
    provider, faults = call.provider, call.tenant.faults
    ids = map(provider.parse_id, call.params.values())
    request = b"%s %s\n%s" % (exchange.method.encode(), exchange.target.encode("utf-8", "replace"), call.body)
    return faults.strike(call.target, call.tenant.seed, request, job=next((hex_id for hex_id in ids if hex_id), None))


def _check(call: Call, exchange: Exchange) -> None:
    provider, operation = call.provider, call.operation
    parameters = provider.parameters.get(operation.id)
    if parameters is not None:
        parameters.check(call.params, call.query)
    validator = provider.bodies.get(operation.id)
    if validator is not None:
        call.data = provider.prepare(parse_json(call.body), call.tenant.choices[provider.name])
        validator.check(call.data)
        exchange.verdict = "valid"
        call.inspected = provider.inspect(call)
        label = call.headers.get("Content-Type", "")
        if label != JSON and label.partition(";")[0].strip().lower() != JSON:
            call.note(f"the JSON body is not labelled {JSON}")


def _admit(call: Call) -> None:
    provider, tenant, role = call.provider, call.tenant, call.operation.role
    limit = provider.rate_limit(role, tenant.choices[provider.name])
    if role == "submit" and tenant.rate_limits:
        limit = tenant.rate_limits.get(provider.name, limit)
    if limit is None:
        return
    wait = tenant.rate_windows[provider.name].wait(call.now, limit)
    if wait:
        raise Problem("rate-limited", limit=limit, headers={"Retry-After": str(max(1, ceil(wait)))})


def refuse(problem: Problem, inbound: Inbound, provider: Provider, tenant: Tenant, exchange: Exchange) -> Reply:
    """The provider's wording of a problem, noted in the exchange."""
    row = provider.spec.behaviour.problems[problem.kind]
    exchange.problem = problem.kind
    exchange.rule = problem.rule or row.rule
    exchange.reason = _reason(problem)
    if problem.kind in _INVALID:
        exchange.verdict = "invalid"
    choices = tenant.choices[provider.name]
    reply = word(
        provider.spec.behaviour,
        problem,
        choices,
        method=inbound.method,
        path=inbound.path,
        limit=provider.spec.behaviour.body_limit,
        request_id=provider.request_id(exchange),
    )
    return provider.adapt_error(problem, reply, choices)


def _reason(problem: Problem) -> str | None:
    field, reason = problem.facts.get("field"), problem.facts.get("reason")
    return f"{field}: {reason}" if field and reason else reason
