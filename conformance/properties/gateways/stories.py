"""Scenarios with gateways, and what judges read of them, whichever provider was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...gateway.capabilities import ASYNC, SYNC
from ...scenarios.model import Call, Manner, Scenario, Wish

if TYPE_CHECKING:
    from ...checks.seen import Seen
    from ...engine.run import JobView, Run
    from ...scenarios.space import Space

Fault = Mapping[str, Any]

PLAIN: Final = Wish()
EVERYBODY: Final = "*"  # providers, in the document of a fault
CHOICE: Final = ""  # the model that leaves the choice of a provider to the gateway
PAUSE: Final = "resume"  # what a call does that only lets time pass, where it follows one that left no id


def flows(space: Space) -> list[Any]:
    """The ways in which the gateway can be asked for images, that which waits for them first."""
    return [kind for kind, need in (("sync", SYNC), ("async", ASYNC)) if need in space.can]


def in_turn(space: Space, cases: Iterable[Any]) -> Any:
    """Each of these cases, with one flow after the other."""
    kinds = flows(space)
    return space.st.sampled_from([(kinds[(space.seed + n) % len(kinds)], case) for n, case in enumerate(cases)])


def story(space: Space, *calls: Call, **parts: Any) -> Scenario:
    """A scenario with the space's provider."""
    return Scenario(space.provider, calls or (Call(),), seed=space.seed, **parts)


def asked(flow: Any = "", wish: Wish = PLAIN, **parts: Any) -> Call:
    """A call that waits for its images."""
    return Call(wish, manner=Manner(flow=flow, **parts))


def told(space: Space, faults: Iterable[Fault], **parts: Any) -> Any:
    """A plain call with each of the faults at every provider as long as it lasts, with the first in every flow."""
    parts.setdefault("seconds", 2.0)
    first, *others = flows(space)
    lasting = [(at_everybody(fault),) for fault in faults]
    return space.st.sampled_from(
        [
            *(story(space, asked(first), faults=each, **parts) for each in lasting),
            *(story(space, asked(flow), faults=lasting[0], **parts) for flow in others),
        ]
    )


def at_everybody(fault: Fault) -> Fault:
    """A fault at every provider, for as long as the scenario lasts where it does not say for how many requests."""
    lasting = {} if fault["kind"] == "refused-connection" else {"times": None}
    return {"provider": EVERYBODY, **lasting, **fault}


def once(fault: Fault) -> Fault:
    """A fault at whichever provider is asked first, for one request where it does not say for how many."""
    return {"provider": EVERYBODY, "times": 1, **fault}


def struck(run: Run) -> bool:
    """Whether a fault hit any exchange with any provider."""
    return any(seen.exchange.fault is not None for seen in run.upstream)


def submits(run: Run, provider: str | None = None) -> list[Seen]:
    """The submits to one provider or to all, in the order in which they began."""
    return [seen for seen in run.upstream if seen.role == "submit" and provider in (None, seen.exchange.provider)]


def asked_in_order(run: Run) -> list[str]:
    """The providers that were sent a submit, by their first one."""
    return list(dict.fromkeys(seen.exchange.provider for seen in submits(run)))


def images_of(jobs: Iterable[JobView]) -> int:
    """How many images jobs order."""
    return sum(job.count for job in jobs)


def wished(run: Run) -> int:
    """How many images all calls asked for."""
    return sum(call.wish.count or 1 for call in run.scenario.calls if call.op in ("generate", "submit"))


def places(jobs: Iterable[JobView]) -> str:
    """Where and when jobs were submitted, for a sentence."""
    return ", ".join(f"{job.provider} at {job.submitted:.4g} s" for job in jobs)
