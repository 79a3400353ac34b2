"""What JSON Schema cannot say of the five providers, said to Schemathesis: a hook module of its own.

`RULES` lists all of it. A generator draws values for the `format` that is named like its rule, a hook changes
what was drawn, a filter drops a failure that is none.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from io import BytesIO
from typing import Any

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis import Case, DeserializationContext, HookContext, Response
from schemathesis.core.failures import Failure, ServerError
from schemathesis.openapi.checks import UseAfterFree

RULES = {
    "threedai.edit.image-data": "hook: a data URI holds an image",
    "tokaify.contents.inline-image": "generator: base64 holds an image",
    "gmicloud.contents.last-turn-user": "hook: the last turn of a conversation is the user's",
    "gmicloud.contents.last-turn-not-empty": "hook: the last turn of a conversation says something",
    "gmicloud.cancel.answer": "filter: DELETE cancels a request, whose record stays",
    "tokaify.path.model-unknown": "filter: an unknown model is a 503 of the relay, which is no failure of the server",
    "gmicloud.error.body": "deserializer: under a reading an error is an HTML page, which is its own text",
}

LAST_TURN = {"role": "user", "parts": [{"text": "Make the cup blue"}]}


def encoded(kind: str) -> bytes:
    """A small picture as a file."""
    file = BytesIO()
    Image.new("RGB", (3, 2), "teal").save(file, kind)
    return file.getvalue()


IMAGES = {kind: encoded(kind) for kind in ("png", "jpeg", "webp", "gif")}
DATA_URIS = [f"data:image/{kind};base64,{b64encode(image).decode()}" for kind, image in IMAGES.items()]
BASE64 = [encode(image).decode() for image in IMAGES.values() for encode in (b64encode, urlsafe_b64encode)]

schemathesis.openapi.format("tokaify.contents.inline-image", st.sampled_from(BASE64))


@schemathesis.hook("map_case").apply_to(path="/v1/images/gemini/3/pro/edit/", method="POST")
def put_images_into_data_uris(context: HookContext, case: Case) -> Case:
    images = case.body.get("images") if isinstance(case.body, dict) else None
    if isinstance(images, list):
        case.body = {**case.body, "images": [_with_image(entry) for entry in images]}
    return case


def _with_image(entry: Any) -> Any:
    is_data_uri = isinstance(entry, str) and re.match(r"data:image/[a-zA-Z0-9.+-]+;base64,", entry)
    return DATA_URIS[len(entry) % len(DATA_URIS)] if is_data_uri else entry


@schemathesis.hook("map_case").apply_to(path="/api/v1/ie/requestqueue/apikey/requests", method="POST")
def end_conversation_with_user(context: HookContext, case: Case) -> Case:
    payload = case.body.get("payload") if isinstance(case.body, dict) else None
    contents = payload.get("contents") if isinstance(payload, dict) else None
    if isinstance(contents, list) and contents:
        case.body = {**case.body, "payload": {**payload, "contents": [*contents, LAST_TURN]}}
    return case


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    if isinstance(failure, ServerError):
        return not (response.status_code == 503 and response.json()["error"].get("code") == "model_not_found")
    if isinstance(failure, UseAfterFree):
        return response.json().get("status") != "cancelled"
    return True


@schemathesis.deserializer("text/html")
def read_page(context: DeserializationContext, response: Response) -> str:
    return response.text
