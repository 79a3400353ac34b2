"""Applications of other interfaces, served by aiohttp, so that they live on the harness's loop."""

from __future__ import annotations

import inspect
from typing import Any, Final

from aiohttp import web

from ..subjects.errors import AdapterError

LARGEST: Final = 256 * 2**20  # bytes of a request's body; what is too large is for the gateway to say

HANGS_UP: Final = web.AppKey("hangs-up", bool)  # in an application that is to be told when its caller hangs up

_OF_ASGI: Final = 3  # scope, receive, send
_OF_WSGI: Final = 2  # environ, start_response


def application_of(made: Any) -> web.Application:
    """The application that a factory made: an aiohttp one as it is, others within one. Raises AdapterError."""
    if isinstance(made, web.Application):
        return made
    arguments = _arguments(made)
    if arguments == _OF_ASGI:
        from .asgi import AsgiBridge

        return AsgiBridge(made).application
    if arguments == _OF_WSGI:
        from .wsgi import WsgiBridge

        return WsgiBridge(made).application
    raise AdapterError(
        f"the factory made a {type(made).__name__}; expected is an aiohttp web.Application, or an ASGI or WSGI one."
    )


def _arguments(made: Any) -> int:
    """With how many arguments something can be called; 0 if it cannot."""
    if not callable(made) or inspect.isclass(made):
        return 0
    try:
        parameters = inspect.signature(made).parameters.values()
    except (TypeError, ValueError):
        return 0
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in plain and each.default is each.empty for each in parameters)
