"""Reference images: what the simulator learns of the pictures that a request sends or points at."""

from __future__ import annotations

import re
import socket
import unicodedata
from base64 import b64decode
from dataclasses import dataclass
from hashlib import blake2b, sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

from .images import DAMAGED, NotAnImage, image_format, open_image
from .sizes import RATIOS, pixels

MAX_BYTES = 20 * 2**20
"""Largest decoded image that is accepted unless the caller says otherwise."""

MAX_PIXELS = 89_478_485
"""Most pixels an image may declare: the number beyond which Pillow warns of a decompression bomb."""

_DATA_URI = re.compile(r"data:(?P<mime>[^;,]*)(?:;[^;,]+)*?;base64,", re.IGNORECASE)
_MIMES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "heic": "image/heic",
    "gif": "image/gif",
}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_PRIVATE_SUFFIXES = (".localhost", ".localdomain", ".local", ".internal", ".home.arpa")
_NAT64 = 0x0064FF9B << 96


class BadReference(ValueError):
    """A reference image that is refused; the message is one sentence for the caller of the API."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference image: its size in pixels, its real MIME type and what identifies it.

    `digest` is the SHA-256 of its bytes, or of its URL where it was not fetched; `source` is the URL, or
    "inline" for bytes that came with the request.
    """

    kind: Literal["url", "bytes"]
    width: int
    height: int
    mime: str
    digest: str
    source: str


def decode_data_uri(text: str, *, max_bytes: int = MAX_BYTES) -> Reference:
    """The image in a `data:image/…;base64,…` URI. Raises BadReference."""
    head = _DATA_URI.match(text)
    if head is None:
        raise BadReference("The image is not a data URI of the form data:image/<type>;base64,<data>.")
    return decode_base64(text[head.end() :], head["mime"], max_bytes=max_bytes)


def decode_base64(text: str, mime: str, *, max_bytes: int = MAX_BYTES) -> Reference:
    """The image in base64 `text`; `mime` is what the caller declares. Raises BadReference.

    Standard alphabet with padding, no white space. A declared image type that is not the real one is
    forgiven, as real servers look at the bytes: the reference carries the real one.
    """
    if not mime.lower().startswith("image/"):
        raise BadReference(f"The declared type {mime!r} is not an image type such as image/png.")
    if len(text) * 3 // 4 > max_bytes + 2:
        raise BadReference(_too_large(max_bytes))
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise BadReference("The image is not valid base64 (standard alphabet, padded, no spaces).") from error
    return read_reference(data, max_bytes=max_bytes)


def read_reference(
    data: bytes,
    *,
    kind: Literal["url", "bytes"] = "bytes",
    source: str = "inline",
    max_bytes: int = MAX_BYTES,
) -> Reference:
    """The image that `data` holds, judged by its header and, for PNG, its checksums. Raises BadReference."""
    if not data:
        raise BadReference("The image is empty.")
    if len(data) > max_bytes:
        raise BadReference(_too_large(max_bytes))
    width, height, mime = _heif_facts(data) or _image_facts(data)
    return Reference(kind, width, height, mime, sha256(data).hexdigest(), source)


def seeded_reference(url: str) -> Reference:
    """A stand-in for the image behind a foreign URL, which is never fetched: a 1K size drawn from the URL."""
    encoded = url.encode("utf-8", "surrogatepass")
    drawn = int.from_bytes(blake2b(encoded, digest_size=8, key=b"safelight reference").digest(), "big")
    width, height = pixels(RATIOS[drawn % len(RATIOS)], "1K")
    suffix = url.partition("?")[0].rpartition(".")[2].lower()
    return Reference("url", width, height, _MIMES.get(suffix, "image/png"), sha256(encoded).hexdigest(), url)


def is_public_host(url: str) -> bool:
    """Whether the host of `url` may be public: not loopback, private, link-local or a local name.

    Addresses are recognised in every spelling that resolvers take, such as `127.1`, `0x7f000001` and
    `[::ffff:10.0.0.1]`. Names are judged by their looks, never resolved. A URL without a host is not public.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    host = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").rstrip(".")
    address = _address(host)
    if address is not None:
        return address.is_global and not address.is_multicast
    return "." in host and ":" not in host and not host.endswith(_PRIVATE_SUFFIXES)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        pass
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return _embedded(address) or address if isinstance(address, IPv6Address) else address


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address is a wrapper of (mapped, 6to4, NAT64)."""
    if int(address) >> 32 == _NAT64 >> 32:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _image_facts(data: bytes) -> tuple[int, int, str]:
    try:
        image = open_image(data)
    except NotAnImage as error:
        raise BadReference(str(error)) from error
    width, height = _sane(*image.size)
    mime = f"image/{image_format(image)}"
    try:
        image.verify()
    except DAMAGED as error:
        raise BadReference("The image is damaged.") from error
    return width, height, mime


def _heif_facts(data: bytes) -> tuple[int, int, str] | None:
    """Size and type of a HEIC or HEIF file, which Pillow does not read: the largest of its `ispe` boxes."""
    if data[4:8] != b"ftyp" or data[8:12] not in _HEIF_BRANDS:
        return None
    sizes = [
        (int.from_bytes(found[1], "big"), int.from_bytes(found[2], "big"))
        for found in re.finditer(rb"ispe\0{4}(.{4})(.{4})", data, re.DOTALL)
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    if not width * height:
        raise BadReference("The image is damaged.")
    return *_sane(width, height), "image/heif" if data[8:12] in (b"mif1", b"msf1") else "image/heic"


def _sane(width: int, height: int) -> tuple[int, int]:
    if width * height > MAX_PIXELS:
        raise BadReference(f"The image declares {width}×{height} pixels, more than the {MAX_PIXELS} allowed.")
    return width, height


def _too_large(max_bytes: int) -> str:
    return f"The image is larger than the {max_bytes} bytes allowed."
