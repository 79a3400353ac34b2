"""The adapters that ship: short, and right against the simulator, whatever happens on the way."""

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from stand import Scene, Stand

from safelight.conformance import adapters
from safelight.conformance.adapters.template import make
from safelight.conformance.client import Bytes, Url
from safelight.conformance.engine.engine import Engine
from safelight.conformance.engine.outcome import Outcome
from safelight.conformance.scenarios.model import Scenario
from safelight.conformance.subjects.command import CommandSubject
from safelight.conformance.subjects.process import ProcessSubject
from safelight.conformance.subjects.python import FactorySubject
from safelight.mockserver.threaded import SimulatorThread

FOLDER = Path(adapters.__file__).parent
NODE = f"node {FOLDER / 'node.mjs'}"
CURL = f"bash {FOLDER / 'curl.sh'} {{op}}"
RUNNERS = ("node", "curl")
PICTURE = Bytes(b"\x89PNG\r\n\x1a\n", "image/png")


def can_fetch() -> bool:
    """Whether there is a node of the version that the adapter needs."""
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return version[1:].partition(".")[0].isdigit() and int(version[1:].partition(".")[0]) >= 20


@pytest.fixture(scope="module")
def subjects(stand: Stand) -> dict[str, Any]:
    """Those that can run here, started once."""
    started: dict[str, Any] = {}
    if can_fetch():
        started["node"] = stand.started(ProcessSubject(NODE))
    if all(map(shutil.which, ("bash", "curl", "jq"))):
        started["curl"] = stand.started(CommandSubject(CURL))
    return started


@pytest.fixture
def play(stand: Stand, subjects: dict[str, Any]) -> Any:
    """One call, and what the simulator saw of it."""

    def play(runner: str, *faults: Any, provider: str = "reapi", images: Any = (), **how: Any) -> SimpleNamespace:
        if runner not in subjects:
            pytest.skip({"node": "there is no node 20", "curl": "bash, curl or jq is missing"}[runner])
        options = {name: how.pop(name) for name in ("deadline", "credits", "readings") if name in how}

        async def work(scene: Scene) -> SimpleNamespace:
            outcome: Outcome = await scene.generate('a kite 🪁 "it\'s"\n$(x)', *images, **how)
            return SimpleNamespace(
                outcome=outcome, now=scene.now, submits=scene.times("POST"), polls=scene.times("GET"),
                bodies=[each.request_body for each in scene.exchanges if each.method == "POST"],
                jobs=list(scene.tenant.jobs), key=scene.opening.api_key, logged=scene.session.logged(),
            )  # fmt: skip

        return stand.play(subjects[runner], work, provider=provider, faults=faults, **options)

    return play


