"""Every way to break the protocol is one sentence that shows the line, and nothing hangs."""

import re
import time

import pytest
from stand import Stand, just_generate

from safelight.conformance.subjects.errors import AdapterError, BadSubject
from safelight.conformance.subjects.process import ProcessSubject

IN_A_CALL = {
    "garbage": r"wrote a line that is not JSON \(.+\): `Listening on port 3000`; its standard output is for the",
    "latin": r"wrote a line that is not UTF-8: `\{\"id\": 3, \"caf\ufffd\": 1\}`",
    "no-object": r"wrote a line that is no JSON object: `\[1, 2\]`",
    "no-id": r"wrote a line with neither `id` nor `event`: `\{\"ok\": \{\}\}`",
    "text-id": r"answered with an `id` that is no integer: `\{\"id\": \"3\"",
    "unknown-id": r"answered id 99, which nothing was asked under: `.+`; open are 3 \(generate\)",
    "unknown-event": r"sent the unknown event 'snooze': `.+`; there are sleep, awake, now",
    "sleep-without-seconds": r"sent a wrong event \(\"seconds\" is a required property\): `.+`",
    "sleep-for-nobody": r"sleeps for the call 77, which there is none of: `.+`; open are 3 \(generate\)",
    "sleep-backwards": r"sent a wrong event \(seconds: -1 is less than the minimum of 0\): `.+`",
    "no-answer": r"answered generate in a wrong shape \(.+\): `\{\"id\": 3\}`",
    "two-answers": r"answered generate in a wrong shape \(.+\): `\{\"id\": 3, \"ok\"",
    "no-category": r"told an error of the category 'oops', which is none; there is ",
    "exit": r"exited with code 3 before it answered generate \(id 3\); .+ ends with `first line / out of memory`",
    "close-output": r"closed its standard output, where answers go to",
}
GARBLED = {
    "wrong-name": r"answered generate with a wrong result \(.*'taskId' was unexpected\)\): `.+`",
    "no-images": r"answered generate with a wrong result \(\"images\" is a required property\): `.+`",
    "empty-image": r"with a wrong result \(images\.0: it has neither `url` and `data`, not one of them\): `.+`",
    "not-base64": r"with a wrong result \(images\.0\.data: it is not base64, .+\): `.+`",
    "local-expiry": r"with a wrong result \(expires_at: it is neither unix seconds nor ISO 8601 .+\): `.+`",
}
IN_HELLO = {
    "hello-garbage": r"wrote a line that is not JSON \(.+\): `node: bad option`",
    "hello-exit": r"exited with code 1 before it answered hello \(id 1\); .+ ends with `cannot find module 'acme'`",
    "hello-error": r"failed to say hello: a bare error: no key",
    "unknown-feature": r"declares the unknown feature 'virtual_slep'; did you mean 'virtual_sleep'\?",
    "unknown-provider": r"'reapy' is no provider; did you mean 'reapi'\?",
    "nameless": r"answered hello in a wrong shape \(\"name\" is a required property\): `.+`",
}


def assert_is_a_sentence(error: BaseException) -> None:
    text = str(error)
    assert text.startswith("the ")
    assert text[-1] in ".?"
    assert "\n" not in text
    assert len(text) < 500


@pytest.mark.parametrize(("way", "sentence"), IN_A_CALL.items())
def test_in_a_call(stand: Stand, way: str, sentence: str) -> None:
    subject = stand.fake(way)
    with pytest.raises(AdapterError, match=sentence) as caught:
        stand.play(subject, just_generate)
    assert_is_a_sentence(caught.value)


@pytest.mark.parametrize(("way", "sentence"), GARBLED.items())
def test_a_result_that_is_none_may_be_the_clients_fault(stand: Stand, way: str, sentence: str) -> None:
    outcome = stand.play(stand.fake(way), just_generate)
    assert (outcome.kind, outcome.category) == ("error", None)
    assert re.search(sentence, outcome.garbled)
    assert "\n" not in outcome.garbled


@pytest.mark.parametrize(("way", "sentence"), IN_HELLO.items())
def test_in_hello(stand: Stand, way: str, sentence: str) -> None:
    with pytest.raises(AdapterError, match=sentence) as caught:
        stand.fake(way)
    assert_is_a_sentence(caught.value)


def test_a_second_answer_is_told_by_the_next_who_asks(stand: Stand) -> None:
    with pytest.raises(AdapterError, match=r"answered id 3 twice; the second time: `.+`"):
        stand.play(stand.fake("twice"), just_generate)


def test_an_exit_after_the_answer_is_told_when_the_session_ends(stand: Stand) -> None:
    async def work(scene):
        assert (await scene.generate()).kind == "result"
        await scene.session.dialogue.child.ended

    with pytest.raises(AdapterError, match="exited with code 5"):
        stand.play(stand.fake("exit-after-answer"), work)


def test_an_adapter_that_reads_no_more(stand: Stand) -> None:
    with pytest.raises(AdapterError, match="closed its standard input, where operations come from"):
        stand.play(stand.fake("close-input"), just_generate)


def test_opening_may_fail(stand: Stand) -> None:
    with pytest.raises(AdapterError, match="could not open a client: an error of category invalid: no such region"):
        stand.play(stand.fake("open-error"), just_generate)


def test_a_line_without_end(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safelight.conformance.subjects.dialogue.LONGEST_LINE", 2**20)
    with pytest.raises(AdapterError, match=r"wrote a line of more than 1 MB: `x+\.\.\.`"):
        stand.play(stand.fake("long-line"), just_generate)


@pytest.mark.parametrize("way", ["silent", "hello-silent"])
def test_silence_has_an_end(stand: Stand, way: str) -> None:
    began = time.monotonic()
    with pytest.raises(AdapterError, match=r"was silent for 0\.5 s of real time while it was to answer \w+ \(id"):
        stand.play(stand.fake(way, silence=0.5), just_generate)
    assert 0.5 <= time.monotonic() - began < 10


def test_who_waits_for_the_simulator_is_not_silent(stand: Stand) -> None:
    async def work(scene):
        return [(await scene.generate("100")).usage, scene.now]

    usage, now = stand.play(stand.fake("asleep", silence=0.3), work)
    assert (usage["woken"] - usage["begun"], now) == (100, 100)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("no-such-program adapter", "there is no program 'no-such-program' to run"),
        ("/etc/passwd", "'/etc/passwd' cannot be run; is it executable?"),
        ("   ", "--command is empty"),
        ("node 'adapter.mjs", "cannot be split into words: no closing quotation"),
    ],
)
def test_a_command_that_is_none(stand: Stand, command: str, sentence: str) -> None:
    with pytest.raises(BadSubject, match=sentence) as caught:
        stand.process(command)
    assert caught.value.exit_code == 2


def test_an_adapter_that_sleeps_by_itself_cannot_be_virtual(stand: Stand) -> None:
    with pytest.raises(BadSubject, match=r"does not declare `virtual_sleep`.+ --clock faketime:20 or --clock real"):
        stand.fake("greet-when-virtual")


@pytest.mark.parametrize("clock", ["fake", "faketime", "faketime:0", "faketime:1000", "x20"])
def test_a_clock_that_is_none(clock: str) -> None:
    with pytest.raises(BadSubject, match="is no clock; "):
        ProcessSubject("true", clock=clock)
