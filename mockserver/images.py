"""Result images: real PNG, JPEG and WebP files of an exact size that say which request they answer.

The prompt, the job and the index are drawn on the picture, for people, and repeated in its EXIF
ImageDescription, for checks: an image that reached the wrong caller can be told.

Rendering must not hold up the event loop, so everything that depends on the number of pixels happens where
Pillow has given the interpreter lock away. The picture is drawn small, with a palette of four colours, and
enlarged. Pillow is imported when the first image is made.
"""

from __future__ import annotations

import asyncio
import colorsys
import io
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import zlib
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_IMAGE_DESCRIPTION = 0x010E
_LONGEST_CANVAS = 400
_LONGEST_THUMBNAIL = 256
_LARGEST_WEBP_HERE = 2_000_000
_LETTER_WIDTH, _LINE_HEIGHT, _MARGIN = 6, 13, 4
_PROMPT_LINES = 2
_ELLIPSIS = "..."
_NICENESS = 10
_SHADE, _TINT, _PANEL, _INK = range(4)

READ_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
DAMAGED = (
    OSError,  # includes Pillow's UnidentifiedImageError
    SyntaxError,  # Pillow's own word for a broken file
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,  # where the host turns warnings into errors
)
"""What Pillow's readers raise for bytes that are not an image, apart from DecompressionBombError."""


class NotAnImage(ValueError):
    """The bytes are no image that can be read, or declare more pixels than anybody means."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Everything that decides the bytes of an image.

    Sizes in pixels; `format` is png, jpeg or webp; `index` counts from 0 within a job.
    """

    width: int
    height: int
    format: str
    prompt: str
    job: str
    index: int
    seed: int


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image says of itself; the last three are None for an image that was not made here."""

    format: str
    width: int
    height: int
    prompt_sha256: str | None = None
    job: str | None = None
    index: int | None = None


def prompt_sha256(prompt: str) -> str:
    """The hash under which a prompt stands in the metadata of its images (hexadecimal)."""
    return sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()


def thumbnail_spec(spec: ImageSpec) -> ImageSpec:
    """The same image with its longest side at most 256 pixels."""
    factor = min(1.0, _LONGEST_THUMBNAIL / max(spec.width, spec.height))
    return replace(spec, width=max(1, round(spec.width * factor)), height=max(1, round(spec.height * factor)))


def render(spec: ImageSpec) -> bytes:
    """The file for `spec`: the same bytes for the same spec, in every process with the same Pillow.

    Raises ValueError for a format other than png, jpeg and webp.
    """
    encode = _ENCODERS.get(spec.format)
    if encode is None:
        raise ValueError(f"Unknown image format {spec.format!r}: use one of {', '.join(_ENCODERS)}.")
    return encode(_draw(spec), (spec.width, spec.height), _exif(spec))


def describe(data: bytes) -> ImageFacts:
    """What `data` says of itself, from its header alone. Raises NotAnImage."""
    image = open_image(data)
    return ImageFacts(image_format(image), *image.size, **_description(image))


def open_image(data: bytes) -> Image.Image:
    """An image of which only the header has been read. Raises NotAnImage, whatever the bytes are."""
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        return Image.open(io.BytesIO(data), formats=READ_FORMATS)
    except bombs as error:
        raise NotAnImage("The image declares too many pixels.") from error
    except DAMAGED as error:
        raise NotAnImage("The data is not an image in a known format.") from error


def image_format(image: Image.Image) -> str:
    """The format of an opened image as the second half of its MIME type."""
    name = (image.format or "").lower()
    return "jpeg" if name == "mpo" else name  # a camera's JPEG with a second picture inside


class Renderer:
    """Renders in a thread of its own and remembers the latest images. Belongs to one event loop.

    `limit` bounds the memory for finished images, in bytes. The thread is started by the first image.
    """

    def __init__(self, limit: int = 32 * 2**20) -> None:
        self._limit = limit
        self._used = 0
        self._finished: OrderedDict[ImageSpec, bytes] = OrderedDict()
        self._pending: dict[ImageSpec, asyncio.Future[bytes]] = {}
        self._pool: ThreadPoolExecutor | None = None

    async def get(self, spec: ImageSpec) -> bytes:
        """The file for `spec`; callers who ask for one image at the same time share one rendering."""
        if (data := self._finished.get(spec)) is not None:
            self._finished.move_to_end(spec)
            return data
        # Shielded: a caller who goes away must not take the image from the others.
        return await asyncio.shield(self._pending.get(spec) or self._start(spec))

    def close(self) -> None:
        """Stop the thread, forget every image and cancel whoever still waits for one."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        for future in self._pending.values():
            future.cancel()
        self._finished.clear()
        self._used = 0

    def _start(self, spec: ImageSpec) -> asyncio.Future[bytes]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="safelight-render", initializer=_stand_back)
        future = asyncio.get_running_loop().run_in_executor(self._pool, render, spec)
        self._pending[spec] = future
        future.add_done_callback(partial(self._finish, spec))
        return future

    def _finish(self, spec: ImageSpec, future: asyncio.Future[bytes]) -> None:
        del self._pending[spec]
        if not future.cancelled() and future.exception() is None:
            self._keep(spec, future.result())

    def _keep(self, spec: ImageSpec, data: bytes) -> None:
        if _weight(spec, data) > self._limit:
            return
        self._finished[spec] = data
        self._used += _weight(spec, data)
        while self._used > self._limit:
            self._used -= _weight(*self._finished.popitem(last=False))


