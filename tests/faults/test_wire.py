"""Faults of the connection, seen over a raw socket on a manual clock."""

import asyncio

import aiohttp
import pytest
from rig import NAMES, SUBMITS, WITH_MEDIA, Client, Rig
from wire_client import settle

from safelight.mockserver.faults.wire import GARBAGE

each_provider = pytest.mark.parametrize("provider", NAMES)
each_side = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture
def reapi(rig: Rig) -> Client:
    return rig.client("reapi")


@each_provider
@each_side
def test_a_reset_is_a_reset(rig: Rig, provider: str, when: str) -> None:
    client = rig.client(provider)
    client.arm("reset", when=when)
    answer = client.submit()
    assert (answer.ended, answer.pieces) == ("reset", ())
    assert len(client.jobs) == len(client.charges) == (when == "after")
    (exchange,) = client.journal
    assert (exchange.status, exchange.response_headers, exchange.response_body) == (0, {}, b"")
    assert client.submit().status == 200


@each_provider
@each_side
def test_garbage_is_no_http(rig: Rig, provider: str, when: str) -> None:
    client = rig.client(provider)
    client.arm("garbage", when=when, operation="submit")
    answer = client.submit()
    assert (answer.status, answer.ended) == (0, "closed")
    assert b"".join(piece for _, piece in answer.pieces) == GARBAGE
    assert len(client.charges) == (when == "after")


@each_provider
@each_side
def test_a_truncated_body_ends_early_against_its_own_length(rig: Rig, provider: str, when: str) -> None:
    whole = rig.client(provider).submit()
    client = rig.client(provider)
    client.arm("truncated", operation="submit", when=when, share=0.25)
    answer = client.submit()
    assert (answer.status, answer.ended, answer.complete) == (200, "closed", False)
    assert len(answer.body) == int(answer.headers["content-length"]) // 4
    assert abs(int(answer.headers["content-length"]) - len(whole.body)) < len(whole.body) / 10
    assert len(client.charges) == (when == "after")


@each_side
def test_a_drip_is_a_drip(reapi: Client, when: str) -> None:
    reapi.arm("drip", operation="submit", seconds=2, bytes=10, when=when)
    answer = reapi.submit(step=1)
    assert answer.complete
    assert answer.is_json
    head, *pieces = answer.pieces
    assert head[0] == 0
    instants = [instant for instant, _ in pieces]
    assert instants == [2 * number for number in range(1, len(pieces) + 1)]
    assert {len(piece) for _, piece in pieces} <= {9, 10}
    assert len(reapi.charges) == (when == "after")


def test_a_drip_can_be_told_how_many_pieces_to_make(reapi: Client) -> None:
    reapi.arm("drip", operation="submit", seconds=3, pieces=4)
    answer = reapi.submit(step=1)
    assert answer.complete
    assert [instant for instant, _ in answer.pieces] == [0, 3, 6, 9]


@each_side
def test_a_hang_lasts_until_the_client_leaves(reapi: Client, when: str) -> None:
    reapi.arm("hang", operation="submit", when=when)
    answer = reapi.submit(patience=5000)
    assert (answer.ended, answer.pieces, answer.took) == ("left", (), 5000)
    (exchange,) = reapi.journal
    assert exchange.status == 499
    assert [note.text for note in exchange.notes] == [
        f"fault 1: hang, {when} commit",
        "the client left before the answer",
    ]
    assert len(reapi.charges) == (when == "after")


@each_side
def test_a_hang_may_end(reapi: Client, when: str) -> None:
    reapi.arm("hang", operation="submit", seconds=60, when=when)
    answer = reapi.submit()
    assert (answer.status, answer.took) == (200, 60)
    assert reapi.jobs[0].submitted == reapi.now - (60 if when == "after" else 0)
    assert len(reapi.charges) == 1


@each_side
def test_a_hang_in_the_middle_of_the_body(reapi: Client, when: str) -> None:
    reapi.arm("hang", operation="submit", at="body", when=when)
    answer = reapi.submit(patience=100)
    assert (answer.status, answer.complete, answer.ended) == (200, False, "left")
    assert len(answer.body) == int(answer.headers["content-length"]) // 2
    assert len(reapi.charges) == (when == "after")


