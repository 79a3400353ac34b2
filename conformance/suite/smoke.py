"""Is the adapter any good? One plain call per provider, before the client behind it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..engine.engine import Engine
from ..engine.run import Run
from ..gateway.tail import last_words
from ..scenarios.model import Scenario
from ..subjects.errors import AdapterError

_HINTS: Final = {
    False: "does the adapter pass base_url on?",
    True: "does the gateway look for its providers at the simulator, and is that the model to ask for?",
}  # by whether it is a gateway


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
            raise AdapterError(f"{outcome.garbled.rstrip('.')}.{_last_words(run)}")
        if not run.exchanges and not run.blocking:
            raise AdapterError(
                f"no request reached {provider} at {run.base_url}: the call ended with {outcome.described()}; "
                f"{_HINTS[bool(run.heard)]}{_last_words(run)}"
            )
        served.append(provider)
    if not served:
        raise AdapterError("the adapter refuses a plain call for every provider, so there is nothing to judge.")
    return served


def _last_words(run: Run) -> str:
    """The end of what a gateway wrote."""
    words = last_words(run.logged) if run.heard else ""
    return f" Its output ends with `{words}`." if words else ""
