"""Judging one server, on whichever clock the event loop has."""

from __future__ import annotations

from collections.abc import Callable

from ...specs import load
from .caller import Caller
from .catalogue import sheet_of
from .common import wrong_key
from .evidence import Evidence
from .prober import Limits, Prober


async def look_at(
    provider: str, base_url: str, api_key: str, limits: Limits, tell: Callable[[str], object] = lambda now: None
) -> Evidence:
    """Ask a server that claims to be a provider; `tell` hears what is being done.

    Raises CannotJudge where it cannot be judged.
    """
    spec = load(provider)
    async with Caller(base_url, api_key, wrong_key(spec), limits.request) as caller:
        return await Prober(spec, sheet_of(provider), caller, limits, tell).run()
