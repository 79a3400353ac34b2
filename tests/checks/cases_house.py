"""Clients that break our own rules, and some that come near."""

from typing import Any

from cases import REFUSED, Case
from talk import Talk

LOST: dict[str, Any] = {"status": 0, "answer": None, "fault": "reset", "credits": 1.0}
SAME = {"Idempotency-Key": "k-1"}
LIMITED: dict[str, Any] = {"status": 429, "problem": "rate-limited"}
DATED = {"Retry-After": "Thu, 01 Jan 1970 00:01:00 GMT", "Date": "Thu, 01 Jan 1970 00:00:40 GMT"}


def new() -> Talk:
    return Talk("reapi")


def polls(*rows: dict[str, Any]) -> Talk:
    talk = Talk("gmicloud").submit()
    for row in rows:
        talk.poll(**row)
    return talk


def limited(wait: float, *, fault: str | None = None, headers: dict[str, str] | None = None) -> Talk:
    """A poll that is told to wait, and the next one so many seconds later."""
    told = {"Retry-After": "20"} if headers is None else headers
    return polls({"at": 40, "answer_headers": told, "fault": fault, **LIMITED}, {"at": 40 + wait, "word": "processing"})


def failing(gap: float, count: int, status: int = 503) -> Talk:
    return polls(*({"at": 40 + gap * n, "status": status} for n in range(count)))


CASES: dict[str, Case] = {
    "house.submit.paid-once": Case(
        broken=new().submit(0, headers=SAME, **LOST).submit(5, headers=SAME, credits=1.0),
        innocent={
            "two callers who ask for the same": new().submit(0, **LOST).submit(5, credits=1.0),
            "a second try that fails": new().submit(0, headers=SAME, **LOST).submit(5, headers=SAME, status=500),
            "a first that was never paid": new()
            .submit(0, headers=SAME, **{**LOST, "credits": None})
            .submit(5, headers=SAME, credits=1.0),
            "an error that invites a retry": new()
            .submit(0, headers=SAME, **{**LOST, "status": 500})
            .submit(5, headers=SAME, credits=1.0),
        },
    ),
    "house.retry.not-refused": Case(
        broken=new()
        .submit(0, headers={"X-Stainless-Retry-Count": "0"}, **REFUSED)
        .submit(1, headers={"X-Stainless-Retry-Count": "1"}, **REFUSED),
        innocent={
            "two callers who ask for the same": new().submit(0, **REFUSED).submit(1, **REFUSED),
            "the next day": new().submit(0, headers=SAME, **REFUSED).submit(90_000, headers=SAME, **REFUSED),
            "a retry after a rate limit": new()
            .submit(0, headers={"X-Stainless-Retry-Count": "0"}, answer={}, **LIMITED)
            .submit(1, headers={"X-Stainless-Retry-Count": "1"}),
        },
    ),
    "house.poll.ends-when-refused": Case(
        broken=failing(5, 4, status=401),
        innocent={"three times": failing(5, 3, status=401), "a job that is not visible yet": failing(5, 8, status=404)},
    ),
    "house.poll.retry-after": Case(
        broken=limited(5),
        innocent={
            "in time": limited(20),
            "a date, heeded": limited(20, headers=DATED),
            "an answer that came in pieces": limited(5, fault="drip"),
            "a word that is no time": limited(5, headers={"Retry-After": "soon"}),
        },
    ),
    "house.poll.backs-off": Case(
        broken=failing(0.1, 6),
        innocent={
            "a steady rhythm": failing(5, 30),
            "five at once": failing(0.1, 5),
            "errors of ours": failing(0.1, 9, 404),
        },
    ),
    "house.secrets.not-in-url": Case(
        broken=new().submit(path=f"{new().submit_path}?api_key=rk_live_0123456789abcdef"),
        innocent={
            "a key of something else": new().say("GET", "/api/v1/balance?key=images/a.png", 0),
            "a parameter without a value": new().submit(path=f"{new().submit_path}?api_key="),
            "a token of the store": new().submit().fetch("/reapi/media/a.png?token=abcdefgh&key=images/a.png"),
        },
    ),
    "house.secrets.not-to-media": Case(
        broken=new().submit().fetch("/reapi/media/a.png", auth=new().auth),
        innocent={
            "a key of the store's own": new()
            .submit()
            .fetch("/reapi/media/a.png", auth={"Authorization": "Basic eDp5"}),
            "no key": new().submit().fetch("/reapi/media/a.png"),
        },
    ),
}
