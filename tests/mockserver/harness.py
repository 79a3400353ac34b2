"""A simulator without sockets for tests: requests go straight into the pipeline, on a manual clock.

Every answer is checked against the provider's own OpenAPI file on the way, so that no test can get one that
the specification does not describe, unless it says so (`documented=False`).
"""

import asyncio
import io
import re
import socket
from base64 import b64encode
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

import jsonschema_rs
import orjson
from PIL import Image

from safelight.mockserver.images import Renderer, describe
from safelight.mockserver.jobs import Job
from safelight.mockserver.journal import Exchange
from safelight.mockserver.media import Media, split_tag
from safelight.mockserver.pipeline import Inbound, Outbound, Pipeline
from safelight.mockserver.problems import Problem
from safelight.mockserver.progress import parse_progress
from safelight.mockserver.providers.base import Provider, load_providers
from safelight.mockserver.replies import Reply
from safelight.mockserver.tenants import Tenant, TenantSettings
from safelight.mockserver.world import World, WorldSettings
from safelight.specs import Operation, Spec, load, provider_names
from safelight.specs.openapi import standalone

T = TypeVar("T")

NAMES = provider_names()
ASYNCHRONOUS = ("reapi", "threedai", "gmicloud")
OPERATIONS = [(name, operation) for name in NAMES for operation in load(name).operations]
JSON = {"Content-Type": "application/json"}
READY = "the tenant's ready key"
MEDIA_BASE = "http://localhost:4011"

SERVER_ERRORS = ("internal", "unavailable")


def operation_ids(entry: tuple[str, Operation]) -> str:
    """`reapi-submit`, as a test id."""
    return f"{entry[0]}-{entry[1].id}"


def png(width: int = 3, height: int = 2) -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def base64_png(width: int = 3, height: int = 2) -> str:
    """A small picture as bare base64."""
    return b64encode(png(width, height)).decode()


def data_uri(width: int = 3, height: int = 2) -> str:
    """A small picture as a data URI."""
    return f"data:image/png;base64,{base64_png(width, height)}"


