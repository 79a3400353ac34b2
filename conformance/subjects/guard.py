"""A process that kills what a subject has started when the harness is gone, however it went."""

from __future__ import annotations

import subprocess
import sys
from uuid import uuid4

from . import marked


class Guard:
    """From `start` to `stop`; `mark` has to be in the environment of whatever is to be looked after."""

    def __init__(self) -> None:
        self.mark = uuid4().hex
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What carries the mark."""
        return {marked.NAME: self.mark}

    def start(self) -> None:
        """Watch from now on; in a session of its own, so that Ctrl-C does not reach it."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", marked.__file__, self.mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def living(self) -> list[int]:
        """The ids of all that carry the mark; none where there is no /proc."""
        return list(marked.marked(self.mark))

    def kill(self) -> None:
        """Kill all that carry the mark, now."""
        marked.kill_marked(self.mark)

    def stop(self) -> None:
        """Kill them, and watch no more."""
        self.kill()
        if self._process is not None:
            self._process.communicate()
            self._process = None
