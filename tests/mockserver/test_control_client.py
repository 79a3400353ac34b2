"""The typed client, over both transports."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from safelight.mockserver.clock import MANUAL_EPOCH
from safelight.mockserver.control.api import ControlApi
from safelight.mockserver.control.client import Control
from safelight.mockserver.control.contract import contract
from safelight.mockserver.control.records import MessageRecord, Record
from safelight.mockserver.control.tenant_control import TenantControl
from safelight.mockserver.control.transports import (
    ControlRefused,
    HttpTransport,
    InProcessTransport,
    SimulatorUnreachable,
    UnexpectedAnswer,
)
from safelight.mockserver.providers.base import load_providers
from safelight.mockserver.server import ServerSettings, Simulator
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.world import World, WorldSettings
from safelight.specs import UnknownProvider

PROMPT = {"model": "gemini-3-pro-image-preview", "prompt": "a lamp"}


def start(token: str | None = None) -> SimulatorThread:
    """A simulator of reapi on a manual clock."""
    settings = ServerSettings(control_token=token, world=WorldSettings(rate=0))
    return SimulatorThread(settings, providers=load_providers(("reapi",)))


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorThread]:
    with start() as running:
        yield running


@pytest.fixture(params=["http", "in-process"])
def control(request: pytest.FixtureRequest, running: SimulatorThread) -> Control:
    """Control from a thread that is not the loop's."""
    if request.param == "http":
        return Control.connect(running.url)
    return Control.within(running.simulator.control, running.loop)


@pytest.fixture
def tenant(control: Control) -> Iterator[TenantControl]:
    tenant = control.create_tenant(clock="manual")
    yield tenant
    tenant.delete()


