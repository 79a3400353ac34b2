"""A command per call: its arguments, its environment, its clock, and what is read from what it prints."""

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from stand import PYTHON, Scene, Stand, just_generate

from safelight.conformance.client import Bytes, Url
from safelight.conformance.engine.outcome import Outcome
from safelight.conformance.subjects.base import EXACT_TIME, NEW_ADDRESS, Ask
from safelight.conformance.subjects.command import CommandSubject
from safelight.conformance.subjects.errors import AdapterError, BadSubject
from safelight.conformance.subjects.template import Template

FAKE = f"{PYTHON} {Path(__file__).with_name('fake_command.py')}"
PICTURE = Bytes(b"picture", "image/png")


def command(stand: Stand, rest: str, **how: object) -> CommandSubject:
    return stand.started(CommandSubject(f"{FAKE} {rest}", **how))


def filled(text: str, **values: list[str]) -> list[str]:
    return Template(text).filled(values)


def test_values_are_words_and_never_text_for_a_shell() -> None:
    nasty = "a \"b\" 'c' $(touch x); `d` {ratio} \n{{}}"
    assert filled("gen --prompt {prompt} --q={prompt}", prompt=[nasty]) == ["gen", "--prompt", nasty, f"--q={nasty}"]


def test_what_was_not_asked_for_is_left_out_with_its_option() -> None:
    text = "gen -v {prompt} --ratio {ratio} --size={resolution} {count} --fast --out x"
    assert filled(text, prompt=["p"]) == ["gen", "-v", "p", "--fast", "--out", "x"]
    full = filled(text, prompt=["p"], ratio=["1:1"], resolution=["2K"], count=["2"])
    assert full == ["gen", "-v", "p", "--ratio", "1:1", "--size=2K", "2", "--fast", "--out", "x"]


def test_several_values_repeat_an_argument() -> None:
    assert filled("gen --image {image} {prompt}", image=["a", "b"], prompt=["p"]) == [
        "gen", "--image", "a", "--image", "b", "p",
    ]  # fmt: skip


def test_braces_of_other_kinds() -> None:
    assert filled("jq '{{x}}' '{\"a\": 1}' ${HOME} {prompt}", prompt=["p"]) == [
        "jq", "{x}", '{"a": 1}', "${HOME}", "p",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gen {promt}", r"--exec has \{promt\}, which is no placeholder; did you mean \{prompt\}\?"),
        ("gen {xyz}", r"which is no placeholder; there are op, prompt, provider"),
        ("", "--exec is empty"),
        ("gen 'x", "--exec .+ cannot be split into words"),
    ],
)
def test_a_template_that_is_none(text: str, sentence: str) -> None:
    with pytest.raises(BadSubject, match=sentence):
        CommandSubject(text)


def test_what_it_can_do_follows_from_its_placeholders() -> None:
    subject = CommandSubject("gen {prompt} {ratio} {image_url} --key {api_key}")
    assert subject.capabilities.features == {"ratio", "url-images", "parallel"}
    assert subject.conditions == {EXACT_TIME, NEW_ADDRESS}
    assert CommandSubject("gen", clock="real").conditions == {NEW_ADDRESS}
    assert subject.described() == {"kind": "exec", "exec": subject.command, "clock": "virtual"}


def test_arguments_and_environment(stand: Stand) -> None:
    subject = command(stand, "show {provider} {base_url} {api_key} {prompt} {ratio} {deadline}")

    async def work(scene: Scene) -> tuple[Outcome, Scene]:
        return await scene.generate("猫 $x", ratio="16:9", temperature=0.5), scene

    outcome, scene = stand.play(subject, work, deadline=300)
    opening = scene.opening
    assert outcome.usage["arguments"] == ["reapi", opening.base_url, opening.api_key, "猫 $x", "16:9", "300"]
    environment = {name: value for name, value in outcome.usage["environment"].items() if name not in os.environ}
    assert environment.pop("SAFELIGHT_CLOCK").startswith("http://127.0.0.1:")
    assert len(environment.pop("SAFELIGHT_SUBJECT")) == 32
    assert json.loads(environment.pop("SAFELIGHT_REQUEST")) == {"prompt": "猫 $x", "ratio": "16:9", "temperature": 0.5}
    assert environment == {
        "SAFELIGHT_OP": "generate", "SAFELIGHT_PROVIDER": "reapi", "SAFELIGHT_BASE_URL": opening.base_url,
        "SAFELIGHT_API_KEY": opening.api_key, "SAFELIGHT_DEADLINE": "300", "SAFELIGHT_PROMPT": "猫 $x",
        "SAFELIGHT_RATIO": "16:9", "SAFELIGHT_TEMPERATURE": "0.5",
    }  # fmt: skip
    assert outcome.usage["input"] == ""


def test_references_are_urls_and_files(stand: Stand) -> None:
    subject = command(stand, "read-references --image {image}")
    outcome = stand.play(subject, lambda scene: scene.generate("x", Url("http://x/1.png"), PICTURE))
    url, file = outcome.usage["request"]["images"]
    assert url == {"url": "http://x/1.png"}
    assert outcome.usage["sizes"] == [7]
    assert outcome.usage["arguments"] == ["--image", "http://x/1.png", "--image", file["file"]]
    assert file["file"].endswith(".png")
    assert not Path(file["file"]).exists()  # the scenario is over


def test_concurrent_calls_have_files_of_their_own(stand: Stand) -> None:
    async def work(scene: Scene) -> list[int]:
        pictures = [Bytes(b"x" * size, "image/png") for size in (1, 20, 300)]
        outcomes = await asyncio.gather(*(scene.generate("x", picture) for picture in pictures))
        return [outcome.usage["sizes"][0] for outcome in outcomes]

    assert stand.play(command(stand, "read-references {image}"), work) == [1, 20, 300]


