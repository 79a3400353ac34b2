"""An adapter that keeps to the protocol: what it is asked, what comes of its answers, and whose time it lives in."""

import asyncio
from pathlib import Path

import pytest
from stand import PYTHON, Scene, Stand, just_generate

from safelight.conformance.client import Bytes, Url
from safelight.conformance.engine.outcome import Outcome
from safelight.conformance.subjects.base import EXACT_TIME, LONG_LIVED, NEW_ADDRESS, Ask
from safelight.conformance.subjects.clocks import find_library
from safelight.conformance.subjects.errors import AdapterError, BadSubject
from safelight.conformance.virtual.clock import EPOCH

FAKE = Path(__file__).with_name("fake_adapter.py")


def test_capabilities_come_with_hello(stand: Stand) -> None:
    subject = stand.fake("well")
    capabilities = subject.capabilities
    assert (capabilities.name, capabilities.version, capabilities.providers) == ("fake", "1", ("reapi",))
    assert capabilities.features == {"parallel"}
    assert subject.conditions == {EXACT_TIME, LONG_LIVED, NEW_ADDRESS}
    assert subject.described() == {"kind": "command", "command": subject.command, "clock": "virtual"}


def test_a_result_with_everything(stand: Stand) -> None:
    outcome = stand.play(stand.fake("bytes"), just_generate)
    assert outcome.kind == "result"
    first, second = outcome.images
    assert (first.data, first.mime, second.url) == (b"hello", "image/png", "http://localhost/1.png")
    assert (outcome.task_id, outcome.expires_at, outcome.usage) == ("t1", EPOCH + 3_600, {"n": 1})
    assert outcome.conversation == [{"a": 1}]
    assert "aGVsbG8=" in outcome.told


def test_a_typed_error(stand: Stand) -> None:
    outcome = stand.play(stand.fake("typed"), just_generate)
    told = (outcome.kind, outcome.category, outcome.code, outcome.message, outcome.request_id, outcome.task_id)
    assert told == ("error", "rate_limited", 50001, "slow down", "req_1", "task_1")
    assert outcome.retry_after == 7


def test_an_error_without_a_category_is_a_bare_exception(stand: Stand) -> None:
    outcome = stand.play(stand.fake("untyped"), just_generate)
    assert (outcome.kind, outcome.category, outcome.exception, outcome.message) == ("error", None, "KeyError", "'id'")


def test_what_is_unsupported(stand: Stand) -> None:
    outcome = stand.play(stand.fake("unsupported"), just_generate)
    assert (outcome.kind, outcome.category, outcome.refused) == ("unsupported", "unsupported", True)
    assert outcome.message == "ratio 2:3 for gmicloud"


def test_a_provider_that_is_refused_when_it_is_opened(stand: Stand) -> None:
    outcome = stand.play(stand.fake("refuse-provider"), just_generate, provider="tokaify")
    assert (outcome.kind, outcome.message) == ("unsupported", "no tokaify here")


