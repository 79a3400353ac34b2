"""Telling people why virtual time stands still."""

import sys
import traceback

from .threads import Threads


def report_stall(seconds: float, threads: Threads) -> None:
    """Say on stderr who has been holding the clock for so many real seconds, and where it is."""
    frames = sys._current_frames()
    places = [f"  {name}:\n{_place(frames.get(ident))}" for ident, name in threads.names().items()]
    print(
        f"safelight: virtual time has stood still for {seconds:.0f} s, held by one of these threads:",
        *places,
        "A wait for something outside virtual time (a lock made before it began, a process, C code) has to end by "
        "itself; @pytest.mark.safelight(clock='x20') does without virtual time.",
        sep="\n",
        file=sys.__stderr__,
    )


def _place(frame: object) -> str:
    if frame is None:
        return "    unknown"
    return "".join(traceback.format_stack(frame, limit=3)).rstrip()  # type: ignore[arg-type]
