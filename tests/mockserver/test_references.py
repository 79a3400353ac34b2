"""Reference images: what is read from them, what is refused, and which hosts count as public."""

import io
import warnings
from base64 import b64encode
from binascii import crc32
from hashlib import sha256
from struct import pack

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from safelight.mockserver.references import (
    BadReference,
    Reference,
    decode_base64,
    decode_data_uri,
    is_public_host,
    read_reference,
    seeded_reference,
)
from safelight.mockserver.sizes import RATIOS, pixels


def encoded(format: str, size: tuple[int, int] = (30, 20)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, format)
    return file.getvalue()


def png_declaring(width: int, height: int) -> bytes:
    """A PNG that claims a size, with no pixels."""
    header = b"IHDR" + pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [pack(">I", len(chunk) - 4) + chunk + pack(">I", crc32(chunk)) for chunk in (header, b"IDAT", b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def heic(*sizes: tuple[int, int], brand: bytes = b"heic") -> bytes:
    boxes = b"".join(b"\0\0\0\x14ispe\0\0\0\0" + pack(">II", *size) for size in sizes)
    return b"\0\0\0\x18ftyp" + brand + bytes(8) + boxes


SAMPLES = [encoded(format) for format in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")] + [heic((30, 20))]
PNG = SAMPLES[0]
PNG_TEXT = b64encode(PNG).decode()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_data_uri_yields_size_type_and_digest(format: str) -> None:
    data = encoded(format)
    mime = f"image/{format.lower()}"
    reference = decode_data_uri(f"data:{mime};base64,{b64encode(data).decode()}")
    assert reference == Reference("bytes", 30, 20, mime, sha256(data).hexdigest(), "inline")


@pytest.mark.parametrize("head", ["data:image/png;base64,", "DATA:Image/PNG;charset=utf-8;BASE64,"])
def test_the_head_of_a_data_uri_may_be_spelt_as_the_standard_allows(head: str) -> None:
    assert decode_data_uri(head + PNG_TEXT).width == 30


def test_the_real_type_wins_over_the_declared_one() -> None:
    assert decode_data_uri(f"data:image/jpeg;base64,{PNG_TEXT}").mime == "image/png"


@pytest.mark.parametrize(("brand", "mime"), [(b"heic", "image/heic"), (b"heix", "image/heic"), (b"mif1", "image/heif")])
def test_a_heic_file_has_the_size_of_its_largest_part(brand: bytes, mime: str) -> None:
    data = heic((512, 512), (4032, 3024), (320, 240), brand=brand)
    reference = read_reference(data)
    assert (reference.width, reference.height, reference.mime) == (4032, 3024, mime)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/cat.png",
        PNG_TEXT,
        f"data:image/png,{PNG_TEXT}",
        f"data:image/png;base64 {PNG_TEXT}",
        f" data:image/png;base64,{PNG_TEXT}",
    ],
)
def test_what_is_no_data_uri_is_told_the_form(text: str) -> None:
    with pytest.raises(BadReference, match="not a data URI of the form data:image/<type>;base64,<data>"):
        decode_data_uri(text)


@pytest.mark.parametrize("mime", ["", "text/plain", "png", "application/octet-stream"])
def test_a_type_that_is_no_image_type_is_quoted(mime: str) -> None:
    with pytest.raises(BadReference, match=f"The declared type '{mime}' is not an image type"):
        decode_base64(PNG_TEXT, mime)


@pytest.mark.parametrize(
    "text",
    [
        PNG_TEXT.rstrip("=") + "=" * (3 if PNG_TEXT.endswith("=") else 1),
        PNG_TEXT[:-1],
        PNG_TEXT[:76] + "\n" + PNG_TEXT[76:],
        " " + PNG_TEXT,
        "猫" + PNG_TEXT,
        "-_" + PNG_TEXT,
        "iVBOR...",
    ],
)
def test_base64_is_taken_strictly(text: str) -> None:
    with pytest.raises(BadReference, match="not valid base64"):
        decode_base64(text, "image/png")


def test_no_bytes_are_no_image() -> None:
    with pytest.raises(BadReference, match="empty"):
        decode_base64("", "image/png")


@pytest.mark.parametrize("data", [b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", bytes(64)])
def test_bytes_that_are_no_image_are_refused(data: bytes) -> None:
    with pytest.raises(BadReference, match="not an image in a known format"):
        decode_base64(b64encode(data).decode(), "image/png")


@pytest.mark.parametrize("data", [PNG[:-20], PNG[:60] + b"\xff" + PNG[61:], heic(), heic((0, 7))])
def test_a_damaged_image_is_refused(data: bytes) -> None:
    with pytest.raises(BadReference, match="damaged"):
        read_reference(data)


def test_the_limit_counts_decoded_bytes() -> None:
    assert decode_base64(PNG_TEXT, "image/png", max_bytes=len(PNG)).width == 30
    with pytest.raises(BadReference, match=f"larger than the {len(PNG) - 1} bytes allowed"):
        decode_base64(PNG_TEXT, "image/png", max_bytes=len(PNG) - 1)


def test_text_far_beyond_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(BadReference, match="larger than the 30 bytes allowed"):
        decode_base64("!" * 1000, "image/png", max_bytes=30)


@pytest.mark.parametrize("data", [png_declaring(60_000, 60_000), png_declaring(10_000, 10_000), heic((20_000, 20_000))])
def test_a_decompression_bomb_is_refused_by_what_it_declares(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(BadReference, match="pixels"):
            read_reference(data)


def test_a_bomb_is_refused_where_warnings_are_errors() -> None:
    with pytest.raises(BadReference, match="pixels"):
        read_reference(png_declaring(10_000, 10_000))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_crash(data: bytes) -> None:
    with pytest.raises(BadReference):
        read_reference(data)


@given(data=st.data())
def test_damaged_images_are_read_or_refused_but_never_crash(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for position in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=8)):
        damaged[position] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    try:
        reference = read_reference(bytes(damaged))
    except BadReference:
        return
    assert reference.digest == sha256(damaged).hexdigest()


@given(st.text(max_size=100), st.text(max_size=20))
@example("\ud800", "image/\ud800")
def test_arbitrary_text_never_crashes(text: str, mime: str) -> None:
    with pytest.raises(BadReference):
        decode_data_uri(text)
    with pytest.raises(BadReference):
        decode_base64(text, mime)


def test_a_foreign_url_has_a_size_of_its_own_that_never_changes() -> None:
    url = "https://example.com/cat.jpg?size=large"
    reference = seeded_reference(url)
    assert reference == seeded_reference(url)
    assert (reference.kind, reference.source, reference.mime) == ("url", url, "image/jpeg")
    assert reference.digest == sha256(url.encode()).hexdigest()


def test_foreign_urls_take_every_ratio_at_1k() -> None:
    references = [seeded_reference(f"https://example.com/{number}") for number in range(300)]
    sizes = {(reference.width, reference.height) for reference in references}
    assert sizes == {pixels(ratio, "1K") for ratio in RATIOS}


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "EXAMPLE.com.",
        "user:secret@cdn.example.co.uk:8443",
        "8.8.8.8",
        "134744072",
        "0x08080808",
        "[2606:4700:4700::1111]",
        "[::ffff:8.8.8.8]",
        "172.32.0.1",
        "localhost.example.com",
        "face.ad",
        "münchen.example.com",
    ],
)
def test_public_hosts(host: str) -> None:
    assert is_public_host(f"https://{host}/a.png")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "api.localhost",
        "localhost.localdomain",
        "printer.local",
        "metadata.google.internal",
        "nas.home.arpa",
        "redis",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.8.9.10",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "10.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b::7f00:1]",
        "example.com@127.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
    ],
)
def test_hosts_that_are_not_public(host: str) -> None:
    assert not is_public_host(f"http://{host}/a.png")
    assert not is_public_host(f"http://{host}")


@pytest.mark.parametrize(
    "url", ["", "cat.png", "data:image/png;base64,AA==", "http://", "http://[::1", "file:///etc/passwd"]
)
def test_a_url_without_a_host_is_not_public(url: str) -> None:
    assert not is_public_host(url)


@given(st.text(max_size=60))
def test_any_text_is_public_or_not(text: str) -> None:
    assert is_public_host(text) in (True, False)
    assert is_public_host(f"http://{text}/") in (True, False)
