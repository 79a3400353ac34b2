"""Where a gateway goes when callers tell it to."""

import socket
from typing import Any

import pytest
from aiohttp import web
from gateway_rig import PLAIN, Rig, model_of, play

from safelight.conformance.reference_gateway.references import is_public, public_socket
from safelight.conformance.scenarios.model import Picture

CLOSED = {"GATEWAY_REFERENCE_ORIGINS": ""}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(OSError, match="public"):
        public_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("provider", ["threedai", "tokaify"])
def test_references_inside_are_not_fetched(provider: str) -> None:
    hosts = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::ffff:127.0.0.1]"]

    async def story(rig: Rig) -> None:
        path = rig.gallery.url_of(Picture()).removeprefix("http://127.0.0.1")
        for host in hosts:
            reply = await rig.images(model_of(provider), images=[f"http://{host}{path}"])
            told = (reply.status, reply.error["code"], reply.error["param"])
            assert told == (400, "reference_unavailable", "images"), host
        assert rig.gallery.visits == []

    assert play(story, environ=CLOSED).submits() == []


def test_a_reference_fails_the_same_whether_somebody_is_there_or_not() -> None:
    async def story(rig: Rig) -> None:
        urls = [rig.gallery.url_of(Picture()), "http://127.0.0.1:9/x.png", "http://nobody.invalid/x.png"]
        errors = [(await rig.images(model_of("tokaify"), images=[url])).error for url in urls]
        assert len({error["message"] for error in errors}) == 1

    play(story, environ=CLOSED)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/inside", 400), ("/gallery", 200), ("/loop", 400), ("/nowhere", 400), ("/page", 400), ("/huge", 400)],
)
def test_redirects_are_looked_at_one_by_one(path: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.reference_gateway.references.MOST_BYTES", 100_000)
    secret_visits: list[str] = []

    async def story(rig: Rig) -> None:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            secret_visits.append(request.path)
            return web.Response(body=b"\x89PNG\r\n\x1a\nsecret", content_type="image/png")

        inside = web.ServerRunner(web.Server(answer))
        await inside.setup()
        await web.TCPSite(inside, "127.0.0.1", 0).start()
        port = inside.addresses[0][1]
        where = {
            "/inside": f"http://127.0.0.1:{port}/latest/meta-data", "/gallery": rig.gallery.url_of(Picture()),
            "/loop": "/loop", "/nowhere": "",
        }  # fmt: skip

        async def lead(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/page":
                return web.Response(text="<html>", content_type="text/html")
            if request.path == "/huge":
                return web.Response(body=b"\x89PNG\r\n\x1a\n" + bytes(200_000), content_type="image/png")
            return web.Response(status=302, headers={"Location": where[request.path]} if where[request.path] else {})

        door = web.ServerRunner(web.Server(lead))
        await door.setup()
        await web.TCPSite(door, "127.0.0.1", 0).start()
        origin = f"http://127.0.0.1:{door.addresses[0][1]}"
        rig.gateway.references.origins = frozenset({origin, rig.gallery.origin})
        reply = await rig.images(model_of("tokaify"), images=[f"{origin}{path}"])
        assert reply.status == status
        await inside.cleanup()
        await door.cleanup()

    play(story)
    assert secret_visits == []


def test_a_reference_that_is_not_fetched_is_no_reason_to_ask_somebody_else() -> None:
    async def story(rig: Rig) -> None:
        reply = await rig.images(PLAIN, images=["http://127.0.0.1:9/x.png"])
        assert reply.error["code"] == "reference_unavailable"

    assert play(story, environ={"GATEWAY_FAILOVER": "tokaify,reapi"}).submits() == []


def test_nothing_of_the_gateways_goes_to_where_references_lie() -> None:
    async def story(rig: Rig) -> None:
        await rig.images(model_of("threedai"), images=[rig.gallery.url_of(Picture())])
        headers: Any = [dict(visit.headers) for visit in rig.gallery.visits]
        assert len(headers) == 1
        assert set(headers[0]) <= {"Host", "Accept", "Accept-Encoding", "User-Agent"}

    play(story)
