"""Clients of GMI Cloud, for each check one that breaks its rule and some that come near."""

from typing import Any

from cases import REFUSED, Case, bearer, endpoint, json_object, label, poll_endpoint, poll_id, stopping
from talk import MODEL, Talk, body_of

QUEUE = "/api/v1/ie/requestqueue/apikey/requests"
URI = "gs://bucket/generated.png"

ASKED = {"role": "user", "parts": [{"text": "a panda"}]}
DRAWN = {
    "role": "model",
    "parts": [{"text": "Here."}, {"fileData": {"mimeType": "image/png", "fileUri": URI}}],
}
EMPTY = {"role": "user", "parts": [{"text": ""}, {"fileData": {"mimeType": "image/png", "fileUri": ""}}]}
MORE = {"role": "user", "parts": [{"text": "now a brown bear"}]}
DONE = {"status": "success", "outcome": {"media_urls": [], "next_turn_contents": [ASKED, DRAWN, EMPTY]}}


def new() -> Talk:
    return Talk("gmicloud")


def paid(**payload: Any) -> Talk:
    """A submit with more in its payload."""
    return new().submit(data={"model": MODEL, "payload": {"prompt": "a castle", **payload}})


def followed(*contents: Any, **payload: Any) -> Talk:
    """A first turn, its result, and a second turn with these contents."""
    talk = new().submit().poll(30, answer=DONE)
    return talk.submit(40, data={"model": MODEL, "payload": {**payload, "contents": list(contents)}})


GOOD = {"a follow-up as in the document": followed(ASKED, DRAWN, MORE)}

CASES: dict[str, Case] = {
    "gmicloud.auth.bearer": bearer("gmicloud"),
    "gmicloud.submit.endpoint": endpoint("gmicloud", "/api/v1/requests", "/api/v1/apikey/deployments"),
    "gmicloud.submit.json-object": json_object("gmicloud"),
    "gmicloud.submit.content-type": label("gmicloud"),
    "gmicloud.submit.body-shape": Case(
        broken=new().submit(data={"model": MODEL, "prompt": "a castle"}, **REFUSED),
        innocent={
            "no prompt, from the caller": new().submit(data={"model": MODEL, "payload": {}}, **REFUSED),
            "something else beside it": new().submit_with(priority=1),
            "in both places": new().submit_with(prompt="a castle"),
        },
    ),
    "gmicloud.submit.model-sent": Case(
        broken=new().submit(data={"payload": {"prompt": "a castle"}}, **REFUSED),
        innocent={"a model that the caller made up": new().submit(data=body_of("gmicloud", model="x"), **REFUSED)},
    ),
    "gmicloud.submit.no-count-field": Case(
        broken=paid(num_images=3),
        innocent={"a count of one": paid(n=1), "a ratio of others": paid(aspect_ratio="2:3")},
    ),
    "gmicloud.submit.tier-case": Case(
        broken=paid(image_size="2k"), innocent={"a tier of the caller": paid(image_size="8K")}
    ),
    "gmicloud.poll.endpoint": poll_endpoint(
        "gmicloud", f"/api/v1/requests/{new().job}/status", f"{QUEUE}/{new().job}/logs/1"
    ),
    "gmicloud.poll.id": poll_id("gmicloud", new().job.upper(), "ffffffff-ffff-ffff-ffff-ffffffffffff", "success"),
    **stopping("gmicloud", "processing", "cancelled", "stop-at-end"),
    "gmicloud.list.model-filter": Case(
        broken=new().say("GET", QUEUE, 0),
        innocent={"of one model": new().say("GET", f"{QUEUE}?model_id={MODEL}", 0)},
    ),
    "gmicloud.contents.role-words": Case(
        broken=followed(ASKED, {**DRAWN, "role": "assistant"}, MORE),
        innocent={**GOOD, "a turn without a role": followed({"parts": [{"text": "a panda"}]}, DRAWN, MORE)},
    ),
    "gmicloud.contents.overrides": Case(
        broken=followed(ASKED, DRAWN, EMPTY, prompt="now a brown bear"),
        innocent={
            **GOOD,
            "a prompt that is there as well": followed(ASKED, DRAWN, MORE, prompt="a panda"),
            "no instruction, from the caller": followed(ASKED, DRAWN, EMPTY),
        },
    ),
    "gmicloud.contents.copy-and-fill": Case(
        broken=followed(ASKED, DRAWN, EMPTY, MORE),
        innocent={**GOOD, "two turns of the caller's own": followed(ASKED, DRAWN, MORE, MORE)},
    ),
    "gmicloud.contents.model-turns-unchanged": Case(
        broken=followed(ASKED, {**DRAWN, "parts": DRAWN["parts"][1:]}, MORE),
        innocent={
            **GOOD,
            "a conversation from another day": followed(
                ASKED, {"role": "model", "parts": [{"fileData": {"fileUri": "gs://bucket/old.png"}}]}, MORE
            ),
            "keys in another order": followed(ASKED, dict(reversed(DRAWN.items())), MORE),
        },
    ),
    "gmicloud.contents.no-inline-data": Case(
        broken=followed(
            ASKED, DRAWN, {"role": "user", "parts": [{"text": "x"}, {"inlineData": {"data": "iVBORw0KGgo="}}]}
        ),
        innocent={
            **GOOD,
            "a reference as a file": followed(
                ASKED, DRAWN, {"role": "user", "parts": [{"text": "x"}, {"fileData": {"fileUri": "https://a.b/c.png"}}]}
            ),
        },
    ),
    "gmicloud.contents.references-not-beside": Case(
        broken=followed(ASKED, DRAWN, MORE, image="https://example.com/ref.jpg"),
        innocent={**GOOD, "one that the turns have, too": followed(ASKED, DRAWN, MORE, image=[URI])},
    ),
}
