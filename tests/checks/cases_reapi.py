"""Clients of reAPI, for each check one that breaks its rule and some that come near."""

from cases import REFUSED, Case, bearer, endpoint, json_object, label, poll_endpoint, poll_id, polled, stopping
from talk import MODEL, Talk, body_of


def new() -> Talk:
    return Talk("reapi")


def waiting(*times: float) -> Talk:
    return polled("reapi", *times, word="processing")


CASES: dict[str, Case] = {
    "reapi.auth.bearer": bearer("reapi"),
    "reapi.submit.endpoint": endpoint("reapi", "/v1/images/generations", "/api/v1/videos/generations"),
    "reapi.submit.body": json_object("reapi"),
    "reapi.submit.json-label": label("reapi"),
    "reapi.submit.model-sent": Case(
        broken=new().submit(data={"prompt": "a castle"}, **REFUSED),
        innocent={"a model that the caller made up": new().submit(data=body_of("reapi", model="dall-e-3"), **REFUSED)},
    ),
    "reapi.submit.prompt-place": Case(
        broken=new().submit(data={"model": MODEL, "input": {"prompt": "a castle"}}, **REFUSED),
        innocent={
            "no prompt at all, from the caller": new().submit(data={"model": MODEL}, **REFUSED),
            "an echo of it elsewhere": new().submit_with(metadata={"prompt": "a castle"}),
        },
    ),
    "reapi.submit.ratio-field": Case(
        broken=new().submit_with(aspect_ratio="16:9"),
        innocent={"both names": new().submit_with(aspect_ratio="16:9", size="16:9")},
    ),
    "reapi.submit.count-number": Case(
        broken=new().submit(data=body_of("reapi", n="2"), **REFUSED),
        innocent={
            "a count that the caller wanted": new().submit(data=body_of("reapi", n=9), **REFUSED),
            "a whole number with a point": new().submit_with(n=2.0),
            "a word from the caller": new().submit(data=body_of("reapi", n="two"), **REFUSED),
        },
    ),
    "reapi.poll.endpoint": poll_endpoint("reapi", f"/api/v1/task/{new().job}", f"/api/v1/tasks/{new().job}/logs"),
    "reapi.poll.id": poll_id("reapi", new().job.removeprefix("task_"), f"task_{'f' * 32}", "completed"),
    "reapi.poll.first-wait": Case(
        broken=waiting(5),
        innocent={
            "thirty seconds but for a hundredth": waiting(29.99),
            "a submit that was disturbed": new().submit(fault="delay").poll(5, "processing"),
            "a job from elsewhere": new().poll(5, "processing"),
        },
    ),
    "reapi.poll.middle-band": Case(
        broken=waiting(30, 31),
        innocent={
            "three seconds": waiting(30, 33, 36),
            "five seconds": waiting(30, 35, 40),
            "a slow answer": new().submit().poll(30, "processing", took=9).poll(42, "processing"),
            "at once after an error": new().submit().poll(30, status=502, fault="edge-page").poll(31, "processing"),
            "a repetition after a reset": new().submit().poll(30, status=0, fault="reset").poll(30, "processing"),
        },
    ),
    "reapi.poll.late-band": Case(
        broken=waiting(200, 203),
        innocent={"ten to thirty seconds": waiting(200, 210, 240), "still the old rhythm": waiting(178, 182, 192)},
    ),
    **stopping("reapi", "processing", "completed", "stop-at-end"),
}
