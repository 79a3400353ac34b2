"""The two objects that somebody who has a client to test writes, or already has."""

from collections.abc import Awaitable
from typing import Protocol

from .requests import GenerateRequest
from .results import Result


class Client(Protocol):
    """A client of one provider."""

    def generate(self, request: GenerateRequest) -> Result | Awaitable[Result]:
        """Images for a request, or an exception with a category."""


class Factory(Protocol):
    """Makes clients; optionally with the attributes `capabilities` and `errors`."""

    def __call__(self, *, provider: str, base_url: str, api_key: str, deadline: float | None = None) -> Client:
        """A client of a provider at a base URL, below which are the documented paths.

        `deadline` are the seconds that one call may take; with None the client's own default is under test.
        """
