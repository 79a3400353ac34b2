"""Functions that make judges of results."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import log, sqrt
from typing import Final

from ...mockserver.sizes import pixels
from .evidence import Answer, Evidence, Life, Picture
from .fields import values
from .judges import each_answer, first_of
from .record import Judge, Judged

_RATIO_TOLERANCE: Final = 0.03  # of the logarithm; the nearest two ratios are 0.06 apart
_TIERS: Final = {"1K": 1024, "2K": 2048, "4K": 4096}  # pixels along the side of a square


def opened() -> Judge:
    """Results can be fetched by anybody who has their URL."""

    def test(picture: Picture, life: Life) -> str | None:
        answer = picture.answer
        if answer.status == 200:
            return None
        return f"the result cannot be fetched without a key: {answer.lost or answer.told}"

    return _pictures(test, fetched=True)


def is_image(formats: Collection[str] = ()) -> Judge:
    """Results are images, of the format that was ordered or of one of `formats`."""

    def test(picture: Picture, life: Life) -> str | None:
        wanted = formats or [life.order.format or ""]
        if picture.facts is None:
            return f"the result is no image but {len(picture.data)} bytes of something else"
        return (
            None
            if picture.facts.format in wanted
            else f"the image is {picture.facts.format}, not {' or '.join(wanted)}"
        )

    return _pictures(test)


def said_type() -> Judge:
    """An image inside an answer is what the answer calls it."""

    def test(picture: Picture, life: Life) -> str | None:
        if picture.facts is None:
            return f"`data` is no image in standard base64, although it is called {picture.said}"
        real = f"image/{picture.facts.format}"
        return None if picture.said == real else f"the image is {real}, but it is called {picture.said}"

    return _pictures(test)


def ratio() -> Judge:
    """An image has the ratio that was ordered."""

    def test(picture: Picture, life: Life) -> str | None:
        if picture.facts is None or life.order.ratio is None:
            return None
        width, height = map(int, life.order.ratio.split(":"))
        off = abs(log(picture.facts.width / picture.facts.height) - log(width / height))
        return None if off <= _RATIO_TOLERANCE else f"the image has {_size(picture)}, which is not {life.order.ratio}"

    return _pictures(test)


def tier() -> Judge:
    """An image has about as many pixels as its tier says: nearer to it than to the next."""

    def test(picture: Picture, life: Life) -> str | None:
        if picture.facts is None:
            return None
        side = sqrt(picture.facts.width * picture.facts.height) / _TIERS[life.order.tier]
        return (
            None if 1 / sqrt(2) < side < sqrt(2) else f"the image has {_size(picture)}, which is not {life.order.tier}"
        )

    return _pictures(test)


def exact_pixels() -> Judge:
    """An image has the width and height of the model's table."""

    def test(picture: Picture, life: Life) -> str | None:
        if picture.facts is None or life.order.ratio is None:
            return None
        width, height = pixels(life.order.ratio, life.order.tier)
        fine = (picture.facts.width, picture.facts.height) == (width, height)
        return None if fine else f"the image has {_size(picture)}, the model's table says {width}×{height}"

    return _pictures(test)


def as_many(field: str) -> Judge:
    """There are as many results as were ordered."""

    def test(answer: Answer, life: Life | None) -> str | None:
        found = len(values(answer.data, field))
        wanted = life.order.count if life else None
        return None if wanted in (None, found) else f"there are {found} results for an order of {wanted}"

    return each_answer("succeeded", test)


def _size(picture: Picture) -> str:
    assert picture.facts is not None
    return f"{picture.facts.width}×{picture.facts.height} pixels"


def _pictures(test: Callable[[Picture, Life], str | None], *, fetched: bool = False) -> Judge:
    def judge(evidence: Evidence) -> Judged:
        shown = [(picture, life) for life in evidence.lives for picture in life.pictures]
        return first_of((each.answer, test(each, life)) for each, life in shown if fetched or each.answer.status == 200)

    return judge
