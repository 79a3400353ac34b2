"""What is particular to judging clients of Tokaify (document 003_3d92b7b05b46e1d1.txt)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.run import Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from .judging import content_of, contrast, images_match, shown
from .limits import submits_of
from .record import RunJudge
from .refusals import is_typed, names
from .wire import ABSENT, at, decoded, images_told, prompts_of, results_of, sent

MODEL: Final = "gemini-3-pro-image-preview"
LARGE: Final = 22_500_000  # bytes of an image that makes 30 MB in base64

_NO_ANSWER_TO_THAT: Final = ("timeout", "ambiguous", "auth", "credits", "rate_limited", "cancelled")
_REASONS: Final = ("blocked", "failed")


def conversations(space: Space) -> Any:
    """A first call and one or two that go on from it."""
    st = space.st
    first = st.builds(Call, st.just(Wish()))
    later = [space.plain(prompt=space.prompts()).map(_following(number)) for number in (0, 1)]
    return space.scenarios(calls=st.one_of(st.tuples(first, later[0]), st.tuples(first, *later)), seconds=None)


def prompt_in_last_turn(run: Run) -> Ruling:
    """The last turn of a call has the prompt as one of its texts, as it was given."""
    ruling: Ruling = None
    for number, call in enumerate(run.scenario.calls):
        for seen in submits_of(run, number):
            said = prompts_of(seen)
            if call.wish.prompt not in said:
                wished, got = contrast(call.wish.prompt, said[0] if len(said) == 1 else said)
                return f"the prompt was {wished}, the last turn says {got}"
            ruling = FINE
    return ruling


def goes_on(run: Run) -> Ruling:
    """A follow-up has the image of the answer before it, or refers to it."""
    ruling: Ruling = None
    for number, call in enumerate(run.scenario.calls):
        earlier = [] if call.follows is None else submits_of(run, call.follows)
        images = [image for seen in earlier for image in results_of(seen) or []]
        for seen in submits_of(run, number) if images else ():
            carried = [_bytes_of(part) for part in _parts(_turns(seen))]
            if not any(content in carried for image in images for content in image):
                return "a follow-up was submitted without the image that it goes on from"
            ruling = FINE
    return ruling


def same_images(run: Run) -> Ruling:
    """References are inline data of the caller's bytes and types, in order."""
    if not run.submits or not run.references:
        return None
    parts = [part for part in _parts(_current(_turns(run.submits[0]))) if _inline(part)]
    if len(parts) != len(run.references):
        return f"{len(run.references)} references were handed over, the submit has {len(parts)} as inline data"
    for part, picture, content in zip(parts, run.wish.images, run.references, strict=True):
        if _bytes_of(part) != content:
            data = shown(_inline(part).get("data"))
            return f"a reference of {len(content)} bytes is sent as {data}, which are not these in base64"
        told = _either(_inline(part), "mime_type", "mimeType")
        if str(told).lower().replace("/jpg", "/jpeg") != f"image/{picture.format}":
            return f"a reference of type image/{picture.format} is sent as {shown(told)}"
    return FINE


def no_reference_lost(run: Run) -> Ruling:
    """References given by URL are fetched and encoded, named as files, or refused."""
    for seen in run.submits:
        parts = [part for part in _parts(_current(_turns(seen))) if _inline(part) or _file(part)]
        if len(parts) < len(run.wish.images):
            return f"{len(run.wish.images)} references were handed over by URL, the submit has {len(parts)}"
        for part in parts:
            if _inline(part) and _bytes_of(part) not in run.references:
                return (
                    f"a reference given by URL is sent as inline data that is not its content: {shown(_inline(part))}"
                )
    return FINE


def number_in_place(name: str) -> RunJudge:
    """A number that was asked for stands in `generationConfig`, or is refused."""

    def judge(run: Run) -> Ruling:
        wished = getattr(run.wish, name)
        for seen in run.submits:
            said = sent(seen, name)
            if isinstance(said, str | bool) or said != wished:
                return f"{name} {wished} was asked for, `generationConfig` says {shown(said)}"
        return FINE if run.submits or run.outcome.refused else None

    return judge


def known_model(run: Run) -> Ruling:
    """The first call names the model of the document."""
    if not run.submits:
        return None
    model = run.submits[0].params.get("model")
    return FINE if model == MODEL else f"the model in the path is {shown(model)}; {MODEL} is expected"


def key_sent(run: Run) -> Ruling:
    """Every call carries the key in a header."""
    if not run.submits:
        return None
    for seen in run.submits:
        scheme, _, key = seen.headers.get("authorization", "").partition(" ")
        bearer = scheme.lower() == "bearer" and key.strip() == run.api_key
        if not bearer and seen.headers.get("x-goog-api-key") != run.api_key:
            return "the key is in no header of the call; `Authorization: Bearer <key>` is expected"
    return FINE


def true_bytes(run: Run) -> Ruling:
    """Every image has the bytes of the answer, and the type that the answer gives, if any is told."""
    if run.outcome.kind != "result":
        return None
    true = {content: mime for seen in run.submits if seen.clean for content, mime in _images(seen)}
    if not true:
        return None
    for image in run.outcome.images:
        content = content_of(image)
        if content not in true:
            return f"an image of the result, of {len(content or b'')} bytes, is not as it was in the answer"
        told = image.mime or (image.url or "").partition(":")[2].partition(";")[0] or true[content]
        if told.lower().replace("/jpg", "/jpeg") != true[content]:
            return f"the result calls an image {told}, the answer {true[content]}"
    return FINE


