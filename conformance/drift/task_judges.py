"""Functions that make judges of the life of a task, and of the money for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from .evidence import NOT_JSON, Answer, Evidence, Life
from .judges import first_of, short
from .record import Judge, Judged


def accepted() -> Judge:
    """An order as documented is not refused, but for what its account may do, and when."""
    about_account = (401, 402, 403, 429)

    def judge(evidence: Evidence) -> Judged:
        submits = [life.submit for life in evidence.lives if 0 < life.submit.status < 500]
        return first_of(
            (answer, None if answer.served else f"it is answered with {answer.told}, not 200")
            for answer in submits
            if answer.status not in about_account
        )

    return judge


def polls_served() -> Judge:
    """Polls of a task that exists are answered with 200, but for what passes."""

    def judge(evidence: Evidence) -> Judged:
        polls = [poll for life in evidence.lives for poll in (*life.polls, *life.after)]
        return first_of(
            (poll, None if poll.status == 200 else f"a poll of the task is answered with {poll.told}, not 200")
            for poll in polls
            if 0 < poll.status < 500 and poll.status != 429
        )

    return judge


def strangers_refused() -> Judge:
    """Polls of a task without its key are refused."""

    def judge(evidence: Evidence) -> Judged:
        strangers = [poll for life in evidence.lives for poll in life.strangers if poll.status]
        return first_of(
            (poll, None if poll.refused else f"a poll without a valid key is answered with {poll.told}")
            for poll in strangers
        )

    return judge


def known_words() -> Judge:
    """Every state is one of the documented words, or of a reading."""

    def judge(evidence: Evidence) -> Judged:
        states = evidence.states

        def told(answer: Answer) -> str | None:
            if states.word(answer.data) is None:
                return f"`{states.field}` is missing"
            return None if states.kind(answer.data) else f"`{states.field}` is {short(states.word(answer.data))}"

        return first_of((answer, told(answer)) for answer, _ in evidence.stage("poll") if answer.data is not NOT_JSON)

    return judge


def forward() -> Judge:
    """A task that has not ended never goes back."""

    def judge(evidence: Evidence) -> Judged:
        states = evidence.states
        known = [
            [poll for poll in life.polls if poll.status == 200 and states.rank(poll.data) >= 0]
            for life in evidence.lives
        ]

        def told(before: Answer, now: Answer) -> str | None:
            back = states.rank(now.data) < states.rank(before.data)
            return f"the state went back from {states.word(before.data)} to {states.word(now.data)}" if back else None

        return first_of((now, told(before, now)) for polls in known for before, now in pairwise(polls[:1] + polls))

    return judge


def final() -> Judge:
    """What has ended stays as it ended."""

    def judge(evidence: Evidence) -> Judged:
        states = evidence.states
        return first_of(
            (later, None if states.word(later.data) == states.word(life.polls[-1].data) else (
                f"the task was {states.word(life.polls[-1].data)} and then {states.word(later.data)}"
            ))
            for life in evidence.lives for later in life.after if later.status == 200 and life.ending
        )  # fmt: skip

    return judge


# ---- money ---------------------------------------------------------------------------------------------------------


def price(credits: Mapping[str, float]) -> Judge:
    """An order that succeeded cost so many credits per image of its tier."""

    def test(life: Life) -> str | None:
        expected = credits[life.order.tier] * (life.order.count or 1)
        (before, _), (after, _) = life.balances["before"], life.balances["end"]
        told = f"{expected:g} credits for {life.order.count} × {life.order.tier}, if nobody else used the account"
        return (
            None if abs(before - after - expected) < 0.01 else f"the balance fell by {before - after:g}, not by {told}"
        )

    return _of_balances(("before", "end"), "succeeded", test)


def unpaid_failure() -> Judge:
    """An order that failed cost nothing."""
    return _of_balances(
        ("before", "end"), "failed", lambda life: _moved(life, "before", "end", "over a task that failed")
    )


def free_polls() -> Judge:
    """Polls cost nothing."""
    return _of_balances(("ended", "polled"), None, lambda life: _moved(life, "ended", "polled", "over two polls"))


def _moved(life: Life, first: str, last: str, over: str) -> str | None:
    (before, _), (after, _) = life.balances[first], life.balances[last]
    return None if before == after else f"the balance went from {before:g} to {after:g} {over}"


def _of_balances(needed: tuple[str, str], ending: str | None, test: Callable[[Life], str | None]) -> Judge:
    def judge(evidence: Evidence) -> Judged:
        known = [
            life for life in evidence.lives
            if {*needed} <= {*life.balances} and life.ending is not None and ending in (None, life.ending)
        ]  # fmt: skip
        return first_of((life.balances[needed[1]][1], test(life)) for life in known)

    return judge
