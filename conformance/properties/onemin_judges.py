"""What is particular to judging clients of 1min.ai (document 004_f6cf891aa6c661aa.txt)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.outcome import Delivered
from ..engine.run import Run
from ..scenarios.model import Wish
from ..scenarios.space import Space
from .judging import content_of, shown
from .misshapen import as_fault
from .record import RunJudge
from .refusals import is_typed
from .wire import at, sent

_IMAGE_STARTS: Final = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF")

_ALWAYS: Final[dict[str, Any]] = {"operation": "submit", "times": None}
_BODIES: Final[tuple[Any, ...]] = (
    {},
    {"aiRecord": None},
    {"aiRecord": {}},
    {"aiRecord": {"uuid": "u", "status": "SUCCESS"}},
    {"aiRecord": {"uuid": "u", "status": "SUCCESS", "temporaryUrl": None}},
    {"aiRecord": {"uuid": "u", "status": "SUCCESS", "temporaryUrl": ""}},
)
_INCOMPLETE: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "empty", **_ALWAYS},
    {"kind": "truncated-json", **_ALWAYS},
    {"kind": "truncated-json", **_ALWAYS, "share": 0.9},
    {"kind": "not-json", **_ALWAYS},
    {"kind": "status", "status": 200, "message": "queued", **_ALWAYS},
    {"kind": "no-image", **_ALWAYS},
    *(as_fault(body, **_ALWAYS) for body in _BODIES),
)


def incomplete(space: Space) -> Any:
    """Answers with status 200 that have no record, or one without an image."""
    faults = space.st.sampled_from([(fault,) for fault in _INCOMPLETE])
    return space.scenarios(wish=Wish(), seconds=None, faults=faults)


def number_as_asked(name: str, default: float) -> RunJudge:
    """A number that was asked for is sent as it is; that which is meant by none may be left out."""

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        for seen in run.submits:
            said = sent(seen, name)
            if said == wished and not isinstance(said, bool):
                continue
            if wished != default or isinstance(said, int | float | str):
                return f"{name} {wished} was asked for, the submit says {shown(said)}"
        return FINE if run.submits else None

    return judge


def one_true_address(run: Run) -> Ruling:
    """The result is the one image at `temporaryUrl`; storage keys are no addresses."""
    records = [seen for seen in run.submits if _url_of(seen)]
    if not records or run.outcome.kind != "result":
        return f"the image is there, but the call ended with {run.outcome.described()}" if records else None
    true = _url_of(records[-1])
    images = run.outcome.images
    if len(images) != 1:
        return f"the answer has one `temporaryUrl`, the result {len(images)} images"
    return _is_there(images[0], true)


def signed_as_it_came(run: Run) -> Ruling:
    """A URL that is handed over is `temporaryUrl` to the byte."""
    urls = {_url_of(seen) for seen in run.submits}
    told = [image.url for image in run.outcome.images if content_of(image) is None]
    changed = next((url for url in told if url not in urls), None)
    if changed is not None:
        return f"the result has {shown(changed[-120:])}, `temporaryUrl` ends with {shown(max(urls)[-120:])}"
    return FINE if run.outcome.kind == "result" else None


def told_of_failure(run: Run) -> Ruling:
    """A record whose status is another than SUCCESS is an error that says what kind it is."""
    words = [word for seen in run.submits if isinstance(word := at(seen.answer, ("aiRecord", "status")), str)]
    if not words or "SUCCESS" in words:
        return None
    return _typed(run, f"the status of the record is {words[-1]}")


def told_of_incomplete(run: Run) -> Ruling:
    """An answer with status 200 without a record, or without an address, is an error that says what kind it is."""
    if not run.submits or any(seen.accepted and _url_of(seen) for seen in run.submits):
        return None
    return _typed(run, "the answer has status 200, but no `temporaryUrl` in an `aiRecord`")


def _typed(run: Run, what: str) -> Ruling:
    return FINE if is_typed(run.outcome) else f"{what}, and the call ended with {run.outcome.described()}"


def _url_of(seen: Seen) -> str:
    url = at(seen.answer, ("aiRecord", "temporaryUrl"))
    return url if isinstance(url, str) else ""


def _is_there(image: Delivered, true: str) -> Ruling:
    content = content_of(image)
    if content is not None:
        whole = content.startswith(_IMAGE_STARTS)
        return FINE if whole else f"the result is no image but begins with {shown(content[:40])}"
    if _place(image.url or "") == _place(true):
        return FINE
    return f"the result is at {shown(image.url)}, which is not where `temporaryUrl` leads"


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, unquote(parts.path)