def delivers_scripted(run: Run) -> Ruling:
    """The images of an answer that the scenario has words for are the result, in order."""
    if not run.submits or not (told := images_told(run.submits[-1])):
        return None
    return images_match(run.outcome, told, run)


def decoded_whole(run: Run) -> Ruling:
    """A large image is handed over whole."""
    if not run.jobs:
        return None
    if run.outcome.kind != "result":
        return f"the answer was 30 MB long, and the call ended with {run.outcome.described()}"
    sizes = [len(content_of(image) or b"") for image in run.outcome.images]
    return FINE if sizes == [LARGE] else f"an image of {LARGE} bytes was sent, the result has {sizes}"


def told_of_no_image(run: Run) -> Ruling:
    """An answer without an image is an error that says what kind it is."""
    if not any(seen.accepted for seen in run.submits):
        return None
    outcome = run.outcome
    if is_typed(outcome) and outcome.category not in _NO_ANSWER_TO_THAT:
        return FINE
    return f"the answer has no image, but the call ended with {outcome.described()}"


def names_reason(run: Run) -> Ruling:
    """Where an answer gives a reason for having no image, the error has it."""
    reasons = [reason for seen in run.submits if seen.accepted and (reason := _reason(seen.answer))]
    if not reasons:
        return None
    moderated = run.scenario.ending.startswith("moderated")
    if run.outcome.category not in (_REASONS[:1] if moderated else _REASONS):
        return f"the answer was blocked for {reasons[-1]}, but the call ended with {run.outcome.described()}"
    if names(run.outcome, reasons[-1], reasons[-1].replace("_", " ")):
        return FINE
    return f"the answer was blocked for {reasons[-1]}, which the error does not say: {run.outcome.described()}"


def tells_usage(run: Run) -> Ruling:
    """The total count of tokens is told, or counts that sum up to it."""
    ruling: Ruling = None
    for number, outcome in enumerate(run.outcomes):
        submits = [seen for seen in submits_of(run, number) if seen.clean]
        totals = [at(seen.answer, ("usageMetadata", "totalTokenCount")) for seen in submits]
        if outcome.kind != "result" or not totals or totals[-1] is ABSENT:
            continue
        told = _numbers(outcome.usage)
        if totals[-1] not in told and sum(told) != totals[-1]:
            return f"the answer to call {number + 1} counts {totals[-1]} tokens, its result tells {outcome.usage!r}"
        ruling = FINE
    return ruling


def tells_unavailable(run: Run) -> Ruling:
    """That the model is not to be had can be told from other failures."""
    hit = [seen for seen in run.submits if seen.exchange.fault is not None]
    if not hit:
        return None
    outcome, error = run.outcome, hit[-1].answer.get("error")
    said = [error.get(name) for name in ("code", "status", "message")] if isinstance(error, Mapping) else []
    if is_typed(outcome) and names(outcome, hit[-1].status, *filter(None, said)):
        return FINE
    return f"the model was not available, and the call ended with {outcome.described()}, which does not tell so"


def _following(number: int) -> Any:
    return lambda wish: Call(wish, follows=number, wait=1.0)  # so that no call begins when another ends


def _turns(seen: Seen) -> list[Any]:
    turns = seen.fields.get("contents")
    return turns if isinstance(turns, list) else []


def _current(turns: list[Any]) -> list[Any]:
    """The turns since the model last spoke."""
    spoken = [number for number, turn in enumerate(turns) if at(turn, ("role",)) == "model"]
    return turns[spoken[-1] + 1 :] if spoken else turns


def _parts(turns: list[Any]) -> list[Mapping[str, Any]]:
    lists = [at(turn, ("parts",)) for turn in turns]
    return [part for parts in lists if isinstance(parts, list) for part in parts if isinstance(part, Mapping)]


def _inline(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _object(_either(part, "inline_data", "inlineData"))


def _file(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return _object(_either(part, "file_data", "fileData"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _either(row: Mapping[str, Any], *spellings: str) -> Any:
    return next((row[name] for name in spellings if name in row), None)


def _bytes_of(part: Mapping[str, Any]) -> bytes:
    """The content of an inline image, in either alphabet, padded or not."""
    data = str(_inline(part).get("data", "")).rstrip("=").translate(str.maketrans("-_", "+/"))
    return decoded(data + "=" * (-len(data) % 4))


def _images(seen: Seen) -> list[tuple[bytes, str]]:
    candidates = seen.answer.get("candidates") or []
    parts = _parts([at(candidate, ("content",)) for candidate in candidates])
    inline = [_inline(part) for part in parts if "inlineData" in part]
    return [(decoded(each.get("data", "")), each.get("mimeType", "")) for each in inline]


def _reason(answer: Mapping[str, Any]) -> str | None:
    candidates = answer.get("candidates") or []
    found = [at(answer, ("promptFeedback", "blockReason")), *(at(each, ("finishReason",)) for each in candidates)]
    return next((reason for reason in found if isinstance(reason, str) and reason != "STOP"), None)


def _numbers(usage: Any) -> list[float]:
    values = usage.values() if isinstance(usage, Mapping) else getattr(usage, "__dict__", {}).values()
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
