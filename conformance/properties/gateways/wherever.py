"""Scenarios in which the gateway chooses the provider, each of which is now and then the only one that can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....specs import provider_names
from ...gateway.capabilities import CHOOSES, FAILOVER
from ...scenarios.model import Wish
from .stories import CHOICE, asked, flows, story

if TYPE_CHECKING:
    from ...scenarios.space import Space


def wherever(space: Space, wishes: Any = None, **manner: Any) -> Any:
    """Calls with these wishes that may go to any provider, or to the space's where the gateway chooses none.

    Where it fails over, all providers but one are without credits, so that the request ends up with that one.
    """
    model = CHOICE if CHOOSES in space.can else None
    reachable = [None, *provider_names()] if FAILOVER in space.can else [None]

    def told(flow: str, wish: Wish, only: str | None) -> Any:
        faults = () if only is None else (_broke([name for name in provider_names() if name != only]),)
        return story(space, asked(flow, wish, model=model, **manner), faults=faults, seconds=2.0)

    st = space.st
    return st.builds(
        told, st.sampled_from(flows(space)), st.just(Wish()) if wishes is None else wishes, st.sampled_from(reachable)
    )


def _broke(providers: list[str]) -> dict[str, Any]:
    return {
        "kind": "problem", "problem": "credits-exhausted", "operation": "submit", "times": None,
        "provider": providers,
    }  # fmt: skip
