"""What callers cannot make a gateway do: look around where it stands, or ask for what it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ...checks.record import FINE, Ruling
from ...gateway.capabilities import ASYNC
from ...scenarios.model import Call, Manner, Picture, Wish
from ..judging import shown
from ..record import Property
from .stories import asked, in_turn, story

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_PATH: Final = "/pictures/1-64x64.png"
# This machine, as gateways have not thought of it. Nobody allowed any of these.
_PLACES: Final = (
    "{other}", "http://0.0.0.0:{port}", "http://127.1:{port}", "http://2130706433:{port}", "http://0x7f000001:{port}",
    "http://0177.0.0.1:{port}", "http://[::ffff:127.0.0.1]:{port}", "http://LOCALHOST:{port}",
    "http://localhost.:{port}", "http://127.0.0.1:{port}@localhost:{port}", "http://kite.localhost:{port}",
    "{gallery}/moved/301", "{gallery}/moved/302", "{gallery}/moved/307",
)  # fmt: skip
_ALLOWED: Final = "127.0.0.1:"  # the host of the pictures that may be fetched, where any may
_SMUGGLED: Final = "x-smuggled"
_BREAKS: Final = (
    f"\r\n{_SMUGGLED}: yes",
    f"\n{_SMUGGLED}: yes\n\n",
    f"\r\n\r\nGET /admin HTTP/1.1\r\n{_SMUGGLED}: yes",
)
_STEPS: Final = (
    "/../../../admin", "/..%2f..%2fadmin", "%2e%2e/%2e%2e/admin", "?admin=1", "#", ":admin", "/admin", "\\..\\admin",
    "\x00", "%00", "%0d%0ax-smuggled:%20yes", *_BREAKS,
)  # fmt: skip
_JOBS: Final = ("../models", "../../admin", "..%2f..%2fadmin", "x/../../admin", "x?admin=1", "x#admin", "%2e%2e", "..",
                "x\x00", *(f"x{each}" for each in _BREAKS))  # fmt: skip


def _inside(space: Space) -> Any:
    def told(drawn: Any) -> Any:
        flow, place = drawn
        return story(space, asked(flow, Wish(images=(Picture(url=f"{place}{_PATH}"),))), seconds=2.0)

    return in_turn(space, _PLACES).map(told)


def _stepping(space: Space) -> Any:
    """Names of models that would lead elsewhere if they were put into a path or a header as they are."""
    models = [*(f"{{model}}{step}" for step in _STEPS), "../../admin", "/admin"]
    return in_turn(space, models).map(lambda drawn: story(space, asked(drawn[0], put={"model": drawn[1]}), seconds=2.0))


def _jobs_elsewhere(space: Space) -> Any:
    return space.st.sampled_from(_JOBS).map(lambda id: story(space, Call(op="status", manner=Manner(job=id))))


def _breaking(space: Space) -> Any:
    """Texts of callers with ends of lines in them, and what would be a header after those."""
    texts = [("prompt", f"a red kite{each}") for each in _BREAKS] + [("user", f"alice{each}") for each in _BREAKS]

    def told(drawn: Any) -> Any:
        flow, (name, value) = drawn
        call = asked(flow, Wish(value)) if name == "prompt" else asked(flow, extra={name: value})
        return story(space, call, seconds=2.0)

    return in_turn(space, texts).map(told)


def not_inside(run: Run) -> Ruling:
    """Nothing is fetched from this machine, but from the one origin that is allowed."""
    if run.outcome.kind == "unsupported":
        return None
    for visit in run.visits:
        host = {name.lower(): value for name, value in visit.headers.items()}.get("host", "")
        if not run.claims.references or not host.startswith(_ALLOWED):
            place = shown(run.wish.images[0].url)
            return f"for a reference at {place} the gateway fetched {visit.path} from {host}, which is its own machine"
    return FINE


def stays_in_place(run: Run) -> Ruling:
    """Whatever a caller writes, providers are asked for what their documents describe."""
    if run.outcome.kind == "unsupported":
        return None
    what = _written(run)
    for seen in run.upstream:
        where = f"{seen.method} {shown(seen.exchange.target)} to {seen.exchange.provider}"
        if not seen.role or (run.call.manner.job is not None and seen.role != "poll"):
            return f"{what} made the gateway send {where}"
        if _SMUGGLED in seen.headers or "admin" in seen.query:
            return f"{what} got out of its place in {where}"
    for heard in run.heard:
        if _SMUGGLED in map(str.lower, heard.headers):
            return f"{what} became a header of the answer"
    return FINE


def steps_nowhere(run: Run) -> Ruling:
    """Such a name or id is the caller's mistake, and leads nowhere."""
    ruling = stays_in_place(run)
    if ruling is not FINE:
        return ruling
    status = run.outcome.status or 0
    if status >= 500 or status == 0:
        return f"{_written(run)} is answered with {status or run.outcome.described()}; expected is 404 or 400"
    return FINE


def breaks_nothing(run: Run) -> Ruling:
    """An end of a line in a text is a character like others, or refused."""
    ruling = stays_in_place(run)
    if ruling is not FINE or run.outcome.kind == "result":
        return ruling
    status = run.outcome.status or 0
    return FINE if 400 <= status < 500 else f"{_written(run)} is answered with {status or run.outcome.described()}"


def _written(run: Run) -> str:
    manner = run.call.manner
    if manner.job is not None:
        return f"the id {shown(manner.job)}"
    if manner.put:
        return f"the model {shown(manner.put['model'])}"
    return f"the user {shown(manner.extra['user'])}" if manner.extra else f"the prompt {shown(run.wish.prompt)}"


PROPERTIES: Final = (
    Property(
        "gateway.security.private-references", "gateway.security.private-references", _inside, not_inside,
        frozenset({"url-images"}), examples=10,
        why="Who can have the gateway fetch from its own machine reads what was meant for that machine alone.",
    ),
    Property(
        "gateway.security.model-names", "gateway.security.model-names", _stepping, steps_nowhere, examples=12,
        why="A name that becomes part of a path asks the provider for something else, with the gateway's key.",
    ),
    Property(
        "gateway.security.job-ids", "gateway.security.job-ids", _jobs_elsewhere, steps_nowhere,
        frozenset({ASYNC}), examples=13, once=True,
        why="An id that becomes part of a path asks the provider for something else, with the gateway's key.",
    ),
    Property(
        "gateway.security.line-breaks", "gateway.security.line-breaks", _breaking, breaks_nothing, examples=6,
        why="Two characters in a text become a header, or a second request, with the gateway's key.",
    ),
)  # fmt: skip
