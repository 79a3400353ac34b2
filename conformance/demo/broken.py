"""A client of reAPI and 1min.ai that works on a good day. Each of its four bugs has been met in the wild.

safelight check client --factory safelight.conformance.demo.broken:make
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Final

from ..client import ClientError, Image
from ..reference import OneMinClient, ReapiClient, factory_of
from ..reference.json_values import rows_at


class EagerReapiClient(ReapiClient):
    """Polls every second from the start, and sends a submit again whose answer was lost."""

    first_wait = 1.0
    rhythm = ((180.0, 1.0), (inf, 1.0))

    def on_lost_submit(self, *args: Any, **options: Any) -> ClientError:
        """Takes a lost answer for a lost request, although the job may exist and be paid."""
        return self.error("the connection was lost", "server", passing=True)


class KeyedOneMinClient(OneMinClient):
    """Hands out storage keys as if they were URLs."""

    def images_of(self, body: Any) -> Sequence[Image]:
        """`resultObject` looks like the place where results are."""
        keys = rows_at(body, "aiRecord", "aiRecordDetail", "resultObject")
        return [Image(url=key) for key in keys if isinstance(key, str)]


make: Final = factory_of({"reapi": EagerReapiClient, "onemin": KeyedOneMinClient}, "a client with bugs")
