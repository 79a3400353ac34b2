"""Clocks as the control API shows and sets them, kept within the years that dates can spell."""

from ..clock import Clock, parse_rate, rate_name
from ..dates import iso_milliseconds
from .ask import Refused, sentence
from .records import ClockRecord

FASTEST = 1_000_000  # virtual seconds per second: 12 days
LATEST = 253_370_764_800.0  # 9999-01-01T00:00:00Z


def clock_record(clock: Clock) -> ClockRecord:
    """The clock as it stands."""
    now = clock.now()
    return ClockRecord(now, iso_milliseconds(now), rate_name(clock.rate))


def read_rate(text: str) -> float:
    """The rate that a text names. Raises Refused."""
    try:
        rate = parse_rate(text)
    except ValueError as error:
        raise Refused(400, sentence(error)) from None
    if rate > FASTEST:
        raise Refused(400, f"The clock can be at most x{FASTEST}, not {text!r}.")
    return rate


def advance(clock: Clock, seconds: float) -> None:
    """Move a clock forward. Raises Refused at the end of the calendar."""
    if clock.now() + seconds > LATEST:
        raise Refused(400, f"{seconds:g} s more would take the clock beyond the year 9998.")
    clock.advance(seconds)
