"""The origin of the results, over real sockets: bytes, methods, stores, expiry, leaks."""

import json
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from harness import ASYNCHRONOUS, JSON, NAMES, Reading, authorization, examples, facts_of, poll_path, talk

from safelight.mockserver.images import prompt_sha256
from safelight.mockserver.server import ServerSettings
from safelight.mockserver.tenants import Tenant
from safelight.mockserver.threaded import SimulatorThread
from safelight.mockserver.transcript import as_record
from safelight.mockserver.world import WorldSettings
from safelight.specs import load

STORED = tuple(name for name in NAMES if load(name).behaviour.store != "inline")
DAY = 86400

each_store = pytest.mark.parametrize("provider", STORED)


@pytest.fixture(scope="module")
def live() -> Iterator[SimulatorThread]:
    with SimulatorThread(ServerSettings(world=WorldSettings(rate=0))) as running:
        yield running


@pytest.fixture
def tenant(live: SimulatorThread) -> Iterator[Tenant]:
    """A tenant whose jobs end at once."""
    created = live.call(live.world.create_tenant)
    live.call(lambda: setattr(created, "progress", type(created.progress)("immediate")))
    yield created
    live.call(live.world.delete_tenant, created)


def ask(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reading:
    """The answer to a request."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, url.partition(parts.netloc)[2], body, dict(headers or {}))
        answer = connection.getresponse()
        return Reading(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def make(live: SimulatorThread, tenant: Tenant, provider: str, **fields: Any) -> list[str]:
    """The URLs of a new job's results."""
    base = live.call(live.world.api_url, tenant, provider)
    key = live.call(live.world.ready_key, tenant, provider)
    headers = JSON | authorization(live.world.providers[provider], key)
    operation = next(row for row in load(provider).operations if row.role == "submit")
    body = {**examples(provider, operation)[0], **fields}
    answer = json.loads(ask("POST", base + operation.path, json.dumps(body), headers).body)
    if provider != "onemin":
        public_id = answer.get("id") or answer.get("task_id") or answer["request_id"]
        answer = json.loads(ask("GET", base + poll_path(provider, public_id), None, headers).body)
    found = list(_urls(answer))
    assert found, answer
    return found


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _urls(item)
    elif isinstance(value, str) and value.startswith(("http://localhost:", "http://127.0.0.1:")):
        yield value


def last_exchange(live: SimulatorThread, tenant: Tenant) -> Any:
    return live.call(lambda: as_record(list(tenant.journal)[-1]))


@each_store
def test_a_result_is_an_image_on_another_origin_of_its_own(
    live: SimulatorThread, tenant: Tenant, provider: str
) -> None:
    for url in make(live, tenant, provider):
        assert urlsplit(url).port == live.simulator.media_port != live.simulator.port
        assert urlsplit(url).path.startswith(f"/~{tenant.tag}/{provider}/")
        answer = ask("GET", url)
        assert answer.status == 200
        assert int(answer.headers["content-length"]) == len(answer.body)
        facts = facts_of(answer.body)
        assert answer.headers["content-type"] == f"image/{facts.format}"
        job = next(iter(tenant.jobs))
        assert (facts.prompt_sha256, facts.job) == (prompt_sha256(job.order.prompt), job.hex)
    assert {urlsplit(url).hostname for url in make(live, tenant, provider)} <= {"localhost", "127.0.0.1"}


@each_store
def test_a_head_answers_without_the_body_where_the_store_allows_it(
    live: SimulatorThread, tenant: Tenant, provider: str
) -> None:
    url = make(live, tenant, provider)[0]
    answer = ask("HEAD", url)
    assert answer.body == b""
    # A URL signed for GET does not hold for HEAD.
    assert answer.status == (403 if provider == "onemin" else 200)
    if answer.status == 200:
        assert answer.headers["content-length"] == ask("GET", url).headers["content-length"]


@each_store
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_allowed(live: SimulatorThread, tenant: Tenant, provider: str, method: str) -> None:
    answer = ask(method, make(live, tenant, provider)[0])
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@each_store
def test_a_name_under_which_nothing_lies(live: SimulatorThread, tenant: Tenant, provider: str) -> None:
    base = live.call(live.world.media_url, tenant, provider)
    url = make(live, tenant, provider)[0].partition("?")[0]
    hex_id = next(iter(tenant.jobs)).hex
    for wrong in (f"{base}/nothing", f"{base}/", url + "x", url.replace(hex_id[:8], "00000000"), f"{url}/.."):
        answer = ask("GET", wrong)
        assert answer.status == 404
        if load(provider).behaviour.store in ("s3", "gcs"):
            assert answer.headers["content-type"].startswith("application/xml")
            assert ElementTree.fromstring(answer.body).findtext("Code") == "NoSuchKey"
        else:
            assert answer.headers["content-type"].startswith("text/plain")


def test_addresses_that_belong_to_nobody(live: SimulatorThread) -> None:
    base = f"http://localhost:{live.simulator.media_port}"
    for path in ("/", "/nobody/x.png", "/~nobody/reapi/x.png", "/tokaify/x.png", "/reapi", "//", "/%", "/~"):
        assert ask("GET", base + path).status == 404


def test_bytes_in_an_address_are_survived(live: SimulatorThread) -> None:
    for path in (b"/reapi/\xff", b"/reapi/%ff%00", b"/onemin/asset.1min.ai/%zz?X-Amz-Signature=%ff", b"/gmicloud/?%"):
        answer = talk(live.simulator.media_port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer is not None
        assert 400 <= answer.status < 500


def test_a_malformed_header_is_a_bad_request(live: SimulatorThread) -> None:
    answer = talk(live.simulator.media_port, b"GET /reapi/x HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n")
    assert answer is not None
    assert answer.status == 400
    assert b"not a valid HTTP request" in answer.body


@pytest.mark.parametrize("provider", ASYNCHRONOUS)
def test_a_result_is_not_there_before_its_job_has_ended(live: SimulatorThread, tenant: Tenant, provider: str) -> None:
    url = make(live, tenant, provider)[0]
    job = next(iter(tenant.jobs))

    def restart() -> None:
        job.plan = job.plan._replace(duration=60.0)

    live.call(restart)
    assert ask("GET", url).status == 404
    live.call(tenant.clock.advance, 60)
    assert ask("GET", url).status == 200


@each_store
def test_another_tenants_address_does_not_show_it(live: SimulatorThread, tenant: Tenant, provider: str) -> None:
    other = live.call(live.world.create_tenant)
    url = make(live, tenant, provider)[0]
    assert ask("GET", url.replace(f"/~{tenant.tag}/", f"/~{other.tag}/")).status == 404
    assert ask("GET", url.replace(f"/~{tenant.tag}/", "/")).status == 404
    live.call(live.world.delete_tenant, other)


LIVES = [("reapi", 7 * DAY, 404), ("threedai", DAY, 404), ("onemin", 3600, 403), ("gmicloud", None, 404)]


@pytest.mark.parametrize(("provider", "life", "status"), LIVES)
def test_a_result_lapses_at_its_instant_or_when_it_is_told_to(
    live: SimulatorThread, tenant: Tenant, provider: str, life: float | None, status: int
) -> None:
    url = make(live, tenant, provider)[0]
    if life is not None:
        live.call(tenant.clock.advance, life - 0.5)
        assert ask("GET", url).status == 200
        live.call(tenant.clock.advance, 1)
        assert ask("GET", url).status == status
    else:
        live.call(tenant.clock.advance, 365 * DAY)
        assert ask("GET", url).status == 200
    fresh = make(live, tenant, provider)[0]
    assert ask("GET", fresh).status == 200
    live.call(tenant.expire_job, list(tenant.jobs)[-1])
    assert ask("GET", fresh).status == status


def test_a_signed_url_of_google_says_when_it_lapsed(live: SimulatorThread, tenant: Tenant) -> None:
    live.call(tenant.choose, "gmicloud.media-url", "signed")
    url = make(live, tenant, "gmicloud")[0]
    assert ask("GET", url).status == 200
    assert ask("GET", url.replace("X-Goog-Expires=3600", "X-Goog-Expires=9999")).status == 403
    live.call(tenant.clock.advance, 3601)
    answer = ask("GET", url)
    error = ElementTree.fromstring(answer.body)
    assert (answer.status, error.findtext("Code"), error.findtext("Message")) == (
        400,
        "ExpiredToken",
        "Invalid argument.",
    )
    assert (error.findtext("Details") or "").endswith("Request signature expired at: 2026-01-01T01:00:00+00:00")


# What the journal says


@each_store
def test_a_fetch_is_recorded_in_its_tenants_journal(live: SimulatorThread, tenant: Tenant, provider: str) -> None:
    url = make(live, tenant, provider)[0]
    ask("GET", url, None, {"X-Mine": "1"})
    exchange = last_exchange(live, tenant)
    assert (exchange["operation"], exchange["provider"], exchange["status"]) == ("media", provider, 200)
    assert exchange["target"].partition("?")[0] == urlsplit(url).path
    assert exchange["notes"] == []


@pytest.mark.parametrize("keys_of", NAMES)
def test_a_key_that_arrives_at_the_media_origin_is_recorded_as_a_leak(
    live: SimulatorThread, tenant: Tenant, keys_of: str
) -> None:
    url = make(live, tenant, "reapi")[0]
    key = live.call(live.world.ready_key, tenant, keys_of)
    answer = ask("GET", url, None, authorization(live.world.providers[keys_of], key))
    assert answer.status == 200
    exchange = last_exchange(live, tenant)
    assert [note["text"] for note in exchange["notes"]] == [f"the {keys_of} key was sent to the media host"]
    assert key not in json.dumps(exchange)


def test_a_key_in_the_query_is_a_leak_too_and_a_strangers_is_none(live: SimulatorThread, tenant: Tenant) -> None:
    url = make(live, tenant, "reapi")[0]
    key = live.call(live.world.ready_key, tenant, "tokaify")
    ask("GET", f"{url}?key={key}")
    assert "tokaify" in last_exchange(live, tenant)["notes"][0]["text"]
    ask("GET", url, None, {"Authorization": "Bearer somebody-elses"})
    assert last_exchange(live, tenant)["notes"] == []


# Addresses


def test_the_address_in_answers_can_be_another(live: SimulatorThread) -> None:
    settings = ServerSettings(
        world=WorldSettings(rate=0), public_base="https://mock.example/api/", media_base="https://cdn.example/m/"
    )
    with SimulatorThread(settings) as simulator:
        world = simulator.world
        assert world.api_url(world.default, "reapi") == "https://mock.example/api/reapi"
        tenant = simulator.call(world.create_tenant, "t9")
        assert world.media_url(tenant, "reapi") == "https://cdn.example/m/~t9/reapi"


def test_results_may_be_read_by_pages_where_that_is_allowed() -> None:
    with SimulatorThread(ServerSettings(cors=True)) as simulator:
        base = f"http://localhost:{simulator.simulator.media_port}"
        assert ask("GET", f"{base}/reapi/x").headers["access-control-allow-origin"] == "*"
        preflight = ask("OPTIONS", f"{simulator.url}/reapi/api/v1/balance")
        assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")
        assert "Authorization" in preflight.headers["access-control-allow-headers"]


def test_a_range_is_answered_whole(live: SimulatorThread, tenant: Tenant) -> None:
    url = make(live, tenant, "reapi")[0]
    answer = ask("GET", url, None, {"Range": "bytes=0-9"})
    assert (answer.status, answer.headers["accept-ranges"]) == (200, "none")
    assert facts_of(answer.body).format == "png"
