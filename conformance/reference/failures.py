"""Failures on their way to the caller."""

from typing import Final, NamedTuple

from ..client import ClientError


class Passing(ClientError):
    """A failure that may be over the next time, and that cost nothing."""


class Complaint(NamedTuple):
    """What a provider says of a failure."""

    code: str | int | None = None
    message: str = ""
    request_id: str | None = None


NOTHING_SAID: Final = Complaint()