def test_a_stall_that_ends_lets_the_rest_through(reapi: Client) -> None:
    reapi.arm("hang", operation="submit", at="body", seconds=20)
    answer = reapi.submit()
    assert (answer.complete, answer.took) == (True, 20)
    assert answer.json["id"]


def test_a_request_that_hangs_before_the_commit_is_forgotten_when_its_client_leaves(reapi: Client) -> None:
    reapi.arm("delay", seconds=60, when="before")
    assert reapi.submit(patience=30).ended == "left"
    reapi.advance(100)
    assert reapi.jobs == []


def test_an_answer_that_comes_late_belongs_to_a_job_that_is_there_at_once(reapi: Client) -> None:
    reapi.arm("delay", seconds=60, when="after")
    assert reapi.submit(patience=30).ended == "left"
    assert len(reapi.charges) == 1


def test_aiohttp_keeps_a_connection_after_a_drip_and_drops_one_that_was_cut(rig: Rig, reapi: Client) -> None:
    opened: list[str] = []
    headers = {"Authorization": f"Bearer {reapi.key}"}

    async def ask(session: aiohttp.ClientSession) -> bytes:
        async with session.get(f"{reapi.base}/api/v1/balance", headers=headers) as response:
            return await response.read()

    async def note(*_: object) -> None:
        opened.append(asks)

    async def four_times() -> None:
        nonlocal asks
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_end.append(note)
        async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
            asks = "first"
            plain = await ask(session)
            asks = "drip"
            assert await ask(session) == plain
            asks = "cut"
            with pytest.raises(aiohttp.ClientPayloadError):
                await ask(session)
            asks = "last"
            assert await ask(session) == plain

    asks = ""
    reapi.arm("drip", operation="balance", skip=1, bytes=10_000)
    reapi.arm("truncated", operation="balance", skip=2)
    rig.runner.run(four_times())
    assert opened == ["first", "last"]


def test_a_fault_on_everything_leaves_alone_what_is_no_operation(rig: Rig) -> None:
    client = rig.client("reapi")
    client.arm("reset", operation="*", times=None)
    assert client.request("GET", "/nowhere").status == 404
    assert client.submit().ended == client.request("GET", "/api/v1/balance").ended == "reset"


@pytest.mark.parametrize("provider", WITH_MEDIA)
@pytest.mark.parametrize(
    ("kind", "options", "seen"),
    [
        ("reset", {}, (0, "reset", False)),
        ("garbage", {}, (0, "closed", False)),
        ("truncated", {}, (200, "closed", False)),
        ("hang", {}, (0, "left", False)),
        ("hang", {"at": "body"}, (200, "left", False)),
        ("edge-page", {"status": 504}, (504, "open", True)),
        ("empty", {}, (200, "open", True)),
        ("drip", {"pieces": 3}, (200, "open", True)),
        ("delay", {"seconds": 9}, (200, "open", True)),
    ],
)
def test_the_same_happens_to_media(
    rig: Rig, provider: str, kind: str, options: dict[str, object], seen: tuple[int, str, bool]
) -> None:
    client = rig.client(provider)
    url = client.deliver()[0]
    client.arm(kind, operation="media", **options)
    answer = client.fetch(url)
    assert (answer.status, answer.ended, answer.complete) == seen
    exchange = client.journal[-1]
    assert (exchange.operation, exchange.fault) == ("media", 1)
    assert client.fetch(url).complete


def test_the_answer_to_head_has_no_body(rig: Rig, reapi: Client) -> None:
    url = reapi.deliver()[0]
    reapi.arm("truncated", operation="media")

    async def head() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.head(url) as response:
            return response.status, await response.read()

    assert rig.runner.run(head()) == (200, b"")


@each_provider
def test_closing_the_simulator_ends_a_wait(provider: str) -> None:
    path, body = SUBMITS[provider]
    with Rig() as rig:
        client = rig.client(provider)
        client.arm("hang", operation="submit")
        scheme = {"API-KEY": client.key} if provider == "onemin" else {"Authorization": f"Bearer {client.key}"}

        async def stop_while_waiting() -> int:
            async with aiohttp.ClientSession() as session:
                asking = asyncio.ensure_future(session.post(client.base + path, json=body("x"), headers=scheme))
                await settle()
                await rig.simulator.stop()
                return (await asking).status

        assert rig.runner.run(stop_while_waiting()) == 503
