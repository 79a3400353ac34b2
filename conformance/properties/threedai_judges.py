"""What is particular to judging clients of 3D AI Studio (document 001_a1a057ab71129629.txt)."""

from __future__ import annotations

import re
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from .jobs import not_repeated, told_of_failure
from .judging import shown, told_as
from .record import RunJudge
from .wire import decoded, pictures_of

_DATA_URI: Final = re.compile(r"data:(?P<mime>image/[a-zA-Z0-9.+-]+);base64,(?P<data>.*)", re.DOTALL)


def endpoint_by_images(run: Run) -> Ruling:
    """References go to edit, text alone to generate."""
    meant = "edit" if run.wish.images else "generate"
    for seen in run.submits:
        if seen.operation is not None and seen.operation.id != meant:
            return f"there are {len(run.wish.images)} references, which go to {meant}; {seen.path} was asked"
    return FINE if run.submits else None


def data_uris(run: Run) -> Ruling:
    """Every reference is sent as a data URI."""
    sent_along = [each for seen in run.submits for each in pictures_of(seen)]
    for each in sent_along:
        if not isinstance(each, str) or not _DATA_URI.fullmatch(each):
            return f"`images` has {shown(each)}; `data:image/<type>;base64,<data>` is expected"
    return FINE if sent_along else None


def exact_images(run: Run) -> Ruling:
    """The references arrive byte for byte, in order, under their own types."""
    for seen in run.submits:
        said = pictures_of(seen)
        if len(said) != len(run.references):
            return f"{len(run.references)} references were handed over, the submit has {len(said)}"
        for number, (each, picture, data) in enumerate(
            zip(said, run.wish.images, run.references, strict=True), start=1
        ):
            if (trouble := _differs(each, f"image/{picture.format}", data)) is not None:
                return f"reference {number} {trouble}"
    return FINE if run.submits else None


def fetched_or_refused(run: Run) -> Ruling:
    """References by URL are fetched and sent as what is there, or refused by the client itself."""
    if not run.submits:
        return None if run.outcome.kind == "result" else FINE
    ruling = data_uris(run)
    if ruling is None:
        return f"{len(run.wish.images)} references were given by URL, the submit has none"
    return exact_images(run) if ruling is FINE else ruling


def no_thumbnail(run: Run) -> Ruling:
    """No image of a result is a thumbnail."""
    if run.outcome.kind != "result":
        return None
    rows = [row for seen in run.polls for row in seen.answer.get("results") or () if isinstance(row, dict)]
    small = {row.get("thumbnail") for row in rows}
    fetched = {seen.exchange.response_body for seen in run.fetches if "/thumbnails/" in seen.path}
    for number, image in enumerate(run.outcome.images, start=1):
        if image.url in small or image.data in fetched:
            return f"image {number} of the result is the thumbnail; `asset_url` and `asset` have the image"
    return FINE


def refused_as(category: str, status: int) -> RunJudge:
    """A submit that was refused with this status ends the call in an error of this category, and is not repeated."""

    def judge(run: Run) -> Ruling:
        ruling = not_repeated(run, status)
        return told_as(run.outcome, (category,)) if ruling is FINE else ruling

    return judge


def gives_reason(run: Run) -> Ruling:
    """The end of a job that failed ends the call, with the reason if there is one."""
    ruling = told_of_failure(run)
    if ruling is not FINE:
        return ruling
    reasons = [reason for seen in run.polls if (reason := seen.answer.get("failure_reason"))]
    if reasons and reasons[0] not in f"{run.outcome.code} {run.outcome.message}":
        return f"the job failed with {reasons[0]!r}, but the error says {run.outcome.message!r}"
    return FINE


def _differs(uri: Any, mime: str, data: bytes) -> str | None:
    match = _DATA_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        return f"is sent as {shown(uri)}"
    if match["mime"].lower().replace("/jpg", "/jpeg") != mime:
        return f"is {mime}, and is sent as {match['mime']}"
    true = decoded(match["data"])
    return None if true == data else f"has {len(data)} bytes; what is sent are {len(true)} others"