def test_requests_arrive_without_what_was_not_asked_for(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[Outcome, Outcome]:
        plain = await scene.generate('猫 "quoted" \x00 \ud800')
        images = (Url("http://x/1.png"), Bytes(b"\x00\xff", "image/webp"))
        full = await scene.generate("x", *images, ratio="16:9", count=2, temperature=0.5, previous={"turn": [1]})
        return plain, full

    plain, full = stand.play(stand.fake("echo"), work)
    assert plain.usage == {"prompt": '猫 "quoted" \x00 \ud800'}
    assert full.usage == {
        "prompt": "x", "ratio": "16:9", "count": 2, "temperature": 0.5, "previous": {"turn": [1]},
        "images": [{"url": "http://x/1.png"}, {"data": "AP8=", "mime": "image/webp"}],
    }  # fmt: skip


def test_listing_and_resuming(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[Outcome, Outcome]:
        return await scene.session.call(Ask("list", model="m")), await scene.session.call(Ask("resume", task_id="t9"))

    listed, resumed = stand.play(stand.fake("echo"), work)
    assert (listed.kind, listed.listing) == ("result", ["m"])
    assert (resumed.kind, resumed.task_id) == ("result", "t9")


def test_large_messages_in_both_directions(stand: Stand) -> None:
    picture = Bytes(bytes(range(256)) * 20_000, "image/png")
    outcome = stand.play(stand.fake("echo"), lambda scene: scene.generate("x", picture))
    assert len(outcome.usage["images"][0]["data"]) == 6_826_668


def test_sleeps_in_parallel_are_exact(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[list[float], float]:
        calls = [scene.generate(seconds) for seconds in ("30", "5.25", "90", "0")]
        outcomes = await asyncio.gather(*calls)
        return [each.usage["woken"] - each.usage["begun"] for each in outcomes], scene.now

    assert stand.play(stand.fake("asleep"), work) == ([30, 5.25, 90, 0], 90)


def test_no_more_calls_at_once_than_declared(stand: Stand) -> None:
    async def work(scene: Scene) -> float:
        await asyncio.gather(*(scene.generate("10") for _ in range(5)))
        return scene.now

    assert stand.play(stand.fake("asleep-two-at-once"), work) == 30


def test_the_time_is_the_simulators(stand: Stand) -> None:
    async def work(scene: Scene) -> float:
        await asyncio.sleep(4_000)
        return (await scene.generate()).usage["t"]

    assert stand.play(stand.fake("ask-the-time"), work) == EPOCH + 4_000


def test_the_clock_stands_still_while_the_client_works(stand: Stand) -> None:
    async def work(scene: Scene) -> float:
        somebody_elses = asyncio.create_task(asyncio.sleep(1_000))
        await scene.generate()
        now = scene.now
        somebody_elses.cancel()
        return now

    assert stand.play(stand.fake("busy"), work) == 0


def test_a_client_of_the_simulator_polls_to_the_second(stand: Stand) -> None:
    subject = stand.fake("poll-reapi")

    async def work(scene: Scene) -> tuple[Outcome, list[float], list[float]]:
        outcome = await scene.generate()
        return outcome, scene.times("POST"), scene.times("GET")

    fault = {"kind": "slow", "seconds": 45, "operation": "submit"}
    for _ in range(3):
        outcome, submits, polls = stand.play(subject, work, faults=(fault,))
        assert outcome.kind == "result"
        assert (submits, polls) == ([0], [30, 34, 38, 42, 46])


def test_parallel_calls_share_the_clock(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[list[float], list[float]]:
        async def late() -> None:
            await asyncio.sleep(7)
            await scene.generate("second")

        await asyncio.gather(scene.generate("first"), late())
        return scene.times("POST"), scene.times("GET")

    fault = {"kind": "slow", "seconds": 35, "operation": "submit", "times": None}
    submits, polls = stand.play(stand.fake("poll-reapi"), work, faults=(fault,))
    assert submits == [0, 7]
    assert polls == [30, 34, 37, 38, 41, 45]


def test_an_answer_that_takes_long_passes_while_the_client_waits(stand: Stand) -> None:
    async def work(scene: Scene) -> list[float]:
        await scene.generate()
        return scene.times("GET")

    faults = (
        {"kind": "delay", "operation": "submit", "seconds": 50},
        {"kind": "slow", "seconds": 1, "operation": "submit"},
    )
    assert stand.play(stand.fake("poll-reapi"), work, faults=faults) == [80]


def test_who_waits_for_the_shorter_of_two_sleeps(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[float, float]:
        outcome = await scene.generate()
        return outcome.usage["t"] - EPOCH, scene.now

    assert stand.play(stand.fake("sleep-and-leave"), work) == (3, 3)


def test_several_things_at_once_in_one_call(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.subjects.pace._GRACE", 1.0)

    async def work(scene: Scene) -> list[float]:
        return [at - EPOCH for at in (await scene.generate()).usage["woken"]]

    assert stand.play(stand.fake("several-at-once"), work) == [10, 10, 10, 15, 15, 15]


def test_a_cancelled_call_is_answered(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[Outcome, float]:
        call = asyncio.create_task(scene.generate())
        await asyncio.sleep(20)
        call.cancel()
        return await call, scene.now

    outcome, now = stand.play(stand.fake("cancellable"), work)
    assert (outcome.category, outcome.message, now) == ("cancelled", "as asked", 20)


def test_a_call_that_cannot_be_cancelled_ends_its_process(stand: Stand) -> None:
    subject = stand.fake("asleep")

    async def work(scene: Scene) -> str:
        call = asyncio.create_task(scene.generate("1e9"))
        await asyncio.sleep(20)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return (await scene.generate("1")).kind

    assert stand.play(subject, work) == "hung"
    assert stand.play(subject, lambda scene: scene.generate("1")).kind == "result"


def test_after_a_hang_there_is_a_new_process(stand: Stand, tmp_path: Path) -> None:
    subject = stand.process(f"{PYTHON} {FAKE} hang-on-first {tmp_path / 'hung'}", silence=0.5)
    with pytest.raises(AdapterError, match="was silent"):
        stand.play(subject, just_generate)
    assert stand.play(subject, just_generate).kind == "result"


def test_a_scenario_that_was_given_up_does_not_disturb_the_next(stand: Stand) -> None:
    subject = stand.fake("asleep")

    async def give_up(scene: Scene) -> None:
        scene.session.close = lambda: asyncio.sleep(0)  # as when the engine is interrupted
        asyncio.create_task(scene.generate("1e6"))  # noqa: RUF006
        await asyncio.sleep(1)

    stand.play(subject, give_up)
    assert stand.play(subject, lambda scene: scene.generate("2")).kind == "result"


def test_one_process_serves_many_scenarios(stand: Stand) -> None:
    subject = stand.fake("well")

    async def work(scene: Scene) -> int:
        await scene.generate()
        return scene.session.dialogue.child.pid

    assert len({stand.play(subject, work) for _ in range(5)}) == 1


def test_what_is_logged_belongs_to_its_session(stand: Stand) -> None:
    subject = stand.fake("stderr-of-each-call")

    async def work(scene: Scene) -> str:
        await scene.generate(prompt)
        return scene.session.logged()

    for prompt in ("one", "two"):
        assert stand.play(subject, work) == f"working on {prompt}\n"


def test_of_a_long_log_the_end_is_kept(stand: Stand) -> None:
    async def work(scene: Scene) -> str:
        await scene.generate()
        return scene.session.logged()

    logged = stand.play(stand.fake("log-much"), work)
    assert logged.endswith("the end\n")
    assert len(logged) == 256 * 1024


def test_in_real_time_sleeps_are_real(stand: Stand) -> None:
    subject = stand.fake("asleep", clock="real")
    assert (subject.clock, subject.rate, subject.conditions) == ("real", 1.0, {LONG_LIVED, NEW_ADDRESS})

    async def work(scene: Scene) -> tuple[float, float]:
        outcome = await scene.generate("0.3")
        return outcome.usage["woken"] - outcome.usage["begun"], scene.now

    slept, took = stand.play(subject, work)
    assert slept == pytest.approx(0.3, abs=0.2)
    assert 0.3 <= took < 5


def test_in_faked_time_a_client_sleeps_by_itself(stand: Stand) -> None:
    try:
        find_library()
    except BadSubject as error:
        pytest.skip(str(error))
    subject = stand.fake("sleep-by-itself", clock="faketime:20")
    assert (subject.clock, subject.rate, subject.conditions) == ("real", 20.0, {LONG_LIVED, NEW_ADDRESS})

    async def work(scene: Scene) -> tuple[float, float, float, float]:
        began, now = subject.wall(), scene.tenant.clock.now()
        usage = (await scene.generate("30")).usage
        return usage["took"], scene.now, usage["began"] - began, now - began

    took, passed, apart, from_the_simulator = stand.play(subject, work)
    assert took == pytest.approx(30, abs=2)
    assert 29 <= passed < 60
    assert apart == pytest.approx(0, abs=15)  # the clocks agree but for the start of the process
    assert from_the_simulator == pytest.approx(0, abs=2)


def test_where_faked_time_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.subjects.clocks._FOLDERS", ())
    monkeypatch.delenv("SAFELIGHT_LIBFAKETIME", raising=False)
    with pytest.raises(BadSubject, match="install the package `faketime`"):
        find_library()
    monkeypatch.setenv("SAFELIGHT_LIBFAKETIME", "/nowhere/libfaketime.so.1")
    with pytest.raises(BadSubject, match=r"SAFELIGHT_LIBFAKETIME names /nowhere/libfaketime\.so\.1, which is no file"):
        find_library()