def _stand_back() -> None:
    """Have the system prefer the threads that answer requests to this one."""
    if sys.platform == "linux":  # elsewhere the priority is that of the whole process
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _weight(spec: ImageSpec, data: bytes) -> int:
    return len(data) + len(spec.prompt)


def _draw(spec: ImageSpec) -> Image.Image:
    """The picture in four colours, at most 400 pixels long: squares from the seed, text on a dark panel."""
    from PIL import Image, ImageDraw

    subject = f"{spec.seed}/{spec.job}/{spec.index}".encode(errors="replace")
    digest = blake2b(subject, key=b"safelight image").digest()
    squares = Image.frombytes("P", (8, 8), bytes(_TINT if byte % 3 == 0 else _SHADE for byte in digest))
    squares.putpalette(_palette(digest[0] / 256))
    size = _canvas_size(spec.width, spec.height)
    canvas = squares.resize(size, Image.Resampling.NEAREST)

    lines = _caption(spec, columns=(size[0] - 2 * _MARGIN) // _LETTER_WIDTH)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 0, size[0], 2 * _MARGIN + _LINE_HEIGHT * len(lines)), fill=_PANEL)
    for number, line in enumerate(lines):
        place = (_MARGIN, _MARGIN + _LINE_HEIGHT * number)
        draw.text(place, line.encode("latin-1", "replace"), font=_font(), fill=_INK)
    return canvas


def _canvas_size(width: int, height: int) -> tuple[int, int]:
    scale = 1
    while max(width, height) > _LONGEST_CANVAS * scale:
        scale *= 2
    return math.ceil(width / scale), math.ceil(height / scale)


def _palette(hue: float) -> list[int]:
    shades = [colorsys.hsv_to_rgb(hue, 0.55, value) for value in (0.60, 0.70, 0.15)]
    return [round(255 * channel) for colour in (*shades, (1.0, 1.0, 1.0)) for channel in colour]


def _caption(spec: ImageSpec, *, columns: int) -> list[str]:
    width = max(columns, len(_ELLIPSIS))
    prompt = "".join(char if char.isprintable() else " " for char in spec.prompt[: width * _PROMPT_LINES + 1])
    shown = textwrap.wrap(prompt, width, max_lines=_PROMPT_LINES, placeholder=_ELLIPSIS)
    return [*shown, f"#{spec.index} {spec.job}"[:width]]


@cache
def _font() -> ImageFont.ImageFont:
    """Pillow's bitmap font, which knows Latin-1; one line of its outline font holds the interpreter lock too long."""
    from PIL import ImageFont

    return ImageFont.load_default_imagefont()


def _exif(spec: ImageSpec) -> Image.Exif:
    from PIL import Image

    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = json.dumps(
        {"safelight": 1, "prompt_sha256": prompt_sha256(spec.prompt), "job": spec.job, "index": spec.index}
    )
    return exif


def _description(image: Image.Image) -> dict[str, Any]:
    """What our own EXIF description says; nothing for foreign images."""
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(image.info["exif"])
        description = json.loads(exif[_IMAGE_DESCRIPTION])
        if description["safelight"] != 1:
            return {}
        return {name: description[name] for name in ("prompt_sha256", "job", "index")}
    except DAMAGED:
        return {}


def _enlarge(canvas: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    return canvas.resize(size, Image.Resampling.NEAREST)


def _encode_png(canvas: Image.Image, size: tuple[int, int], exif: Image.Exif) -> bytes:
    file = io.BytesIO()
    _enlarge(canvas, size).save(file, "PNG", compress_level=1, exif=exif)
    return file.getvalue()


def _encode_jpeg(canvas: Image.Image, size: tuple[int, int], exif: Image.Exif) -> bytes:
    # Pillow gives the interpreter lock away only while it writes a JPEG to a file with a descriptor.
    with tempfile.TemporaryFile() as file:
        _enlarge(canvas.convert("RGB"), size).save(file, "JPEG", exif=exif)
        file.seek(0)
        return file.read()


def _encode_webp(canvas: Image.Image, size: tuple[int, int], exif: Image.Exif) -> bytes:
    if size[0] * size[1] > _LARGEST_WEBP_HERE:
        return _encode_large_webp(canvas, size, exif)
    file = io.BytesIO()
    _enlarge(canvas.convert("RGB"), size).save(file, "WEBP", exif=exif, **_WEBP_OPTIONS)
    return file.getvalue()


def _encode_large_webp(canvas: Image.Image, size: tuple[int, int], exif: Image.Exif) -> bytes:
    """WebP in a process of its own: Pillow copies the picture to libwebp without giving the lock away."""
    import PIL

    # Isolated, so that neither the host's working directory nor its start-up hooks take part.
    command = [sys.executable, "-I", "-S", "-c", _WEBP_CHILD]
    arguments = [str(Path(PIL.__file__).parents[1]), *map(str, size)]
    small = _encode_png(canvas, canvas.size, exif)
    return subprocess.run([*command, *arguments], input=small, stdout=subprocess.PIPE, check=True).stdout


_WEBP_OPTIONS: dict[str, Any] = {"lossless": True, "quality": 0, "method": 0}  # the fastest there is

_WEBP_CHILD = f"""
import sys
sys.path.append(sys.argv[1])
from PIL import Image, WebPImagePlugin
canvas = Image.open(sys.stdin.buffer)
image = canvas.convert("RGB").resize((int(sys.argv[2]), int(sys.argv[3])), Image.Resampling.NEAREST)
image.save(sys.stdout.buffer, "WEBP", exif=canvas.info["exif"], **{_WEBP_OPTIONS!r})
"""

_ENCODERS = {"png": _encode_png, "jpeg": _encode_jpeg, "webp": _encode_webp}
