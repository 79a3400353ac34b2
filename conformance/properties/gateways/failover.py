"""Going to the next provider: when the first is out, in the order that was promised, and never after a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ....specs import provider_names
from ...checks.record import FINE, Ruling
from ...gateway.capabilities import FAILOVER, NAMED
from ...scenarios.model import Call, Manner, Wish
from ...subjects.base import EXACT_TIME
from ..record import Property
from .money import unlucky
from .stories import CHOICE, EVERYBODY, Fault, asked, asked_in_order, at_everybody, flows, once, places, story, submits

if TYPE_CHECKING:
    from ...engine.run import Run
    from ...scenarios.space import Space

_OUT: Final[tuple[Fault, ...]] = (  # after which surely nothing has to be paid
    {"kind": "refused-connection"},
    {"kind": "problem", "problem": "credits-exhausted", "operation": "submit", "times": None},
    {"kind": "problem", "problem": "rate-limited", "operation": "submit", "times": None},
)


def _one_is_out(space: Space) -> Any:
    """Nothing is wrong, one provider is out, or all but one are."""
    flow, *_ = flows(space)
    out = [(fault, [name]) for fault in _OUT for name in provider_names()]
    alone = [
        (fault, [each for each in provider_names() if each != name]) for fault in _OUT[:2] for name in provider_names()
    ]
    return space.st.sampled_from(
        [
            *(story(space, asked(each, model=CHOICE), seconds=2.0) for each in flows(space)),
            *(
                story(space, asked(flow, model=CHOICE), faults=({**fault, "provider": names},), seconds=2.0)
                for fault, names in (*out, *alone)
            ),
        ]
    )


def _in_doubt(space: Space) -> Any:
    """What befalls a job at the first provider after which it may have to be paid, or whose submit got lost."""
    lasting: list[Fault] = [
        {"kind": "status", "status": 500, "operation": "poll", "times": None},
        {"kind": "key-revoked", "operation": "poll"},
        {"kind": "stuck"},
    ]
    faults = [once(fault) for fault in (*unlucky(space), *lasting)]
    return space.st.sampled_from(
        [
            story(space, asked(flow, model=CHOICE), faults=(fault,), seconds=20.0)
            for fault in faults
            for flow in flows(space)
        ]
    )


def _moderated(space: Space) -> Any:
    return space.st.sampled_from(
        [
            story(space, asked(flow, model=CHOICE), faults=(at_everybody({"kind": kind}),), seconds=2.0)
            for kind in ("moderated-prompt", "moderated-output")
            for flow in flows(space)
        ]
    )


def _named(space: Space) -> Any:
    faults = [*_OUT, {"kind": "edge-page", "operation": "submit", "times": None}, {"kind": "failed", "times": None}]
    return space.st.sampled_from(
        [story(space, asked(flow), faults=(fault,), seconds=2.0) for fault in faults for flow in flows(space)]
    )


def _back_again(space: Space) -> Any:
    """The first that is asked fails one call; a while later everybody is well."""
    faults: list[Fault] = [
        {"kind": "problem", "problem": "credits-exhausted", "operation": "submit"},
        {"kind": "problem", "problem": "unavailable", "operation": "submit"},
        {"kind": "edge-page", "operation": "submit"},
        {"kind": "failed"},
    ]
    manner = Manner(model=CHOICE)
    return space.st.sampled_from(
        [
            story(
                space, Call(manner=manner), Call(Wish("a blue whale"), wait=900.0, manner=manner),
                faults=(once(fault),), seconds=2.0,
            )
            for fault in faults
        ]
    )  # fmt: skip


def delivers(run: Run) -> Ruling:
    """As long as one of the providers is there, the caller gets an image."""
    names = _out(run)
    if all(name in names for name in run.claims.failover):
        return None
    if run.outcome.kind == "result" or run.outcome.status == 429:  # which callers can deal with themselves
        return FINE
    left = [name for name in run.claims.failover if name not in names]
    why = f"{', '.join(names)} out" if names else "nobody out"
    return f"with {why}, {left[0]} could have made the image, but the call ended with {run.outcome.described()}"


def in_order(run: Run) -> Ruling:
    """Providers are asked in the order that was promised, the next one only after the one before it has failed."""
    tried = asked_in_order(run)
    order = [name for name in run.claims.failover if name in tried or name not in _closed(run)]
    if not tried:
        return None
    for name in tried:
        if name not in order:
            return f"{name} was asked, which is not among those that were promised: {', '.join(order)}"
    expected = [name for name in order if name in tried]
    missed = order[: order.index(tried[-1])] if tried[-1] in order else []
    if tried != expected or any(name not in tried for name in missed):
        return f"the order is {', '.join(order)}; asked were {', '.join(tried)}"
    for name in tried[:-1]:
        if not any(seen.exchange.fault is not None for seen in submits(run, name)):
            return f"nothing was wrong with {name}, and yet {tried[tried.index(name) + 1]} was asked as well"
    return FINE


def only_when_certain(run: Run) -> Ruling:
    """Nobody else is asked while a job may have to be paid."""
    if not submits(run):
        return None
    for job in run.jobs:
        later = [
            seen for seen in submits(run)
            if seen.exchange.provider != job.provider and run.since_start(seen.at) >= job.submitted
        ]  # fmt: skip
        if later and job.paid:
            at = run.since_start(later[0].at)
            return (
                f"{job.provider} has a job that is paid, submitted at {job.submitted:.4g} s; "
                f"{later[0].exchange.provider} was asked at {at:.4g} s; in all there are {places(run.jobs)}"
            )
    return FINE


def moderation_is_final(run: Run) -> Ruling:
    """What moderation refused is not taken to another provider."""
    if not run.jobs:
        return None
    tried = asked_in_order(run)
    return FINE if len(tried) == 1 else f"{tried[0]} refused the prompt, which was then taken to {', '.join(tried[1:])}"


def stays(run: Run) -> Ruling:
    """Who asks for a provider by name gets that one, or an error."""
    others = [name for name in asked_in_order(run) if name != run.provider]
    return f"{run.provider} was asked for by name, but {others[0]} was asked" if others else FINE


def first_again(run: Run) -> Ruling:
    """A quarter of an hour after a failure the first provider is the first again."""
    first, second = asked_in_order(run)[:1], run.scenario.calls[1]
    again = [seen for seen in submits(run) if run.since_start(seen.at) >= run.outcomes[1].started]
    if not first or run.outcomes[0].kind == "hung":
        return None
    if run.outcomes[1].kind != "result":
        return f"{second.wait:g} s after a failure the next call ended with {run.outcomes[1].described()}"
    if not again or again[0].exchange.provider != first[0]:
        asked_then = again[0].exchange.provider if again else "nobody"
        return f"{first[0]} failed one call; {second.wait:g} s later {asked_then} is asked in its place"
    return FINE


def _out(run: Run) -> list[str]:
    """The providers that the scenario's faults hit."""
    return [name for fault in run.scenario.faults for name in _names(fault)]


