"""Judges of conversations with GMI Cloud (document 002_163dfc06de8826c1.txt, lines 163-251) whose wishes are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..checks.record import FINE, Ruling
from ..checks.seen import Seen
from ..engine.run import Run
from ..scenarios.model import Call, Wish
from ..scenarios.space import Space
from ..scenarios.vocabulary import vocabulary
from .judging import contrast, shown
from .limits import submits_of
from .wire import ABSENT, at, pictures_of, prompts_of, sent

_OPTIONS = ("ratio", "resolution", "output_format")

Turn = tuple[Any, tuple[str, ...], tuple[str, ...]]  # role, texts, URIs


class FollowUp(NamedTuple):
    """A submit that goes on from an earlier answer: what was wished for, and the turns that the answer had ready."""

    wish: Wish
    seen: Seen
    history: list[Any]


def conversations(space: Space, **wish: Any) -> Any:
    """Two or three turns; `wish` has strategies for what the later ones ask for beside a prompt."""
    st = space.st
    first = st.builds(Call, st.one_of(st.just(Wish()), *_with_pictures(space)))
    later = [space.plain(prompt=space.prompts(), **wish).map(_following(number)) for number in (0, 1)]
    calls = st.one_of(st.tuples(first, later[0]), st.tuples(first, *later))
    return space.scenarios(calls=calls, seconds=None)


def instruction_in_last_turn(run: Run) -> Ruling:
    """The new instruction, as it was given, is the text of the last turn, which is the user's."""
    ruling: Ruling = None
    for wish, seen, _ in _follow_ups(run):
        turns = _contents(seen)
        if not turns:
            return "a follow-up was submitted without `contents`, so that the provider knows nothing of what was before"
        if at(turns[-1], ("role",)) not in ("user", ABSENT):
            return f"the last turn of a follow-up is the {shown(at(turns[-1], ('role',)))}'s, not the user's"
        if (said := prompts_of(seen)) != [wish.prompt]:
            wished, got = contrast(wish.prompt, said[0] if len(said) == 1 else said)
            return f"the instruction was {wished}, the last turn says {got}"
        ruling = FINE
    return ruling


def history_whole(run: Run) -> Ruling:
    """All turns that the answer had ready go back before the new instruction."""
    ruling: Ruling = None
    for _, seen, history in _follow_ups(run):
        if not _contents(seen):
            continue
        expected, said = _turns(history[:-1]), _turns(_contents(seen)[:-1])
        if said != expected:
            had, has = contrast(expected, said)
            return f"`next_turn_contents` had {had} before the turn to fill, `contents` has {has}"
        ruling = FINE
    return ruling


def references_in_last_turn(run: Run) -> Ruling:
    """References of a follow-up are `fileData` parts of its last turn, or refused."""
    ruling: Ruling = None
    for wish, seen, _ in _follow_ups(run):
        if not _contents(seen):
            continue
        names = [f"{each.seed}-{each.width}x{each.height}.{each.format}" for each in wish.images]
        said = [str(uri).rpartition("/")[2] for uri in pictures_of(seen)]
        if sorted(said) != sorted(names):
            return f"the references of a follow-up were {shown(names)}, the last turn has {shown(said)}"
        ruling = FINE
    return FINE if ruling is None and any(outcome.refused for outcome in run.outcomes[1:]) else ruling


def options_kept(run: Run) -> Ruling:
    """Ratio, size and format hold for a follow-up, too: they stand beside its `contents`."""
    ruling: Ruling = None
    for wish, seen, _ in _follow_ups(run):
        for name in _OPTIONS:
            wished, said = getattr(wish, name), sent(seen, name)
            if wished in (None, said) or (said is ABSENT and vocabulary(run.provider).defaults.get(name) == wished):
                continue
            return f"{name} {shown(wished)} was asked for in a follow-up, whose submit says {shown(said)}"
        ruling = FINE
    return ruling


def _follow_ups(run: Run) -> Iterator[FollowUp]:
    for number, call in enumerate(run.scenario.calls):
        history = None if call.follows is None else _ready_after(run, call.follows)
        for seen in submits_of(run, number) if history else ():
            yield FollowUp(call.wish, seen, history or [])


def _ready_after(run: Run, call: int) -> list[Any] | None:
    outcome = run.outcomes[call]
    answers = [seen.answer for seen in run.polls if run.since_start(seen.done) <= outcome.ended and seen.clean]
    ready = at(answers[-1], ("outcome", "next_turn_contents")) if answers else ABSENT
    return ready if isinstance(ready, list) else None


def _contents(seen: Seen) -> list[Any]:
    contents = at(seen.fields, ("payload", "contents"))
    return contents if isinstance(contents, list) else []


def _turns(contents: list[Any]) -> list[Turn]:
    """The turns without what is empty, which the provider filters out."""
    turns = [(at(turn, ("role",)), _all(turn, "text"), _all(turn, "fileData", "fileUri")) for turn in contents]
    return [turn for turn in turns if turn[1] or turn[2]]


def _all(turn: Any, *path: str) -> tuple[str, ...]:
    parts = at(turn, ("parts",))
    found = [at(part, path) for part in parts] if isinstance(parts, list) else []
    return tuple(each for each in found if isinstance(each, str) and each)


def _following(number: int) -> Any:
    return lambda wish: Call(wish, follows=number, wait=1.0)  # so that no call begins when another ends


def _with_pictures(space: Space) -> list[Any]:
    return [space.plain(images=space.pictures())] if "url-images" in space.can else []