@pytest.mark.parametrize("name", ["node.mjs", "curl.sh", "template.py"])
def test_it_is_short(name: str) -> None:
    lines = (FOLDER / name).read_text().splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_plain_call(play: Any, runner: str) -> None:
    seen = play(runner, {"kind": "slow", "seconds": 50})
    assert (seen.outcome.kind, len(seen.outcome.images)) == ("result", 1)
    assert (seen.submits, seen.polls) == ([0], [30, 34, 38, 42, 46, 50])
    assert seen.jobs[0].order.prompt == 'a kite 🪁 "it\'s"\n$(x)'
    assert seen.key not in seen.outcome.told + seen.logged


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_is_asked_for_is_sent(play: Any, runner: str) -> None:
    images = (Url("http://localhost:1/a.png"), Url("http://localhost:1/b.png"))
    seen = play(runner, ratio="16:9", resolution="2K", count=3, channel="official", images=images)
    assert len(seen.outcome.images) == 3

    body = json.loads(seen.bodies[0])
    assert body == {
        "model": "gemini-3-pro-image-preview-official", "prompt": "a kite 🪁 \"it's\"\n$(x)", "size": "16:9",
        "resolution": "2K", "n": 3, "image_urls": [image.url for image in images],
    }  # fmt: skip


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_long_job_is_polled_less_often_after_three_minutes(play: Any, runner: str) -> None:
    seen = play(runner, {"kind": "slow", "seconds": 205})
    gaps = [later - earlier for earlier, later in zip(seen.polls, seen.polls[1:], strict=False)]
    assert seen.outcome.kind == "result"
    assert all(3 <= gap <= 5 for at, gap in zip(seen.polls, gaps, strict=False) if at < 176)
    assert all(10 <= gap <= 30 for at, gap in zip(seen.polls, gaps, strict=False) if at >= 180)


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "edge-page", "status": 502},
        {"kind": "problem", "problem": "internal"},
        {"kind": "truncated-json"},
        {"kind": "empty"},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_lost_poll_is_made_again(play: Any, runner: str, fault: dict[str, Any]) -> None:
    seen = play(runner, {"kind": "slow", "seconds": 1}, {**fault, "operation": "poll", "times": 2})
    assert (seen.outcome.kind, seen.polls, len(seen.jobs)) == ("result", [30, 34, 38], 1)


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("how", ["seconds", "date"])
def test_a_poll_comes_no_earlier_than_it_may(play: Any, runner: str, how: str) -> None:
    limit = {
        "kind": "problem",
        "problem": "rate-limited",
        "retry_after": 25,
        "retry_after_as": how,
        "operation": "poll",
    }
    seen = play(runner, {"kind": "slow", "seconds": 1}, limit)
    assert (seen.outcome.kind, seen.polls) == ("result", [30, 55])


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    ("fault", "category"),
    [
        ({"kind": "reset", "when": "after"}, "ambiguous"),
        ({"kind": "reset", "when": "before"}, "ambiguous"),
        ({"kind": "edge-page", "status": 504, "when": "after"}, "ambiguous"),
        ({"kind": "truncated-json"}, "ambiguous"),
        ({"kind": "truncated"}, "ambiguous"),
        ({"kind": "problem", "problem": "internal"}, "server"),
        ({"kind": "problem", "problem": "key-revoked"}, "auth"),
        ({"kind": "problem", "problem": "credits-exhausted"}, "credits"),
        ({"kind": "problem", "problem": "parameter-invalid"}, "invalid"),
        ({"kind": "problem", "problem": "rate-limited", "retry_after": 7}, "rate_limited"),
        ({"kind": "moderated-prompt"}, "blocked"),
        ({"kind": "moderated-output"}, "blocked"),
        ({"kind": "failed"}, "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["kind"],
)
def test_a_failure_has_its_category_and_is_not_repeated(
    play: Any, runner: str, fault: dict[str, Any], category: str
) -> None:
    seen = play(runner, {"operation": "submit", **fault})
    assert (seen.outcome.kind, seen.outcome.category) == ("error", category)
    assert seen.submits == [0]
    assert seen.key not in seen.outcome.told + seen.logged
    if category == "rate_limited":
        assert seen.outcome.retry_after == 7
    if category in ("blocked", "failed"):
        assert seen.outcome.task_id.startswith("task_")


@pytest.mark.parametrize("runner", RUNNERS)
def test_the_deadline_ends_a_call_that_can_be_resumed(play: Any, runner: str) -> None:
    seen = play(runner, {"kind": "stuck"}, deadline=60)
    assert (seen.outcome.category, seen.now) == ("timeout", 60)
    assert seen.outcome.task_id.startswith("task_")


@pytest.mark.parametrize("runner", RUNNERS)
def test_bytes_are_refused_where_urls_are_wanted(play: Any, runner: str) -> None:
    seen = play(runner, images=(PICTURE,))
    assert (seen.outcome.category, seen.submits) == ("unsupported", [])


@pytest.mark.parametrize("provider", ["threedai", "gmicloud", "tokaify", "onemin"])
def test_node_knows_them_all(play: Any, provider: str) -> None:
    seen = play("node", provider=provider, resolution="2K")
    assert (seen.outcome.kind, len(seen.outcome.images), len(seen.submits)) == ("result", 1, 1)
    blocked = play("node", {"kind": "moderated-output"}, provider=provider)
    assert blocked.outcome.category == "blocked"


def test_node_cancels_a_poll_under_way(stand: Stand, subjects: dict[str, Any]) -> None:
    if "node" not in subjects:
        pytest.skip("there is no node 20")

    async def work(scene: Scene) -> tuple[Outcome, float, list[float]]:
        call = asyncio.create_task(scene.generate())
        await asyncio.sleep(after)
        call.cancel()
        outcome, now = await call, scene.now
        await asyncio.sleep(300)
        return outcome, now, scene.times("GET")

    for after in (32.0, 34.0):
        outcome, now, polls = stand.play(subjects["node"], work, faults=({"kind": "stuck"},))
        assert (outcome.category, now) == ("cancelled", after)
        assert polls in ([30], [30, 34])


def test_curl_keeps_the_key_from_other_users(stand: Stand, subjects: dict[str, Any]) -> None:
    if "curl" not in subjects:
        pytest.skip("bash, curl or jq is missing")
    seen: list[bytes] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(file.read_bytes())
                except OSError:
                    continue

    async def work(scene: Scene) -> str:
        await scene.generate()
        return scene.opening.api_key

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        key = stand.play(subjects["curl"], work)
    finally:
        over.set()
        watcher.join()
    curls = [line for line in seen if line.startswith(b"curl\0") and b"/api/v1/" in line]
    assert curls
    assert not any(key.encode() in line for line in curls)


def test_curl_sleeps_by_itself_without_our_clock(subjects: dict[str, Any]) -> None:
    if "curl" not in subjects:
        pytest.skip("bash, curl or jq is missing")
    with SimulatorThread() as simulator:
        world = simulator.world
        base = simulator.call(lambda: world.api_url(world.default, "reapi"))
        environment = {
            "SAFELIGHT_BASE_URL": base, "SAFELIGHT_API_KEY": world.ready_key(world.default, "reapi"),
            "SAFELIGHT_REQUEST": '{"prompt": "a red kite"}', "SAFELIGHT_DEADLINE": "2",
        }  # fmt: skip
        began = time.monotonic()
        done = subprocess.run(
            ["bash", str(FOLDER / "curl.sh"), "generate"],
            env={**os.environ, **environment}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert '"category":"timeout"' in done.stdout, done
    assert 1 <= time.monotonic() - began < 20


def test_the_template_is_a_client_that_works() -> None:
    with Engine(FactorySubject(make, "template:make")) as engine:
        for provider in make.capabilities.providers:
            assert engine.run(Scenario(provider)).outcome.kind == "result"


def test_the_template_works_outside_of_the_package(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from safelight.conformance.cli.init import init

    target = tmp_path / "mine.py"
    assert CliRunner().invoke(init, ["client", str(target)]).exit_code == 0
    spec = importlib.util.spec_from_file_location("mine", target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.make.capabilities.features == make.capabilities.features
    assert "mine" not in sys.modules
