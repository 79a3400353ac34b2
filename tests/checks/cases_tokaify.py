"""Clients of Tokaify, for each check one that breaks its rule and some that come near."""

from typing import Any

from cases import REFUSED, Case, endpoint, json_object, label
from talk import Talk, body_of


def new() -> Talk:
    return Talk("tokaify")


def configured(**config: Any) -> Talk:
    return new().submit_with(generationConfig=config)


def drawn_from(data: str) -> Talk:
    image = {"inline_data": {"mime_type": "image/png", "data": data}}
    return new().submit(data={"contents": [{"parts": [{"text": "x"}, image]}]})


CASES: dict[str, Case] = {
    "tokaify.path.endpoint": endpoint(
        "tokaify", "/v1/models/gemini-3-pro-image-preview:generateContent", "/v1/chat/completions"
    ),
    "tokaify.auth.key-in-header": Case(
        broken=new().submit(path=f"{new().submit_path}?key=sk-0123456789abcdef", auth={}),
        innocent={
            "no key, as in the first example": new().submit(auth={}),
            "the header of Google's SDKs": new().submit(auth={"x-goog-api-key": new().key}),
            "another parameter": new().submit(path=f"{new().submit_path}?alt=json"),
        },
    ),
    "tokaify.request.body": json_object("tokaify"),
    "tokaify.request.content-type": label("tokaify"),
    "tokaify.contents.required": Case(
        broken=new().submit(data={"prompt": "a castle"}, **REFUSED),
        innocent={
            "an empty conversation, from the caller": new().submit(data={"contents": []}, **REFUSED),
            "a bare text, from the caller": new().submit(data={"contents": "a castle"}, **REFUSED),
        },
    ),
    "tokaify.config.object": Case(
        broken=new().submit_with(responseModalities=["IMAGE"]),
        innocent={
            "in its place": configured(responseModalities=["IMAGE"]),
            "in snake case": new().submit_with(generation_config={"response_modalities": ["IMAGE"]}),
        },
    ),
    "tokaify.config.image-config": Case(
        broken=configured(aspectRatio="16:9"),
        innocent={
            "in its place": configured(imageConfig={"aspectRatio": "16:9", "imageSize": "2K"}),
            "in snake case": configured(image_config={"aspect_ratio": "16:9"}),
            "a ratio that the caller wanted": new().submit(
                data=body_of("tokaify", generationConfig={"imageConfig": {"aspectRatio": "1:8"}}), **REFUSED
            ),
        },
    ),
    "tokaify.config.candidate-count-one": Case(
        broken=configured(candidateCount=2), innocent={"one": configured(candidateCount=1), "none": configured()}
    ),
    "tokaify.config.include-image": Case(
        broken=configured(responseModalities=["TEXT"]),
        innocent={"both": configured(responseModalities=["TEXT", "IMAGE"]), "the default": configured()},
    ),
    "tokaify.config.candidate-count-number": Case(
        broken=configured(candidateCount="1"), innocent={"a number": configured(candidateCount=1.0)}
    ),
    "tokaify.config.tier-case": Case(
        broken=configured(imageConfig={"imageSize": "4k"}),
        innocent={"a tier of the caller": configured(imageConfig={"imageSize": "512px"})},
    ),
    "tokaify.contents.bare-base64": Case(
        broken=drawn_from("data:image/png;base64,iVBORw0KGgo="),
        innocent={"base64": drawn_from("iVBORw0KGgo="), "something else from the caller": drawn_from("???")},
    ),
}
