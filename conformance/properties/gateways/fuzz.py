"""Requests that Schemathesis makes of a gateway's own OpenAPI file: right ones, wrong ones, and without a key.

Some of its checks are stricter than a gateway has to be, so what they object to is looked at again: a method that is
not there may be answered with any refusal, statuses that HTTP itself knows need not be in the file, and a trouble with
a provider is no mistake of the gateway's. That every right request be accepted is not asked for at all: a file cannot
say which models, references and prompts a provider will take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...fuzz.document import document_of
from ...fuzz.promises import media_type, wrong_request
from ...gateway.capabilities import INPUTS, KEYS, OPENAPI, SECURED
from ...scenarios.model import Call, KeyOf, Manner, Scenario
from ...subjects.base import EXACT_TIME
from ..record import Property, RunJudge
from .batches import batches

if TYPE_CHECKING:
    from ...engine.outcome import Heard
    from ...engine.run import Run
    from ...fuzz.request import Request
    from ...scenarios.space import Space

Clause = Callable[["Run", "Heard"], bool]
Words = Callable[["Run", Call, "Heard"], str]

_ANSWERED: Final = ("right", "wrong")
_ALL: Final = ("right", "wrong", "method", "label")
_HTTP_OWN: Final = frozenset({404, 405, 406, 408, 413, 414, 415, 417, 429, 431})  # that frameworks answer by themselves
_UPSTREAM: Final = frozenset({502, 503, 504})  # what callers are told of trouble with a provider
_UNKNOWN_METHOD: Final = 501
_NOBODY: Final[tuple[KeyOf, ...]] = ("none", "wrong")
_HUNG_UP: Final = ("disconnected", "reset by peer")
_BRIEF: Final = 0.05  # seconds that jobs take where time is real


def _requests(*kinds: str) -> Callable[[Space], Any]:
    """Requests of these kinds with the caller's key, the small ones first."""

    def explore(space: Space) -> Any:
        deck = _deck(space)
        return _scenarios(space, [[_send(each) for each in deck if each.kind == kind] for kind in kinds])

    return explore


def _strangers(space: Space) -> Any:
    """Right requests for what wants a key, without one and with a wrong one."""
    document = document_of(_text(space))
    secured = {operation.label for operation in document.operations if operation.secured}
    right = [each for each in _deck(space) if each.kind == "right" and each.label in secured]
    firsts = {each.label: each for each in reversed(right)}.values()
    return _scenarios(space, [[_send(each, key) for each in firsts for key in _NOBODY]])


def _scenarios(space: Space, groups: list[list[Call]]) -> Any:
    seconds = 2.0 if EXACT_TIME in space.can else _BRIEF
    found = [each for calls in groups for each in batches(space, calls, seconds=seconds, together=True)]
    return space.st.sampled_from(sorted(found, key=_size)) if found else None


def _size(scenario: Scenario) -> int:
    return sum(len(text) for call in scenario.calls for name, text in call.manner.raw.items() if name != "case")


def _send(request: Request, key: KeyOf = "own") -> Call:
    raw = {"method": request.method, "path": request.path, "case": request.case}
    if request.body is not None:
        raw["body"] = request.body
    return Call(op="send", manner=Manner(key=key, headers=request.headers, raw=raw))


def _deck(space: Space) -> tuple[Request, ...]:
    from ...fuzz.deck import deck

    models = space.claims.models if space.claims else {}
    return deck(_text(space), models.get(space.provider, models.get("any", "")), space.seed, space.effort)


def _text(space: Space) -> str:
    return (space.claims.openapi if space.claims else None) or ""


def _checked(check: str, *, unless: Clause = lambda run, heard: False, told: Words | None = None) -> RunJudge:
    """A judge that asks a check of Schemathesis', `unless` there is nothing against the answer all the same.

    `told` is said in the place of what the check says, if it is not empty.
    """

    def judge(run: Run) -> Ruling:
        from ...fuzz.verdicts import objection

        ruling: Ruling = None
        for call, heard in _answers(run):
            said = objection(run.claims.openapi or "", call.manner.raw["case"], heard, check) if heard.status else None
            if said and not unless(run, heard):
                return (told and told(run, call, heard)) or _sentence(
                    call, heard, f"was answered with {heard.status}: {said}"
                )
            ruling = FINE if heard.status else ruling
        return ruling

    return judge


