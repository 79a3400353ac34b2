"""The clock that a client in a process of its own lives on: the harness's, its own at a rate, or the real one."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from .errors import BadSubject

VIRTUAL: Final = "virtual"

_FASTEST: Final = 100.0  # virtual seconds per real second; beyond that a round trip is no longer short
_FAKETIME = re.compile(r"faketime:(\d+(?:\.\d+)?)")
_FOLDERS: Final = (
    "/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime",
    "/usr/local/lib/*/faketime", "/opt/homebrew/lib/faketime", "/nix/var/nix/profiles/default/lib",
)  # fmt: skip
_NAMES: Final = ("libfaketimeMT.so.1", "libfaketime.so.1", "libfaketime.1.dylib")
_SHARED: Final = Path("/dev/shm")
LIBRARY: Final = "SAFELIGHT_LIBFAKETIME"  # an environment variable with the file, where it is in an unusual place


@dataclass(frozen=True, slots=True)
class ClientClock:
    """`kind` is `virtual` where the client sleeps with the harness's help, else `real`.

    `rate` is how many of the client's seconds pass in a real one, `library` libfaketime's file where that speeds up
    the client's own clocks.
    """

    name: str
    kind: Literal["virtual", "real"]
    rate: float = 1.0
    library: str | None = None
    _mark: float = field(default_factory=time.monotonic)
    _epoch: float = field(default_factory=time.time)

    @property
    def is_virtual(self) -> bool:
        """Whether it is the harness's."""
        return self.kind == VIRTUAL

    def wall(self) -> float:
        """The client's unix time in seconds, where it is not the harness's."""
        return self._epoch + (time.monotonic() - self._mark) * self.rate

    def environment(self) -> Mapping[str, str]:
        """What a process that is started now needs to live on this clock."""
        if self.library is None:
            return {}
        preload = "DYLD_INSERT_LIBRARIES" if sys.platform == "darwin" else "LD_PRELOAD"
        return {
            preload: " ".join(filter(None, (self.library, os.environ.get(preload)))),
            "FAKETIME": f"@{self.wall():.0f} x{self.rate:g}",
            "FAKETIME_FMT": "%s",
            "FAKETIME_DONT_RESET": "1",  # for what the process starts itself
        }

    def tidy(self, pid: int) -> None:
        """Remove what libfaketime leaves behind of a process that has ended."""
        if self.library is not None:
            for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
                (_SHARED / name).unlink(missing_ok=True)


def parse_clock(text: str) -> ClientClock:
    """The clock that `virtual`, `real` or `faketime:N` names. Raises BadSubject."""
    if text == VIRTUAL:
        return ClientClock(text, "virtual")
    if text == "real":
        return ClientClock(text, "real")
    match = _FAKETIME.fullmatch(text)
    if match is None:
        raise BadSubject(f"{text!r} is no clock; there are virtual, real and faketime:N, such as faketime:20.")
    rate = float(match[1])
    if not 1 < rate <= _FASTEST:
        raise BadSubject(f"faketime:{rate:g} is no clock; the rate is above 1 and at most {_FASTEST:g}.")
    return ClientClock(text, "real", rate, find_library())


def find_library() -> str:
    """The file of libfaketime. Raises BadSubject where it is not installed."""
    named = os.environ.get(LIBRARY)
    if named:
        if not Path(named).is_file():
            raise BadSubject(f"{LIBRARY} names {named}, which is no file; it has to be the file of libfaketime.")
        return named
    for folder in _FOLDERS:
        for place in Path("/").glob(folder[1:]):
            for name in _NAMES:
                if (place / name).is_file():
                    return str(place / name)
    raise BadSubject(
        "a clock faketime:N needs libfaketime, which is not installed; install the package `faketime` "
        f"(Debian, Ubuntu), `libfaketime` elsewhere, or name its file in {LIBRARY}."
    )
