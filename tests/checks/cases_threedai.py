"""Clients of 3D AI Studio, for each check one that breaks its rule and some that come near."""

from typing import Any

from cases import (
    NOT_FOUND,
    REFUSED,
    Case,
    bearer,
    endpoint,
    json_object,
    label,
    poll_endpoint,
    poll_id,
    polled,
    stopping,
)
from talk import Talk, body_of

EDIT = "/v1/images/gemini/3/pro/edit/"
URI = "data:image/png;base64,iVBORw0KGgo="
LIMITED: dict[str, Any] = {"status": 429, "answer": {"error": "rate_limited"}, "problem": "rate-limited"}
POOR: dict[str, Any] = {"status": 402, "answer": {"error": "insufficient_credits"}, "problem": "credits-exhausted"}


def new() -> Talk:
    return Talk("threedai")


def sent(refusal: dict[str, Any], *headers: dict[str, str]) -> Talk:
    """One submit over and over, a second apart, each with its header."""
    talk = new()
    for at, header in enumerate(headers):
        talk.submit(at, headers=header, **refusal)
    return talk


def retry(count: int) -> dict[str, str]:
    return {"X-Retry-Count": str(count)}


SAME = {"Idempotency-Key": "k-1"}

CASES: dict[str, Case] = {
    "threedai.auth.bearer": bearer("threedai"),
    "threedai.path.trailing-slash": Case(
        broken=new().submit(path=new().submit_path.rstrip("/"), **NOT_FOUND),
        innocent={
            "the documented path": new().submit(),
            "the wallet": new().say("GET", "/account/user/wallet/", 0),
            "another model": new().submit(path="/v1/images/gemini/2/flash/generate", **NOT_FOUND),
        },
    ),
    "threedai.generate.endpoint": endpoint(
        "threedai", f"/api{new().submit_path}", "/v1/images/gemini/2/flash/generate/"
    ),
    "threedai.edit.endpoint": endpoint("threedai", f"/api{EDIT}", "/v1/images/gemini/2/flash/edit/"),
    "threedai.submit.endpoint-by-images": Case(
        broken=new().submit_with(images=[URI]),
        innocent={
            "an empty list": new().submit_with(images=[]),
            "an edit": new().submit(data=body_of("threedai", images=[URI]), path=EDIT),
            "a URL to edit, refused": new().submit(
                data=body_of("threedai", images=["https://example.com/a.png"]), path=EDIT, **REFUSED
            ),
        },
    ),
    "threedai.submit.body": json_object("threedai"),
    "threedai.submit.json-label": label("threedai"),
    "threedai.submit.prompt-place": Case(
        broken=new().submit(data={"input": {"prompt": "a castle"}}, **REFUSED),
        innocent={
            "at the top": new().submit(),
            "no prompt at all, from the caller": new().submit(data={"num_images": 1}, **REFUSED),
        },
    ),
    "threedai.submit.parameter-names": Case(
        broken=new().submit_with(aspectRatio="16:9"),
        innocent={
            "both names": new().submit_with(n=2, num_images=2),
            "a ratio that the caller wanted": new().submit(data=body_of("threedai", aspect_ratio="7:1"), **REFUSED),
            "null for nothing": new().submit_with(format=None),
        },
    ),
    "threedai.submit.count-number": Case(
        broken=new().submit(data=body_of("threedai", num_images="2"), **REFUSED),
        innocent={"too many for the provider": new().submit(data=body_of("threedai", num_images=5), **REFUSED)},
    ),
    "threedai.submit.tier-case": Case(
        broken=new().submit(data=body_of("threedai", resolution="2k"), **REFUSED),
        innocent={"a tier that the caller wanted": new().submit(data=body_of("threedai", resolution="8K"), **REFUSED)},
    ),
    "threedai.poll.endpoint": poll_endpoint(
        "threedai", f"/api/v1/generation-requests/{new().job}/", f"/v1/generation-request/{new().job}/status/history/"
    ),
    "threedai.poll.task-id": poll_id(
        "threedai", new().job.replace("-", ""), "ffffffff-ffff-ffff-ffff-ffffffffffff", "FINISHED"
    ),
    **stopping("threedai", "IN_PROGRESS", "FINISHED", "stop-at-finished"),
    "threedai.poll.failure-ends-wait": Case(
        broken=polled("threedai", 10, 20, 30, 40, word="FAILED"),
        innocent={
            "twice, since the word is not documented": polled("threedai", 10, 20, word="FAILED"),
            "a word that nobody knows": polled("threedai", 10, 20, 30, 40, 50, word="REVIEWING"),
        },
    ),
    "threedai.poll.rate-limit-wait": Case(
        broken=new().submit().poll(10, **LIMITED).poll(10.1, **LIMITED).poll(10.2, **LIMITED),
        innocent={
            "a short wait": new().submit().poll(10, **LIMITED).poll(11, **LIMITED).poll(12, **LIMITED),
            "once at once": new().submit().poll(10, **LIMITED).poll(10.1, "IN_PROGRESS").poll(20, "IN_PROGRESS"),
        },
    ),
    "threedai.submit.credits-not-retried": Case(
        broken=sent(POOR, retry(0), retry(1)),
        innocent={
            "two callers who ask for the same": sent(POOR, {}, {}),
            "a caller who paid and tried again": sent(POOR, SAME, SAME),
        },
    ),
    "threedai.submit.invalid-not-retried": Case(
        broken=sent(REFUSED, SAME, SAME, SAME),
        innocent={
            "two callers who ask for the same": sent(REFUSED, {}, {}),
            "a caller who tried once more": sent(REFUSED, SAME, SAME),
            "a rate limit": sent(LIMITED, retry(0), retry(1)),
        },
    ),
}