def _closed(run: Run) -> list[str]:
    """Those at which nobody listens, so that no journal shows who was asked."""
    faults = [fault for fault in run.scenario.faults if fault["kind"] == "refused-connection"]
    return [name for fault in faults for name in _names(fault)]


def _names(fault: Fault) -> list[str]:
    names = fault.get("provider", EVERYBODY)
    return [*names] if not isinstance(names, str) else [*provider_names()] if names == EVERYBODY else [names]


_NEEDS: Final = frozenset({FAILOVER})

PROPERTIES: Final = (
    Property(
        "gateway.failover.delivers", "gateway.failover.delivers", _one_is_out, delivers, _NEEDS, examples=27, once=True,
        why="Failover is promised for the day on which a provider is out; that is the day on which it is needed.",
    ),
    Property(
        "gateway.failover.in-order", "gateway.failover.in-order", _one_is_out, in_order, _NEEDS, examples=27, once=True,
        why="The order is one of price and quality; out of order everybody pays more, or gets less.",
    ),
    Property(
        "gateway.failover.only-when-certain", "gateway.failover.only-when-certain", _in_doubt, only_when_certain,
        _NEEDS, examples=40, once=True,
        why="A job whose submit got no answer is often drawn and paid; elsewhere the same picture is paid once more.",
    ),
    Property(
        "gateway.failover.not-after-moderation", "gateway.failover.not-after-moderation", _moderated,
        moderation_is_final, _NEEDS, examples=4, once=True,
        why="A prompt that is taken from provider to provider until one draws it costs the gateway its accounts.",
    ),
    Property(
        "gateway.failover.named-stays", "gateway.failover.named-stays", _named, stays, _NEEDS | {NAMED}, examples=6,
        why="Who names a provider has a reason, such as where pictures of customers may go.",
    ),
    Property(
        "gateway.failover.first-again", "gateway.failover.first-again", _back_again, first_again,
        _NEEDS | {EXACT_TIME}, examples=4, once=True,
        why="A provider that is written off after one failure leaves everybody with the dearer one, until a restart.",
    ),
)  # fmt: skip