@dataclass(frozen=True)
class Answer:
    """What came back, and what the journal says of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    exchange: Exchange

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Sample:
    """A valid request."""

    method: str
    path: str
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Waiting:
    """A request that is under way."""

    def __init__(self, harness: "Harness", task: "asyncio.Task[Outbound]", documented: bool) -> None:
        self._harness, self._task, self._documented = harness, task, documented

    @property
    def done(self) -> bool:
        self._harness.settle()
        return self._task.done()

    def leave(self) -> None:
        """Hang up."""
        self._task.cancel()
        self._harness.settle()

    def answer(self) -> Answer:
        """The answer; only for a request that can be answered without moving the clock."""
        return self._harness.collect(self._task, self._documented)


class Harness:
    """A world, its pipeline and its media, driven from synchronous tests; a context manager."""

    def __init__(
        self,
        *,
        providers: Sequence[Provider] | None = None,
        seed: int = 0,
        credits: float = 1_000_000,
        progress: str = "time",
        choices: Mapping[str, str] | None = None,
        any_key: bool = False,
    ) -> None:
        tenant = TenantSettings(seed, credits, parse_progress(progress), choices or {})
        self.world = World(providers or built_in(), WorldSettings(0, tenant, any_key))
        self.world.media_base = MEDIA_BASE
        for name in self.world.providers:
            self.world.api_bases[name] = ("http://127.0.0.1:4010", f"/{name}")
        self.media = Media(self.world, Renderer())
        self._pipeline = Pipeline(self.world, self.media)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.media.renderer.close()
        self._runner.close()

    @property
    def tenant(self) -> Tenant:
        """The default tenant."""
        return self.world.default

    def advance(self, seconds: float, tenant: Tenant | None = None) -> None:
        """Let time pass for a tenant, and let whoever waited for it go on."""
        (tenant or self.tenant).clock.advance(seconds)
        self.settle()

    def until(self, instant: float, tenant: Tenant | None = None) -> None:
        """Let time pass until an instant, exactly."""
        tenant = tenant or self.tenant
        self.advance(instant - tenant.clock.now(), tenant)
        assert tenant.clock.now() == instant

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns on the harness's loop."""
        return self._runner.run(work)

    def settle(self) -> None:
        """Let everything that can run do so."""

        async def turns() -> None:
            for _ in range(5):
                await asyncio.sleep(0)

        self._runner.run(turns())

    def begin(
        self,
        provider: str,
        method: str,
        path: str,
        data: Any = None,
        *,
        raw: bytes | None = None,
        key: str | None = READY,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        tenant: Tenant | None = None,
        documented: bool = True,
    ) -> Waiting:
        """Send a request and do not wait for its answer. `data` is a JSON body, `raw` the bytes of any body."""
        tenant = tenant or self.tenant
        body = raw if raw is not None else b"" if data is None else orjson.dumps(data)
        sent = dict(JSON) if body else {}
        if key is not None:
            text = self.world.ready_key(tenant, provider) if key is READY else key
            sent |= authorization(self.world.providers[provider], text)

        async def read(limit: int) -> bytes:
            if len(body) > limit:
                raise Problem("body-too-large", limit=limit)
            return body

        inbound = Inbound(method, path, query, sent | dict(headers or {}), read)
        answering = self._pipeline.answer(inbound, self.world.providers[provider], tenant.tag)

        async def start() -> "asyncio.Task[Outbound]":
            return asyncio.ensure_future(answering)

        task = self._runner.run(start())
        self.settle()
        return Waiting(self, task, documented)

    def send(self, provider: str, method: str, path: str, data: Any = None, **how: Any) -> Answer:
        """The answer to a request. One that is held open until its job ends moves the clock to that instant."""
        waiting = self.begin(provider, method, path, data, **how)
        tenant = how.get("tenant") or self.tenant
        if not waiting.done and len(tenant.jobs):
            self.advance(max(0.0, list(tenant.jobs)[-1].end()[0] - tenant.clock.now()), tenant)
        return waiting.answer()

    def collect(self, task: "asyncio.Task[Outbound]", documented: bool) -> Answer:
        """What a request was answered with."""

        async def finish() -> Outbound:
            return await asyncio.wait_for(task, 20)  # real seconds: only an image may still be in the making

        outbound = self._runner.run(finish())
        assert outbound.exchange is not None
        answer = Answer(outbound.status, outbound.headers, outbound.body, outbound.exchange)
        if documented:
            check_documented(answer, self.world.specs[outbound.exchange.provider])
        assert_asked_for(answer)
        return answer

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """What the media origin says to a GET of a result's URL."""
        assert url.replace("//127.0.0.1:", "//localhost:").startswith(MEDIA_BASE + "/"), url
        path = url.split("/", 3)[3].partition("?")[0]
        tag, rest = split_tag(f"/{path}")
        tenant = self.world.tenants[tag] if tag else self.tenant

        async def fetching() -> Reply:
            return await self.media.fetch(tenant, self.media.find(tenant, rest), "GET", url, headers or {})

        return self._runner.run(fetching())

    def submit(self, provider: str, **how: Any) -> Answer:
        """The answer to the first example of the provider's first submit; keywords are as for `send`."""
        operation = next(operation for operation in load(provider).operations if operation.role == "submit")
        return self.call(provider, operation, **how)

    def call(self, provider: str, operation: Operation, **how: Any) -> Answer:
        """The answer to a valid request of an operation, changed by the keywords of `send`."""
        sample = self.sample(provider, operation)
        how["headers"] = {**sample.headers, **how.get("headers", {})}
        return self.send(provider, sample.method, sample.path, **{"raw": sample.raw, **how})

    def submit_ending(self, provider: str, ending: str, **how: Any) -> Answer:
        """The answer to a submit whose job will end in this way."""
        self.order_ending(provider, ending)
        return self.submit(provider, **how)

    def order_ending(self, provider: str, ending: str, tenant: Tenant | None = None) -> None:
        """Let the next job of a provider end in this way."""
        if ending != "succeeded":
            self.world.arm(tenant or self.tenant, {"kind": ending, "provider": provider})

    def order_problem(self, provider: str, operation: str, problem: str, when: Any = "before") -> None:
        """Let the next request to an operation be refused."""
        order = {"kind": "problem", "problem": problem, "provider": provider, "operation": operation, "when": when}
        self.world.arm(self.tenant, order)

    def newest(self, tenant: Tenant | None = None) -> Job:
        """The job submitted last."""
        return list((tenant or self.tenant).jobs)[-1]

    def finish(self, tenant: Tenant | None = None) -> None:
        """Let time pass until the newest job has ended."""
        tenant = tenant or self.tenant
        self.advance(max(0.0, self.newest(tenant).end()[0] - tenant.clock.now()), tenant)

    def poll(self, provider: str, job: Job | None = None, **how: Any) -> Answer:
        """The answer to a poll for a job, the newest if none is given."""
        tenant = how.get("tenant") or self.tenant
        job = job or self.newest(tenant)
        public_id = self.world.providers[provider].public_id(job.hex)
        return self.send(provider, "GET", poll_path(provider, public_id), **how)

    def sample(self, provider: str, operation: Operation) -> Sample:
        """A valid request of an operation; a job is made where its path needs one."""
        path = operation.path
        for parameter in operation.parameters:
            if parameter.location == "path":
                value = _only_value(parameter.schema) or self._job_id(provider, fresh=operation.role == "cancel")
                path = path.replace(f"{{{parameter.name}}}", value)
        if operation.body_schema is None:
            return Sample(operation.method, path)
        if "application/json" not in operation.body_types:
            body, content_type = multipart("asset", "cat.png", png())
            return Sample(operation.method, path, body, {"Content-Type": content_type})
        return Sample(operation.method, path, orjson.dumps(examples(provider, operation)[0]), JSON)

    def balance(self, provider: str, tenant: Tenant | None = None) -> float:
        """The credits left, and on the way that they are the sum of the ledger."""
        tenant = tenant or self.tenant
        balance = tenant.wallets[provider].balance(tenant.clock.now())
        assert balance == sum(entry.credits for entry in tenant.ledger(provider))
        return balance

    def _job_id(self, provider: str, *, fresh: bool) -> str:
        mine = [job for job in self.tenant.jobs if job.provider == provider]
        if fresh or not mine:
            assert self.submit(provider).status == 200
            mine.append(self.newest())
        return self.world.providers[provider].public_id(mine[-1].hex)


