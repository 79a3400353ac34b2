"""What a case is, and recordings that several providers' cases share."""

from dataclasses import dataclass, field
from typing import Any

from talk import Talk

NOT_FOUND: dict[str, Any] = {"status": 404, "answer": {"error": "no such route"}, "problem": "route-unknown"}
REFUSED: dict[str, Any] = {"status": 400, "answer": {"error": "invalid"}, "problem": "parameter-invalid"}


@dataclass(frozen=True)
class Case:
    """A recording that breaks the rule of a check, recordings that come near and break none, and the other checks
    that the same fault rightly sets off."""

    broken: Talk
    innocent: dict[str, Talk]
    also: set[str] = field(default_factory=set)


def polled(provider: str, *times: float, word: str) -> Talk:
    """A job polled at these instants after its submit, always with the same outcome."""
    talk = Talk(provider).submit()
    for at in times:
        talk.poll(at, word)
    return talk


def stopping(provider: str, going: str, over: str, name: str) -> dict[str, Case]:
    """The cases of the two checks on polls after the end: `name` is that of the one for several of them."""

    def ended(*further: float, word: str = over) -> Talk:
        talk = polled(provider, 30, 35, word=going).poll(40, word)
        for at in further:
            talk.poll(at, word)
        return talk

    several = f"{provider}.poll.{name}"
    once = f"{provider}.poll.not-once-more"
    lost = polled(provider, 30, word=going).poll(35, over, fault="truncated").poll(40, over)
    slower = polled(provider, 30, word=going).poll(35, over, took=6).poll(40, over)
    return {
        several: Case(
            broken=ended(45, 50, 55),
            innocent={"an answer that did not arrive whole": lost, "two at once of which one was slower": slower},
            also={once},
        ),
        once: Case(
            broken=ended(45),
            innocent={
                "the same id in a world that began anew": ended().submit(100).poll(130, going),
                "a repetition at the same instant": ended(40),
            },
        ),
    }


def endpoint(provider: str, wrong: str, other: str) -> Case:
    """The case of a submit that goes to a path nearly right; `other` is something else that the document lacks."""
    return Case(
        broken=Talk(provider).submit(path=wrong, **NOT_FOUND),
        innocent={
            "something else of the provider": Talk(provider).submit(path=other, **NOT_FOUND),
            "a path that is not documented but served": Talk(provider).submit(path=wrong),
            "the documented path": Talk(provider).submit(),
            "a preflight of a browser": Talk(provider).say(
                "OPTIONS", Talk(provider).submit_path, 0, status=405, auth={}
            ),
        },
    )


def bearer(provider: str) -> Case:
    """The case of a key in the wrong place."""
    talk = Talk(provider)
    return Case(
        broken=talk.submit(auth={}, status=401, answer={}, problem="key-missing"),
        innocent={
            "an empty key from the caller": Talk(provider).submit(
                auth={"Authorization": "Bearer"}, status=401, answer={}
            ),
            "a scheme in small letters": Talk(provider).submit(auth={"Authorization": f"bearer {talk.key}"}),
            "a recorder that leaves the header out": Talk(provider).submit(auth={}),
        },
    )


def json_object(provider: str) -> Case:
    """The case of a body that is no JSON object."""
    return Case(
        broken=Talk(provider).submit(body=b"prompt=a+castle", **REFUSED),
        innocent={
            "one object": Talk(provider).submit(),
            "a body that was too large to be read": Talk(provider).submit(body=b"", status=413, answer={}),
            "a client that left while it was sending": Talk(provider).submit(body=b"", status=499, answer={}),
            "a compressed body": Talk(provider).submit(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
        },
    )


def label(provider: str) -> Case:
    """The case of a JSON body that is labelled as something else."""
    return Case(
        broken=Talk(provider).submit(headers={"Content-Type": "application/x-www-form-urlencoded"}),
        innocent={
            "with a charset": Talk(provider).submit(headers={"Content-Type": "application/json; charset=utf-8"}),
            "in other letters": Talk(provider).submit(headers={"Content-Type": "Application/JSON"}),
        },
    )


def poll_id(provider: str, nearly: str, stranger: str, over: str) -> Case:
    """The case of a poll for an id that is not quite the job's."""
    return Case(
        broken=Talk(provider).submit().poll(30, id=nearly, **NOT_FOUND),
        innocent={
            "a job from another day": Talk(provider).submit().poll(30, id=stranger, **NOT_FOUND),
            "a caller who has no id": Talk(provider).submit().poll(30, over).poll(40, id="None", **NOT_FOUND),
        },
    )


def poll_endpoint(provider: str, wrong: str, other: str) -> Case:
    """The case of a poll that goes to a path nearly right; `other` leads to something else about the job."""
    return Case(
        broken=Talk(provider).submit().say("GET", wrong, 30, **NOT_FOUND),
        innocent={
            "something else about the job": Talk(provider).submit().say("GET", other, 30, **NOT_FOUND),
            "a path that is not documented but served": Talk(provider).submit().say("GET", wrong, 30),
            "the documented path": Talk(provider).submit().poll(30, "unknown"),
            "an attempt to cancel": Talk(provider).submit().say("PATCH", Talk(provider).poll_path(), 30, status=405),
        },
    )