def test_a_prompt_that_no_argument_can_hold(stand: Stand) -> None:
    subject = command(stand, "show {prompt}")
    for prompt in ("a\0b", "\ud800"):
        outcome = stand.play(subject, lambda scene, prompt=prompt: scene.generate(prompt))
        assert outcome.kind == "unsupported"
    plain = command(stand, "show")
    outcome = stand.play(plain, lambda scene: scene.generate("a\0b"))
    assert json.loads(outcome.usage["environment"]["SAFELIGHT_REQUEST"]) == {"prompt": "a\0b"}
    assert "SAFELIGHT_PROMPT" not in outcome.usage["environment"]


def test_urls_on_lines(stand: Stand) -> None:
    outcome = stand.play(command(stand, "urls"), just_generate)
    assert [image.url for image in outcome.images] == ["http://localhost/0.png", "http://localhost/1.png?a=b"]


def test_a_typed_error_goes_before_the_exit_code(stand: Stand) -> None:
    outcome = stand.play(command(stand, "typed"), just_generate)
    assert (outcome.kind, outcome.category, outcome.code) == ("error", "credits", 30001)


def test_an_exit_code_alone_is_a_bare_error(stand: Stand) -> None:
    outcome = stand.play(command(stand, "bare"), just_generate)
    assert (outcome.kind, outcome.category, outcome.exception) == ("error", None, "exit 22")
    assert outcome.message == "curl: (22) The requested URL returned error: 402"


def test_a_result_of_a_wrong_shape(stand: Stand) -> None:
    outcome = stand.play(command(stand, "garbled"), just_generate)
    assert outcome.garbled.startswith("the command answered generate with a wrong result (")


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("talk", "exited with code 0, but its last line is `Image saved to out.png`"),
        ("nothing", "exited with code 0, but it printed nothing"),
        ("odd-json", "answered in a wrong shape"),
    ],
)
def test_a_success_that_shows_nothing(stand: Stand, way: str, sentence: str) -> None:
    with pytest.raises(AdapterError, match=sentence):
        stand.play(command(stand, way), just_generate)


def test_silence_has_an_end(stand: Stand) -> None:
    subject = command(stand, "silent", silence=0.4)
    began = time.monotonic()
    with pytest.raises(AdapterError, match=r"was silent for 0\.4 s of real time.+--clock faketime:20 or --clock real"):
        stand.play(subject, just_generate)
    assert time.monotonic() - began < 10


def test_a_cancelled_call_is_killed(stand: Stand) -> None:
    async def work(scene: Scene) -> float:
        call = asyncio.create_task(scene.generate())
        await asyncio.sleep(50)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return scene.now

    assert stand.play(command(stand, "sleep 100000"), work) == 50


def test_sleeps_over_http_are_exact(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[float, float, float]:
        usage = (await scene.generate()).usage
        return usage["slept"], usage["now"], scene.now

    assert stand.play(command(stand, "sleep 30.5"), work) == (30.5, 0, 30.5)


def test_parallel_sleeps_over_http(stand: Stand) -> None:
    async def work(scene: Scene) -> tuple[list[float], float]:
        outcomes = await asyncio.gather(*(scene.generate() for _ in range(4)))
        return [outcome.usage["slept"] for outcome in outcomes], scene.now

    assert stand.play(command(stand, "sleep 30"), work) == ([30] * 4, 30)


@pytest.mark.parametrize("length", ["x", "-1", "nan", "inf", ""])
def test_a_sleep_of_no_length(stand: Stand, length: str) -> None:
    outcome = stand.play(command(stand, f"sleep '{length}'"), just_generate)
    assert (outcome.kind, outcome.exception) == ("error", "exit 1")
    assert "HTTP Error 400" in outcome.message


def test_the_clock_stands_still_while_a_command_works(stand: Stand) -> None:
    async def work(scene: Scene) -> float:
        somebody_elses = asyncio.create_task(asyncio.sleep(1_000))
        await scene.generate()
        somebody_elses.cancel()
        return scene.now

    assert stand.play(command(stand, "real-sleep"), work) == 0


def test_a_command_that_takes_operations(stand: Stand) -> None:
    subject = command(stand, "operate {op}")
    assert subject.capabilities.name == "fake"
    assert subject.capabilities.features == {"ratio", "url-images", "bytes-images", "list", "resume"}

    async def work(scene: Scene) -> tuple[Outcome, Outcome]:
        return await scene.session.call(Ask("list", model="m")), await scene.session.call(Ask("resume", task_id="t9"))

    listed, resumed = stand.play(subject, work)
    assert (listed.listing, resumed.task_id) == (["m"], "t9")


def test_a_hello_that_is_none(stand: Stand) -> None:
    with pytest.raises(AdapterError, match=r"does not answer `hello` \(exited with code 2; its last line is `usage: "):
        command(stand, "no-hello {op}")
    with pytest.raises(BadSubject, match="the command does not declare `virtual_sleep`"):
        command(stand, "real-hello {op}")


def test_what_is_logged(stand: Stand) -> None:
    async def work(scene: Scene) -> str:
        await scene.generate()
        await scene.generate()
        return scene.session.logged()

    assert stand.play(command(stand, "bare"), work).count("curl: (22)") == 2


def test_a_program_that_is_not_there(stand: Stand) -> None:
    subject = stand.started(CommandSubject("no-such-program {prompt}"))
    with pytest.raises(BadSubject, match="there is no program 'no-such-program'"):
        stand.play(subject, just_generate)
