"""Images that decode, say whom they belong to, and are made once."""

import asyncio
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from safelight.mockserver import images
from safelight.mockserver.images import ImageFacts, ImageSpec, NotAnImage, Renderer, describe, render

SPEC = ImageSpec(320, 200, "png", "A lighthouse at dusk", "task_0123", 2, 7)
FORMATS = ("png", "jpeg", "webp")


def run_python(code: str) -> str:
    """What `code` prints in a process of its own that can import what this one can."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (320, 200), (1024, 1024), (1584, 672)])
def test_an_image_decodes_at_its_exact_size(format: str, size: tuple[int, int]) -> None:
    data = render(replace(SPEC, width=size[0], height=size[1], format=format))
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.size) == (format.upper(), size)


@pytest.mark.parametrize("format", FORMATS)
def test_a_4k_image_decodes_at_its_exact_size(format: str) -> None:
    spec = replace(SPEC, width=5504, height=3072, format=format)
    data = render(spec)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.size) == (format.upper(), (5504, 3072))
    assert describe(data).job == spec.job


def test_a_large_webp_is_encoded_outside_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ChildProcessError("started")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert render(replace(SPEC, format="webp"))
    with pytest.raises(ChildProcessError, match="started"):
        render(replace(SPEC, format="webp", width=2048, height=2048))


@pytest.mark.parametrize("format", FORMATS)
def test_an_image_says_which_request_it_answers(format: str) -> None:
    expected = ImageFacts(format, 320, 200, sha256(SPEC.prompt.encode()).hexdigest(), "task_0123", 2)
    assert describe(render(replace(SPEC, format=format))) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_the_bytes_are_the_same_in_another_process(format: str) -> None:
    spec = replace(SPEC, format=format)
    code = (
        "from hashlib import sha256\n"
        "from safelight.mockserver.images import ImageSpec, render\n"
        f"print(sha256(render({spec!r})).hexdigest())"
    )
    assert run_python(code).strip() == sha256(render(spec)).hexdigest()


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"job": "task_0124"}, {"index": 3}, {"prompt": "A lighthouse at dawn"}]
)
def test_every_part_of_the_spec_shows_in_the_pixels(change: dict[str, int | str]) -> None:
    def pixels(spec: ImageSpec) -> bytes:
        with Image.open(io.BytesIO(render(spec))) as image:
            return image.convert("RGB").tobytes()

    assert pixels(SPEC) != pixels(replace(SPEC, **change))  # type: ignore[arg-type]


@given(prompt=st.text(alphabet=st.characters(), max_size=300), job=st.text(max_size=40))
def test_any_prompt_can_be_drawn(prompt: str, job: str) -> None:
    facts = describe(render(replace(SPEC, prompt=prompt, job=job)))
    assert (facts.prompt_sha256, facts.job) == (images.prompt_sha256(prompt), job)


def test_a_lone_surrogate_in_a_prompt_is_no_obstacle() -> None:
    assert describe(render(replace(SPEC, prompt="\ud800", job="\udfff"))).job == "\udfff"


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="Unknown image format 'gif': use one of png, jpeg, webp"):
        render(replace(SPEC, format="gif"))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1376, 768), (256, 143)), ((768, 1376), (143, 256)), ((100, 50), (100, 50)), ((9000, 2), (256, 1))],
)
def test_a_thumbnail_keeps_the_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    thumbnail = images.thumbnail_spec(replace(SPEC, width=size[0], height=size[1]))
    assert (thumbnail.width, thumbnail.height) == expected
    assert (thumbnail.prompt, thumbnail.job, thumbnail.index) == (SPEC.prompt, SPEC.job, SPEC.index)


def foreign(description: str | None) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    if description is not None:
        exif[0x010E] = description
    Image.new("RGB", (5, 4)).save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.mark.parametrize(
    "description",
    [None, "a cat", "[1]", "7", "{}", '{"safelight": 2}', '{"safelight": 1, "job": "x"}', "[" * 20_000],
)
def test_a_foreign_image_has_only_its_looks(description: str | None) -> None:
    assert describe(foreign(description)) == ImageFacts("jpeg", 5, 4)


@pytest.mark.parametrize("data", [b"", b"<?xml version='1.0'?><Error/>", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"])
def test_what_is_not_an_image_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        describe(data)


SAMPLES = [render(replace(SPEC, format=format, width=20, height=10)) for format in FORMATS]


@given(data=st.data())
def test_damaged_images_are_described_or_refused_but_never_crash(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for position in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=8)):
        damaged[position] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    try:
        facts = describe(bytes(damaged))
    except NotAnImage:
        return
    assert facts.width > 0


def test_pillow_is_imported_only_when_an_image_is_made() -> None:
    code = "import sys, safelight.mockserver.images, safelight.mockserver.references; print('PIL' in sys.modules)"
    assert run_python(code).strip() == "False"


class Gate:
    """A stand-in for `render` that counts its calls and lets none through before it is opened."""

    def __init__(self) -> None:
        self.rendered: list[ImageSpec] = []
        self.opened = threading.Event()

    def render(self, spec: ImageSpec) -> bytes:
        self.opened.wait(10)
        self.rendered.append(spec)
        if spec.format == "broken":
            raise OSError("no space left")
        return bytes(10)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(images, "render", gate.render)
    yield gate
    gate.opened.set()


@pytest.fixture
def make_renderer() -> Iterator[Callable[[int], Renderer]]:
    made: list[Renderer] = []

    def make(limit: int) -> Renderer:
        made.append(Renderer(limit))
        return made[-1]

    yield make
    for renderer in made:
        renderer.close()


MakeRenderer = Callable[[int], Renderer]


def specs(count: int) -> list[ImageSpec]:
    return [replace(SPEC, prompt="", index=index) for index in range(count)]


def render_threads() -> set[threading.Thread]:
    """The render threads of this process, among them those of other simulators in it."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("safelight-render")}


