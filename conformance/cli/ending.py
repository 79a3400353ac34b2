"""The end of the process, also where a client has left a thread that nothing ends."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Final

_MOMENT: Final = 2.0  # real seconds for threads to end that are about to


def end_stuck_threads(code: Any) -> None:
    """End the process now if a thread of a client is left; others get a moment to end by themselves."""
    if threading.active_count() == 1:
        return
    from ..virtual.names import CLIENT_THREADS

    ends = time.monotonic() + _MOMENT
    for thread in threading.enumerate():
        if thread.name.startswith(CLIENT_THREADS):
            thread.join(max(0.0, ends - time.monotonic()))
            if thread.is_alive():
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code if isinstance(code, int) else 0 if code is None else 1)
