"""The reference gateway: OpenAI's images API and a jobs API over all five providers, in aiohttp.

    safelight.conformance.reference_gateway:make        an application for a mapping of environment variables
    python -m safelight.conformance.reference_gateway   the same as a process, on $PORT of this machine

`app_of` makes such a factory of another class, such as a subclass of `Gateway`. `settings` says which variables there
are, `openapi.yaml` what callers may rely on.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from .gateway import Gateway
from .settings import Settings, SettingsError

GATEWAY_FILE: Final = Path(__file__).with_name("gateway.yaml")

AppFactory = Callable[[Mapping[str, str]], web.Application]


def app_of(gateway: type[Gateway]) -> AppFactory:
    """A factory of applications; it raises SettingsError."""

    def make(environ: Mapping[str, str]) -> web.Application:
        return gateway(Settings.of(environ)).application()

    return make


make: Final = app_of(Gateway)

__all__ = ["GATEWAY_FILE", "AppFactory", "Gateway", "Settings", "SettingsError", "app_of", "make"]