def test_the_renderer_hands_out_what_render_makes(make_renderer: MakeRenderer) -> None:
    assert asyncio.run(make_renderer(1000).get(SPEC)) == render(SPEC)


def test_no_thread_runs_before_the_first_image(gate: Gate, make_renderer: MakeRenderer) -> None:
    gate.opened.set()
    others = render_threads()
    renderer = make_renderer(1000)
    assert render_threads() == others
    asyncio.run(renderer.get(SPEC))
    assert len(render_threads() - others) == 1
    renderer.close()
    assert render_threads() == others


def test_callers_at_the_same_time_share_one_rendering(gate: Gate, make_renderer: MakeRenderer) -> None:
    async def scenario() -> list[bytes]:
        renderer = make_renderer(1000)
        waiting = [asyncio.create_task(renderer.get(SPEC)) for _ in range(5)]
        await asyncio.sleep(0)
        gate.opened.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(scenario()) == [bytes(10)] * 5
    assert gate.rendered == [SPEC]


def test_a_caller_who_goes_away_leaves_the_image_to_the_others(gate: Gate, make_renderer: MakeRenderer) -> None:
    async def scenario() -> bytes:
        renderer = make_renderer(1000)
        impatient = asyncio.create_task(renderer.get(SPEC))
        patient = asyncio.create_task(renderer.get(SPEC))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.sleep(0)
        gate.opened.set()
        return await patient

    assert asyncio.run(scenario()) == bytes(10)
    assert gate.rendered == [SPEC]


def test_the_image_used_longest_ago_is_forgotten_first(gate: Gate, make_renderer: MakeRenderer) -> None:
    gate.opened.set()
    first, second, third = specs(3)

    async def scenario() -> None:
        renderer = make_renderer(20)
        for spec in (first, second, first, third, first, second):
            await renderer.get(spec)

    asyncio.run(scenario())
    assert gate.rendered == [first, second, third, second]


def test_an_image_beyond_the_limit_is_handed_out_but_not_kept(gate: Gate, make_renderer: MakeRenderer) -> None:
    gate.opened.set()
    small, large = replace(SPEC, prompt=""), replace(SPEC, prompt="counts, too")

    async def scenario() -> list[bytes]:
        renderer = make_renderer(20)
        return [await renderer.get(spec) for spec in (small, large, large, small)]

    assert asyncio.run(scenario()) == [bytes(10)] * 4
    assert gate.rendered == [small, large, large]


def test_a_failure_reaches_every_caller_and_is_not_kept(gate: Gate, make_renderer: MakeRenderer) -> None:
    broken = replace(SPEC, format="broken")

    async def scenario() -> list[bytes | BaseException]:
        renderer = make_renderer(1000)
        waiting = [asyncio.create_task(renderer.get(broken)) for _ in range(2)]
        await asyncio.sleep(0)
        gate.opened.set()
        first = await asyncio.gather(*waiting, return_exceptions=True)
        return [*first, *await asyncio.gather(renderer.get(broken), return_exceptions=True)]

    assert [str(error) for error in asyncio.run(scenario())] == ["no space left"] * 3
    assert len(gate.rendered) == 2


def test_closing_cancels_who_still_waits(gate: Gate, make_renderer: MakeRenderer) -> None:
    async def scenario() -> list[bytes | BaseException]:
        renderer = make_renderer(1000)
        waiting = [asyncio.create_task(renderer.get(spec)) for spec in specs(3)]
        await asyncio.sleep(0)
        gate.opened.set()
        renderer.close()
        return await asyncio.gather(*waiting, return_exceptions=True)

    others = render_threads()
    assert [type(outcome) for outcome in asyncio.run(scenario())] == [asyncio.CancelledError] * 3
    assert render_threads() == others