def _answers(run: Run) -> Iterator[tuple[Call, Heard]]:
    for number, call in enumerate(run.scenario.calls):
        yield from ((call, heard) for heard in run.heard_in(number, "send"))


def _sentence(call: Call, heard: Heard, said: str) -> str:
    from ...fuzz.verdicts import command

    return f"{command(heard, call.manner.headers)} {said}"


def no_crash(run: Run) -> Ruling:
    """It is answered, and not with an error of the server's, unless a provider is to blame."""
    for call, heard in _answers(run):
        if not heard.status and any(word in heard.problem.lower() for word in _HUNG_UP):
            return _sentence(call, heard, f"was not answered: {heard.problem}")
    return _NO_ERROR(run)


def _is_not_its_own(run: Run, heard: Heard) -> bool:
    """Whether an error tells of a provider, or of a method that nobody knows."""
    if heard.status == _UNKNOWN_METHOD:
        return heard.method not in ("GET", "POST")
    troubled = any(not 200 <= seen.status < 300 for seen in run.upstream) or any(not job.paid for job in run.jobs)
    return heard.status in _UPSTREAM and troubled


def _says_nothing(run: Run, heard: Heard) -> bool:
    """Whether the file need not have the status: HTTP's own, a server's error, or any error where it has none."""
    operation = document_of(run.claims.openapi or "").find(heard.method, heard.url)
    if heard.ok:
        return False
    return heard.status in _HTTP_OWN or heard.status >= 500 or operation is None or not operation.tells_errors


def _is_refused(run: Run, heard: Heard) -> bool:
    return not heard.ok


def _what_was_wrong(run: Run, call: Call, heard: Heard) -> str:
    wrong = wrong_request(document_of(run.claims.openapi or ""), heard)
    return _sentence(call, heard, f"was taken, with {heard.status}, though {wrong}") if wrong else ""


def _is_refused_or_page(run: Run, heard: Heard) -> bool:
    """Whether a method is refused in any way, or answered with a page for people."""
    return not heard.ok or media_type(heard) == "text/html"


_NO_ERROR: Final = _checked("not_a_server_error", unless=_is_not_its_own)


def _property(
    name: str, explore: Callable[[Space], Any], judge: RunJudge, examples: int, why: str, needs: Collection[str] = ()
) -> Property:
    id = f"gateway.fuzz.{name}"
    return Property(id, id, explore, judge, frozenset({OPENAPI, *needs}), examples=examples, once=True, why=why)


PROPERTIES: Final = (
    _property(
        "no-crash", _requests(*_ALL), no_crash, 128,
        "A request that makes a gateway fail is a mistake of its caller's that nobody explains to the caller.",
    ),
    _property(
        "status", _requests(*_ANSWERED), _checked("status_code_conformance", unless=_says_nothing), 80,
        "Clients made from the file have no branch for a status that it does not name.",
    ),
    _property(
        "content-type", _requests(*_ANSWERED), _checked("content_type_conformance"), 80,
        "Clients made from the file read an answer by its label, and cannot read this one.",
    ),
    _property(
        "body", _requests(*_ANSWERED), _checked("response_schema_conformance"), 80,
        "Clients made from the file break on an answer whose fields are not as it says.",
    ),
    _property(
        "headers", _requests(*_ANSWERED), _checked("response_headers_conformance"), 80,
        "What the file promises as a header, such as an id to complain with, is missing when it is needed.",
    ),
    _property(
        "key-wanted", _strangers, _checked("ignored_auth"), 14,
        "An operation that forgot to ask for a key is open to anybody, whatever the file says.",
        (SECURED, KEYS),
    ),
    _property(
        "unknown-method", _requests("method"), _checked("unsupported_method", unless=_is_refused_or_page), 42,
        "A method that nobody wrote down does something that nobody has checked, such as deleting.",
    ),
    _property(
        "wrong-refused", _requests("wrong"),
        _checked("negative_data_rejection", unless=_is_refused, told=_what_was_wrong), 60,
        "A wrong request that is taken is guessed at; the caller pays for an image of something else.",
        (INPUTS,),
    ),
)  # fmt: skip
