"""A report as a real run leaves it: every status, five providers, and transcripts with all that can be in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from safelight.conformance.suite.results import CheckResult, Counterexample, Effort, Event, Report

KEY = "rk_live_4f9b2c7d8e1a6053"
JOB = "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e"
DOCUMENT = "000_689184e2825e36ff.txt"
DATE = datetime(2026, 8, 14, 12, 3, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>"
ODD = f"猫と月 🌙👩‍🚀 שלום \u202egnp.exe {HOSTILE} \x1b[31mred\x00 \ud800 ]]>"
SUBMIT, POLL = "POST /api/v1/images/generations", f"GET /api/v1/tasks/{JOB}"


def exchange(
    at: float, line: str, status: int | None, answer: Any = "", *, took: float = 0.0, asked: Any = "", **more: Any
) -> Event:
    detail = {
        "request_headers": {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        "request": as_text(asked),
        "response_headers": {"Content-Type": "application/json"},
        "response": as_text(answer),
        "reason": None,
    }
    return Event(at, "request", line, until=at + took, status=status, detail=detail, **more)


def as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def poll(at: float, state: str = "processing", **more: Any) -> Event:
    answer = {"id": JOB, "model": "gemini-3-pro-image-preview", "status": state, "created_at": 1767225600}
    return exchange(at, POLL, 200, answer, **more)


def submit(at: float, prompt: str, status: int | None = 200, **more: Any) -> Event:
    asked = {"model": "gemini-3-pro-image-preview", "prompt": prompt, "resolution": "4K"}
    return exchange(at, SUBMIT, status, {"id": JOB, "status": "processing"}, asked=asked, **more)


def early_poll() -> Counterexample:
    """The first poll comes too early, then forty more, while a 4K job takes 120 s."""
    events = [
        Event(0.0, "call", "generate “a red kite” in 4K", call=0),
        submit(0.0, "a red kite"),
        Event(0.0, "job", "queued", job=JOB),
        Event(0.0, "ledger", "charge", credits=-1.0, job=JOB),
        poll(2.0, broke=True),
        Event(3.0, "job", "running", job=JOB),
        *(poll(2.0 + 3.0 * n) for n in range(1, 40)),
        Event(120.0, "job", "succeeded", job=JOB),
        poll(122.0, "completed"),
        Event(122.0, "outcome", "a result with 1 image", call=0),
    ]
    scenario = {
        "provider": "reapi",
        "calls": [{"wish": {"prompt": "a red kite", "resolution": "4K"}}],
        "seconds": 120.0,
    }
    return Counterexample(
        "The first poll came 2 s after the submit; 30 s or more were expected.", scenario, tuple(events), 41
    )


def paid_twice() -> Counterexample:
    """A lost answer, a second submit and a second charge; an odd prompt, a huge body, and the key in a log."""
    second = "task_9c2b4d6e8f0a2c4e018f5a3a1b6e7d9f"
    events = [
        Event(0.0, "call", f"generate “{ODD}”", call=0),
        submit(0.0, ODD, None, took=1.0),
        Event(0.0, "job", "queued", job=JOB),
        Event(0.0, "ledger", "charge", credits=-1.0, job=JOB),
        Event(0.0, "fault", "connection reset without an answer, after the provider has acted"),
        submit(1.0, ODD, broke=True),
        Event(1.0, "job", "queued", job=second),
        Event(1.0, "ledger", "charge", credits=-1.0, job=second),
        exchange(31.0, POLL.replace(JOB, second), 502, "<html>bad gateway</html>"),
        Event(31.0, "fault", "edge-page 502"),
        exchange(34.0, POLL.replace(JOB, second), 200, {"status": "completed", "image": "iVBOR" + "A" * 40_000}),
        Event(34.0, "job", "succeeded", job=JOB),
        Event(34.0, "job", "succeeded", job=second),
        Event(35.0, "visit", f"GET https://elsewhere.example/?key={KEY}&next=1"),
        Event(35.0, "outcome", f"a result with 1 image; the log says {KEY}", call=0),
    ]
    scenario = {
        "provider": "reapi",
        "calls": [{"wish": {"prompt": ODD, "count": 2, "images": [{"by": "url"}, {"by": "bytes", "format": "webp"}]}}],
        "faults": [
            {"kind": "reset", "operation": "submit", "when": "after"},
            {"kind": "edge-page", "operation": "poll", "status": 502},
        ],
        "readings": {"processing-output": "absent"},
        "credits": 10.0,
    }
    sentence = f"Two jobs were paid for one call of {HOSTILE}, and the log holds `{KEY}`; one was expected."
    return Counterexample(sentence, scenario, tuple(events), 212)


def week_later() -> Counterexample:
    """A gap of seven days beside one of three seconds, and two calls."""
    media = "https://localhost:4011/media/0.png?X-Amz-Signature=0123456789abcdef0123456789abcdef0123456789"
    events = [
        Event(0.0, "call", "generate “a red kite”", call=0),
        submit(0.0, "a red kite"),
        Event(0.0, "job", "running", job=JOB),
        poll(30.0),
        poll(33.0),
        Event(35.0, "job", "succeeded", job=JOB),
        poll(36.0, "completed"),
        Event(36.0, "outcome", "a result with 1 image", call=0),
        Event(604_840.0, "call", "pick up the job", call=1),
        poll(604_840.0, "completed"),
        Event(604_843.0, "request", f"GET {media}", until=604_853.0, status=403, broke=True),
        Event(604_853.0, "outcome", "a bare HTTPError: 403", call=1),
    ]
    scenario = {
        "provider": "reapi",
        "calls": [{}, {"op": "resume", "follows": 0, "wait": 604_804.0}],
        "seconds": 35.0,
    }
    return Counterexample("The result does not say that its URLs lapse after 7 days.", scenario, tuple(events), 9)


def result(id: str, provider: str, level: Any, status: Any, statement: str, **more: Any) -> CheckResult:
    house = level == "HOUSE"
    citation = "our own rule" if house else f"{DOCUMENT}:236-238,240"
    defaults: dict[str, Any] = {
        "examples": 20,
        "tried": 25,
        "basis": "inferred" if house else "text",
        "citation": citation,
    }
    return CheckResult(
        id=id, provider=provider, level=level, status=status, statement=statement, **{**defaults, **more}
    )


def failures() -> Iterator[CheckResult]:
    yield result(
        "reapi.poll.first-wait", "reapi", "SHOULD", "warn",
        "The first poll of a task comes no earlier than 30 s after its submit.",
        why="Early polls cost the provider and bring nothing, since no job is done by then.",
        counterexample=early_poll(),
    )  # fmt: skip
    yield result(
        "house.submit.paid-once", "reapi", "HOUSE", "fail",
        "A submit whose answer was lost is not sent again as a second paid job.",
        why="The caller pays twice for one image and never learns of it.", counterexample=paid_twice(),
    )  # fmt: skip
    yield result(
        "reapi.result.lapse", "reapi", "MUST", "fail", "The result exposes when its URLs lapse (`expires_at`).",
        why="A gallery that keeps the URL is empty a week later.", counterexample=week_later(),
    )  # fmt: skip
    yield result(
        "tokaify.submit.camel-case", "tokaify", "MUST", "not-exercised",
        "Images are read from `inlineData` and `mimeType`.", examples=0, note="No call ended with an image.",
    )  # fmt: skip
    yield result(
        "gmicloud.follow-up.contents", "gmicloud", "MUST", "expected-fail",
        "A follow-up copies `next_turn_contents` to `contents`.", note="Known since March; until 2026-12-01.",
        counterexample=week_later(),
    )  # fmt: skip
    yield result(
        "threedai.paths.trailing-slash", "threedai", "MUST", "stale-baseline",
        "Paths keep their trailing slash.", note="The baseline expects a failure, but the check passes.",
    )  # fmt: skip
    yield result(
        "onemin.submit.image-size", "onemin", "MUST", "adapter-error",
        "`promptObject.imageSize` is always sent.", note="The adapter answered request 7 with id 6.",
    )  # fmt: skip


def realistic_report(**changes: Any) -> Report:
    """Five providers, about eighty results, three of them with transcripts worth reading."""
    passes = [
        result(f"{provider}.submit.rule-{n}", provider, level, "pass", f"Rule {n} about `field_{n}` is kept.")
        for provider in ("reapi", "threedai", "gmicloud", "tokaify", "onemin")
        for n, level in enumerate(["MUST"] * 9 + ["HOUSE"] * 3 + ["SHOULD"] * 2)
    ]
    absent = result(
        "gmicloud.list.model", "gmicloud", "SHOULD", "not-applicable", "Listing filters with `model_id`.",
        note="The client does not claim `list`.",
    )  # fmt: skip
    fields: dict[str, Any] = {
        "subject": {"kind": "factory", "factory": "acme.images:make", "name": "acme-images", "version": "3.2"},
        "results": tuple(sorted([*passes, *failures(), absent], key=lambda each: each.provider)),
        "effort": Effort(1840, 21.4, 532_000.0),
        "seed": 7,
        "requirements": "2026.1",
        "unexplored": tuple(f"reapi.submit.rule-{n}" for n in range(9)),
        "problems": (),
        "version": "0.1.0",
    }
    return Report(**{**fields, **changes})


def only(*results: CheckResult, **changes: Any) -> Report:
    """A report with these results and nothing else."""
    return realistic_report(results=results, unexplored=(), **changes)