def reapi(tenant: TenantControl, method: str, path: str, data: Any = None, key: str | None = None) -> tuple[int, Any]:
    """What reapi answers a client of the tenant."""
    url = urlsplit(f"{tenant.base_url('reapi')}/api/v1{path}")
    connection = HTTPConnection(url.netloc)
    headers = {"Authorization": f"Bearer {key or tenant.api_key('reapi')}", "Content-Type": "application/json"}
    try:
        connection.request(method, url.path, None if data is None else json.dumps(data), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def submit(tenant: TenantControl) -> str:
    status, task = reapi(tenant, "POST", "/images/generations", PROMPT)
    assert status == 200, task
    return str(task["id"])


class TestControl:
    def test_knows_the_providers(self, control: Control) -> None:
        (provider,) = control.providers()
        assert provider.name == "reapi"
        assert {operation.role for operation in provider.operations} >= {"submit", "poll"}
        assert provider.choices[0].name.startswith("reapi.")
        assert provider.problems["rate-limited"] == 429

    def test_creates_a_tenant_as_wished(self, control: Control) -> None:
        tenant = control.create_tenant(
            "wished", seed=3, credits=4, progress="polls:2", readings={"reapi.task-id": "both"}, clock="x20"
        )
        assert (tenant.tag, tenant.record.seed, tenant.record.progress) == ("wished", 3, "polls:2")
        assert (tenant.clock().rate, tenant.balance("reapi")) == ("x20", 4)
        assert tenant.readings()["reapi.task-id"] == "both"
        assert "wished" in [each.tag for each in control.tenants()]
        assert control.tenant("wished").record.providers == tenant.record.providers
        tenant.delete()
        with pytest.raises(ControlRefused, match=r"no tenant 'wished'") as refused:
            control.tenant("wished")
        assert refused.value.status == 404

    def test_finds_the_default_tenant(self, control: Control) -> None:
        assert control.tenant().tag == "default"

    def test_shows_what_belongs_to_nobody(self, control: Control, tenant: TenantControl) -> None:
        stranger = "rk_live_of_a_stranger"
        url = urlsplit(control.tenant().base_url("reapi"))
        connection = HTTPConnection(url.netloc)
        connection.request("GET", f"{url.path}/api/v1/balance", headers={"Authorization": f"Bearer {stranger}"})
        assert connection.getresponse().status == 401
        connection.close()
        exchange = control.unattributed()[-1]
        assert (exchange.tenant, exchange.problem) == ("unattributed", "key-unknown")
        assert exchange.request.header("authorization") == "Bearer ***"


class TestTenantControl:
    def test_has_addresses_and_keys(self, tenant: TenantControl) -> None:
        assert tenant.base_url("reapi").endswith(f"/~{tenant.tag}/reapi")
        assert tenant.media_url("reapi").endswith(f"/~{tenant.tag}/reapi")
        assert tenant.api_key("reapi").startswith("rk_live_")
        with pytest.raises(UnknownProvider, match=r"did you mean 'reapi'\?"):
            tenant.base_url("raepi")

    def test_moves_time(self, tenant: TenantControl) -> None:
        job = submit(tenant)
        assert tenant.advance(90).now == MANUAL_EPOCH + 90
        assert reapi(tenant, "GET", f"/tasks/{job}")[1]["status"] == "completed"
        assert tenant.set_clock("x3").rate == "x3"

    def test_sets_progress_and_rate_limits(self, tenant: TenantControl) -> None:
        tenant.set_progress("immediate")
        tenant.limit_rate("reapi", 1)
        assert tenant.job(submit(tenant)).phase == "succeeded"
        assert reapi(tenant, "POST", "/images/generations", PROMPT)[0] == 429
        tenant.limit_rate("reapi", None)
        submit(tenant)
        assert tenant.describe().progress == "immediate"

    def test_chooses_readings(self, tenant: TenantControl) -> None:
        tenant.choose({"reapi.task-id": "both"})
        assert "task_id" in reapi(tenant, "POST", "/images/generations", PROMPT)[1]

    def test_moderates(self, tenant: TenantControl) -> None:
        tenant.moderate_next("reapi", count=3, stage="output")
        assert tenant.pending_moderation() == {"reapi": ["moderated-output"] * 3}
        job = submit(tenant)
        tenant.clear_moderation()
        tenant.moderate_next()
        assert tenant.pending_moderation() == {"reapi": ["moderated-prompt"]}
        tenant.advance(200)
        assert tenant.job(job).reason == "moderated-output"

    def test_arms_faults(self, tenant: TenantControl) -> None:
        tenant.fail_next("reapi")
        lost = tenant.arm("reapi", "unavailable", when="after", skip=1, times=None)
        statuses = [reapi(tenant, "POST", "/images/generations", PROMPT)[0] for _ in range(4)]
        assert statuses == [500, 200, 503, 503]
        assert [fault.hits for fault in tenant.faults()] == [1, 2]
        assert lost.times is None
        assert len(tenant.jobs("reapi")) == 3
        tenant.clear_faults()
        tenant.arm("reapi", "failed")
        job = submit(tenant)
        tenant.advance(1000)
        assert tenant.job(job).reason == "failed"

    def test_ends_and_expires_jobs(self, tenant: TenantControl) -> None:
        first, second = submit(tenant), submit(tenant)
        assert tenant.end_job(first).phase == "cancelled"
        assert tenant.end_job(second, "succeeded").phase == "succeeded"
        assert tenant.expire_job(second).expires == MANUAL_EPOCH
        assert [job.id for job in tenant.jobs()] == [first, second]
        with pytest.raises(ControlRefused, match="an end is final"):
            tenant.end_job(first)

    def test_minds_keys(self, tenant: TenantControl) -> None:
        given, made = tenant.add_key("reapi", f"own-key-of-{tenant.tag}"), tenant.add_key("reapi")
        assert reapi(tenant, "GET", "/balance", key=given)[0] == 200
        tenant.revoke_key("reapi", made)
        assert reapi(tenant, "GET", "/balance", key=made)[0] == 401
        tenant.revoke_key("reapi")
        assert {key.revoked for key in tenant.list_keys()} == {True}
        assert reapi(tenant, "GET", "/balance")[0] == 401
        tenant.reset()
        assert reapi(tenant, "GET", "/balance")[0] == 200
        assert tenant.describe().providers["reapi"].api_keys == (tenant.api_key("reapi"), given, made)

    def test_minds_money(self, tenant: TenantControl) -> None:
        tenant.set_credits("reapi", 10)
        job = submit(tenant)
        assert tenant.balance("reapi") == 9
        tenant.end_job(job, "failed")
        ledger = tenant.ledger("reapi")
        assert ledger.balances == {"reapi": 10}
        assert [entry.reason for entry in ledger.entries] == ["granted", "balance set", "charge", "refund: failed"]

    def test_reads_the_journal(self, tenant: TenantControl) -> None:
        job = submit(tenant)
        reapi(tenant, "GET", f"/tasks/{job}")
        first, second = tenant.journal()
        assert (first.operation, first.verdict, first.request.json()) == ("submit", "valid", PROMPT)
        assert first.response.json()["id"] == job
        assert first.request.header("authorization") == "Bearer rk_live_***"
        assert first.request.header("absent") is None
        assert (second.request.body, second.at_iso) == (b"", "2026-01-01T00:00:00.000Z")
        assert tenant.journal("reapi", "poll") == [second] == tenant.journal(after=1)
        assert len(tenant.har()["log"]["entries"]) == 2
        tenant.clear_journal()
        assert tenant.journal() == []

    def test_goes_back_to_the_start(self, tenant: TenantControl) -> None:
        submit(tenant)
        tenant.reset()
        assert tenant.jobs() == []


def test_records_have_the_fields_of_their_schemas() -> None:
    schemas = contract().document["components"]["schemas"]
    for kind in Record.__subclasses__():
        schema = schemas[kind.__name__.removesuffix("Record")]
        assert {field.name for field in fields(kind)} == set(schema["properties"]), kind


def test_a_binary_body_comes_back_as_bytes() -> None:
    message = MessageRecord.from_json({"headers": [], "body": {"length": 2, "base64": "//4="}})
    assert message.body == b"\xff\xfe"


class TestToken:
    def test_is_sent(self) -> None:
        with start(token="sesame") as running:
            assert Control.connect(running.url, "sesame").tenant().tag == "default"
            with pytest.raises(ControlRefused, match="wants its token") as refused:
                Control.connect(running.url).tenant()
            assert refused.value.status == 401
            assert Control.within(running.simulator.control, running.loop).tenant().tag == "default"


class TestHttpTransport:
    @pytest.mark.parametrize("address", ["127.0.0.1:4010", "ftp://127.0.0.1", "http://", ""])
    def test_wants_an_address(self, address: str) -> None:
        with pytest.raises(ValueError, match=r"looks like http://127\.0\.0\.1:4010"):
            HttpTransport(address)

    def test_a_closed_port_is_unreachable(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with pytest.raises(SimulatorUnreachable, match=f"answers at http://127.0.0.1:{port}.*safelight serve"):
            Control.connect(f"http://127.0.0.1:{port}").tenants()

    def test_so_is_one_that_never_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            transport = HttpTransport(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=0.01)
            with pytest.raises(SimulatorUnreachable, match=r"no answer within 0\.01 s"):
                Control(transport).tenants()

    @pytest.mark.parametrize("content", [b"<html>", b"[1]", b'[{"tag": "t"}]', b'[{"clock": 3, "providers": {}}]'])
    def test_somebody_elses_answer_is_told(self, content: bytes) -> None:
        with serving(200, content) as url, pytest.raises(UnexpectedAnswer):
            Control.connect(url).tenants()

    def test_somebody_elses_refusal_is_told(self) -> None:
        with serving(502, b'"no"') as url, pytest.raises(ControlRefused, match="GET /tenants has status 502"):
            Control.connect(url).tenants()

    def test_proxies_of_the_environment_are_not_asked(
        self, running: SimulatorThread, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.delenv("no_proxy", raising=False)
        assert Control.connect(f"{running.url}/").tenant().tag == "default"


class TestInProcessTransport:
    def test_a_call_on_the_loops_own_thread_is_made_at_once(self) -> None:
        async def scenario() -> str:
            async with Simulator(providers=load_providers(("reapi",))) as simulator:
                control = Control.within(simulator.control, asyncio.get_running_loop())
                return control.create_tenant("here").tag

        assert run_or_give_up(scenario) == "here"

    def test_so_is_one_from_a_callback_of_the_loop(self) -> None:
        async def scenario() -> Any:
            loop = asyncio.get_running_loop()
            transport = InProcessTransport(make_api(), loop)
            answer = loop.create_future()
            loop.call_soon(lambda: answer.set_result(transport.call("GET", "/providers", {}, None)))
            return await answer

        assert run_or_give_up(scenario)[0] == 200

    def test_a_call_from_another_loop_is_done_by_the_simulators(self, running: SimulatorThread) -> None:
        threads = []
        api = Spy(lambda: threads.append(threading.get_ident()))

        async def scenario() -> Any:
            return InProcessTransport(api, running.loop).call("GET", "/providers", {}, None)

        assert asyncio.run(scenario()) == (200, None)
        assert threads == [asyncio.run_coroutine_threadsafe(ident(), running.loop).result()]

    def test_no_loop_need_run(self) -> None:
        loop = asyncio.new_event_loop()
        transport = InProcessTransport(make_api(), loop)
        assert transport.call("GET", "/providers", {}, None)[0] == 200
        loop.close()
        assert transport.call("GET", "/providers", {}, None)[0] == 200

    @pytest.mark.parametrize("closed", [False, True])
    def test_a_loop_that_stops_in_between_holds_nobody_up(self, closed: bool) -> None:
        calls: list[int] = []
        loop = StoppingLoop()
        if closed:
            loop.close()
        transport = InProcessTransport(Spy(lambda: calls.append(1)), loop)
        assert transport.call("GET", "/providers", {}, None) == (200, None)
        assert (calls, loop.handed_over) == ([1], 1)
        loop.close()

    def test_nothing_is_shared_and_only_json_passes(self) -> None:
        transport = InProcessTransport(make_api(), asyncio.new_event_loop())
        transport._loop.close()
        with pytest.raises(TypeError, match="not JSON serializable"):
            transport.call("PATCH", "/tenants/default/readings", {}, {"reapi.task-id": object()})
        first, second = (transport.call("GET", "/openapi.json", {}, None)[1] for _ in range(2))
        assert first == second
        assert first is not second


class Spy(ControlApi):
    """Answers nothing, and says that it was called."""

    def __init__(self, called: Callable[[], None]) -> None:
        self._called = called

    def call(self, method: str, path: str, query: Mapping[str, str], data: Any) -> tuple[int, Any]:
        self._called()
        return 200, None


class StoppingLoop(asyncio.SelectorEventLoop):
    """Seems to run when first looked at, and never again; does nothing that it is handed."""

    handed_over = 0

    def is_running(self) -> bool:
        return self.handed_over == 0

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.handed_over += 1
        if self.is_closed():
            raise RuntimeError("Event loop is closed")


def run_or_give_up(scenario: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result of a scenario on a loop of its own, which may block for ever: then this fails and goes on."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(scenario())), daemon=True)
    thread.start()
    thread.join(10)
    assert results, "the loop is blocked"
    return results[0]


async def ident() -> int:
    return threading.get_ident()


def make_api() -> ControlApi:
    return ControlApi(World(load_providers(("reapi",)), WorldSettings(rate=0)), token=None)


@contextmanager
def serving(status: int, content: bytes) -> Iterator[str]:
    """The address of somebody else's server, which has the same answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
