"""Checks of clients of 1min.ai (document 004_f6cf891aa6c661aa.txt)."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from . import shapes
from .evidence import Dialect, Evidence, Fact
from .record import FINE, Check, Ruling, register
from .seen import MEDIA, Seen
from .shapes import SUBMIT, at

_PARAMETERS = ("prompt", "imageSize", "temperature", "topP")
_INVENTED = (
    "n", "num_images", "numImages", "numberOfImages", "count", "size", "aspect_ratio", "aspectRatio", "ratio",
    "image_urls", "imageUrls", "imageUrl", "images", "image",
)  # fmt: skip
_BUCKET = "/asset.1min.ai/"  # in the path of every URL that leads to an image
_SIGNED, _STORED = "signed query of file", "storage key of file"


def learn_results(seen: Seen) -> Iterator[Fact]:
    """The query of each result's URL and its storage key, under the name of the file."""
    record = seen.answer.get("aiRecord")
    if seen.role != "submit" or not isinstance(record, dict):
        return
    url, detail = record.get("temporaryUrl"), record.get("aiRecordDetail")
    if isinstance(url, str):
        _, _, path, query, _ = urlsplit(url)
        yield (_SIGNED, _file(path)), query
    keys = detail.get("resultObject") if isinstance(detail, dict) else None
    for key in [keys] if isinstance(keys, str) else keys if isinstance(keys, list) else ():
        if isinstance(key, str) and key:
            yield (_STORED, _file(key)), key


DIALECT = Dialect(learn=learn_results)


def api_key(evidence: Evidence) -> Ruling:
    """The key is in the API-KEY header."""
    seen = evidence.latest
    if "api-key" in seen.headers:
        return FINE
    if "authorization" in seen.headers:
        return f"{seen.method} {seen.path} has an Authorization header and no `API-KEY`, which is expected"
    return "there is no `API-KEY` header, which holds the key" if seen.exchange.problem == "key-missing" else None


def no_bearer(evidence: Evidence) -> Ruling:
    """There is no second header with the key."""
    headers = evidence.latest.headers
    if "api-key" not in headers:
        return None
    if "authorization" in headers:
        return "an Authorization header goes along with `API-KEY`, which is all that is needed"
    return FINE


def inside_prompt_object(evidence: Evidence) -> Ruling:
    """The parameters of the image lie inside `promptObject`."""
    fields = evidence.latest.fields
    wanted = fields.get("promptObject")
    inside = wanted if isinstance(wanted, dict) else {}
    outside = next((name for name in _PARAMETERS if name in fields and name not in inside), None)
    if outside is not None:
        return f"`{outside}` stands beside `type`; every parameter is expected inside `promptObject`"
    return FINE if fields else None


def size_sent(evidence: Evidence) -> Ruling:
    """`imageSize` is always sent."""
    wanted = evidence.latest.fields.get("promptObject")
    if not isinstance(wanted, dict):
        return None
    return FINE if wanted.get("imageSize") is not None else "`promptObject.imageSize` is missing; it is always sent"


def signed_query(evidence: Evidence) -> Ruling:
    """The query of `temporaryUrl` is used as it came; what an HTTP library spells anew without harm is let pass."""
    seen = evidence.latest
    known = evidence.known(_SIGNED, _file(seen.path))
    if known is None or _BUCKET not in seen.path:
        return None
    if seen.accepted or parse_qsl(seen.query_text, True) == parse_qsl(known, True):
        return FINE
    return "the query of this URL is not that of `temporaryUrl`, whose signature holds for every byte of it"


def not_the_storage_key(evidence: Evidence) -> Ruling:
    """What is fetched is `temporaryUrl`, not an entry of `resultObject`."""
    seen = evidence.latest
    key = evidence.known(_STORED, _file(seen.path))
    if key is None or not seen.path.endswith(key):
        return None
    if seen.role == MEDIA and _BUCKET in seen.path:
        return FINE
    return "the storage key in `resultObject` is fetched as if it were a URL; `temporaryUrl` leads to the image"


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _wanted(name: str) -> shapes.Place:
    return at("promptObject", name)


CHECKS = register(
    Check(
        "onemin.auth.api-key-header", "onemin.auth.api-key-header", SUBMIT, api_key,
        why="The key is not looked for anywhere else, so every request is refused.",
    ),
    Check(
        "onemin.auth.no-bearer", "onemin.auth.no-bearer", SUBMIT, no_bearer,
        why="A key in a second header is logged and passed on where nobody expects one.",
    ),
    Check(
        "onemin.submit.endpoint", "onemin.submit.endpoint", ("submit", ""),
        shapes.misdirected("submit", "POST", "/api/features", r"/features?/?$"),
        why="An order that goes to another path is answered with 404, and no image comes.",
    ),
    Check(
        "onemin.submit.json-object", "onemin.submit.body", SUBMIT, shapes.json_object,
        why="A body that is no JSON object cannot be read, and no image comes.",
    ),
    Check(
        "onemin.submit.content-type", "onemin.submit.content-type", SUBMIT, shapes.json_label,
        why="Without its label the JSON may be taken for a form, and the order is refused.",
    ),
    Check(
        "onemin.submit.body", "onemin.submit.body", SUBMIT, shapes.carries("type", "model", "promptObject"),
        why="One endpoint serves all features and models; without type and model it cannot know which is meant.",
    ),
    Check(
        "onemin.submit.prompt-object", "onemin.submit.prompt-object", SUBMIT, inside_prompt_object,
        why="A parameter outside `promptObject` is passed over or missed, and the picture is not what was asked.",
    ),
    Check(
        "onemin.submit.image-size-required", "onemin.submit.image-size-required", SUBMIT, size_sent,
        why="The size is required; without it the order is refused one day, although it was accepted before.",
    ),
    Check(
        "onemin.submit.no-other-parameters", "onemin.submit.no-other-parameters", SUBMIT,
        shapes.nothing_invented(at("promptObject"), _INVENTED, "`promptObject`"),
        why="A field that is passed over brings one square picture where something else was asked for, and no error.",
    ),
    Check(
        "onemin.submit.temperature-number", "onemin.submit.temperature", SUBMIT,
        shapes.number(_wanted("temperature"), "promptObject.temperature"), doubt=shapes.CASE_DOUBT,
        why="A number in quotes is refused, although what is meant is plain.",
    ),
    Check(
        "onemin.submit.top-p-number", "onemin.submit.top-p", SUBMIT,
        shapes.number(_wanted("topP"), "promptObject.topP"), doubt=shapes.CASE_DOUBT,
        why="A number in quotes is refused, although what is meant is plain.",
    ),
    Check(
        "onemin.submit.tier-case", "onemin.submit.image-size-values", SUBMIT,
        shapes.capital_tier(_wanted("imageSize"), "promptObject.imageSize"), doubt=shapes.CASE_DOUBT,
        why="`2k` is not in the list, so the order is refused, although what is meant is plain.",
    ),
    Check(
        "onemin.media.signed-query", "onemin.media.signed-query", (MEDIA,), signed_query,
        why="One changed byte breaks the signature, and the store answers with an error where the picture was.",
    ),
    Check(
        "onemin.media.temporary-url", "onemin.media.temporary-url", (MEDIA, ""), not_the_storage_key,
        why="A storage key is no address: what is fetched there is an error page, and the picture is lost.",
    ),
)  # fmt: skip
