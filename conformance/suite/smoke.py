"""Is the adapter any good? One plain call per provider, before the client behind it is judged."""

from __future__ import annotations

from collections.abc import Iterable

from ..engine.engine import Engine
from ..scenarios.model import Scenario
from ..subjects.errors import AdapterError


def smoke_test(engine: Engine, providers: Iterable[str], *, declared: bool, seed: int = 0) -> list[str]:
    """The providers for which the client takes a plain call.

    `declared` says that the client named these providers itself, so that refusing one is an error. Raises
    AdapterError where a call does not end, ends without a single request having reached the provider, or gives back
    what is no result. A client that blocks its event loop cannot do better, which is for a check to tell.
    """
    served = []
    for provider in providers:
        run = engine.run(Scenario(provider, seed=seed))
        outcome = run.outcome
        if outcome.kind == "unsupported" and not run.exchanges:
            if declared:
                raise AdapterError(
                    f"the adapter declares {provider}, but refuses a plain call: {outcome.message or 'unsupported'}."
                )
            continue
        if outcome.garbled:
            raise AdapterError(f"{outcome.garbled}.")
        if not run.exchanges and not run.blocking:
            raise AdapterError(
                f"no request reached {provider} at {run.base_url}: the call ended with {outcome.described()}; "
                "does the adapter pass base_url on?"
            )
        served.append(provider)
    if not served:
        raise AdapterError("the adapter refuses a plain call for every provider, so there is nothing to judge.")
    return served
