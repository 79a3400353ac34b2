"""Times as the providers spell them. All take unix seconds."""

from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache


def http_date(now: float) -> str:
    """`Thu, 01 Jan 2026 00:00:00 GMT`, as in the Date header."""
    return _http_date(int(now))


def iso_seconds(now: float) -> str:
    """`2026-01-01T00:00:00Z`."""
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_milliseconds(now: float) -> str:
    """`2026-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_microseconds(now: float) -> str:
    """`2026-01-01T00:00:00.000000Z`."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