@cache
def built_in() -> list[Provider]:
    """The five providers, made once: they hold no state."""
    return load_providers()


def authorization(provider: Provider, key: str) -> dict[str, str]:
    """The header that hands over a key in the provider's first way."""
    scheme = provider.schemes[0]
    return {scheme.parameter: f"Bearer {key}" if scheme.kind == "bearer" else key}


def poll_path(provider: str, public_id: str) -> str:
    """The path at which a job is polled."""
    operation = next(operation for operation in load(provider).operations if operation.role == "poll")
    return operation.path.replace("{" + operation.parameters[0].name + "}", public_id)


def examples(provider: str, operation: Operation) -> list[Any]:
    """The documented request bodies of an operation."""
    document = load(provider).openapi
    content = document["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]
    shared = document.get("components", {}).get("examples", {})
    rows = content["application/json"]["examples"].values()
    return [shared[row["$ref"].rpartition("/")[2]]["value"] if "$ref" in row else row["value"] for row in rows]


def multipart(field: str, filename: str, content: bytes) -> tuple[bytes, str]:
    """The body of an upload and its content type."""
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b"


def facts_of(data: bytes) -> Any:
    """What an image says of itself."""
    return describe(data)


def check_documented(answer: Answer, spec: Spec) -> None:
    """Fail unless the specification describes this answer to this operation."""
    if "json" not in answer.headers["Content-Type"]:
        content = _declared_content(spec, answer)
        assert answer.headers["Content-Type"] in content, (answer.status, answer.headers)
        return
    error = next(_validator(spec.name, answer.exchange.operation, answer.status).iter_errors(answer.json), None)
    assert error is None, f"{answer.exchange.operation} {answer.status} {answer.body[:500]!r}: {error}"


def response_schema(spec: Spec, operation: str, status: int) -> Mapping[str, Any]:
    """The schema of an answer; where no operation was reached, that of any of the provider's errors."""
    if not operation:
        return standalone(spec.openapi, {"$ref": "#/components/schemas/Error"})
    responses = spec.operation(operation).responses
    assert status in responses, f"{spec.name} {operation} does not document {status}, only {sorted(responses)}"
    return responses[status] or {}


def assert_asked_for(answer: Answer) -> None:
    """Fail for a server error that nobody ordered."""
    exchange = answer.exchange
    asked_for = exchange.fault is not None or exchange.job is not None
    assert asked_for or exchange.problem not in SERVER_ERRORS, (exchange.target, exchange.request_body[:300])


def _only_value(schema: Mapping[str, Any]) -> str | None:
    """The first value of a path parameter that can have but a few."""
    shared = schema.get("components", {}).get("schemas", {})
    options = shared.get(str(schema.get("$ref", "")).rpartition("/")[2], schema).get("enum")
    return str(options[0]) if options else None


@cache
def _validator(provider: str, operation: str, status: int) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(dict(response_schema(load(provider), operation, status)))


def _declared_content(spec: Spec, answer: Answer) -> Mapping[str, Any]:
    operation = spec.operation(answer.exchange.operation)
    row = spec.openapi["paths"][operation.path][operation.method.lower()]["responses"][str(answer.status)]
    if "$ref" in row:
        row = spec.openapi["components"]["responses"][row["$ref"].rpartition("/")[2]]
    content: Mapping[str, Any] = row["content"]
    return content


@dataclass(frozen=True)
class Reading:
    """An answer read off a socket."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def talk(port: int, *pieces: bytes, hang_up: bool = False) -> Reading | None:
    """What a server says to some bytes on a new connection; None where it says nothing and closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        return exchange_on(connection, *pieces, hang_up=hang_up)


def exchange_on(connection: socket.socket, *pieces: bytes, hang_up: bool = False) -> Reading | None:
    """What a server says to some bytes on an open connection."""
    for piece in pieces:
        connection.sendall(piece)
    if hang_up:
        connection.shutdown(socket.SHUT_WR)
    received = b""
    while not _is_whole(received) and (data := connection.recv(65536)):
        received += data
    if not received:
        return None
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Reading(int(first.split()[1]), headers, body)


def _is_whole(received: bytes) -> bool:
    head, mark, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(mark and length and len(body) >= int(length[1]))
