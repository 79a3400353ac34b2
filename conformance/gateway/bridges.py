"""Applications of other interfaces, served by aiohttp, so that they live on the harness's loop."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..subjects.errors import AdapterError


def application_of(made: Any) -> web.Application:
    """The application that a factory made. Raises AdapterError for what is none."""
    if isinstance(made, web.Application):
        return made
    raise AdapterError(f"the factory made a {type(made).__name__}; expected is an aiohttp web.Application.")
