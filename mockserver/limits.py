"""Rate limits."""

from collections import deque


class RateWindow:
    """The submits of the last minute, for providers and tenants with a limit."""

    def __init__(self) -> None:
        self._instants: deque[float] = deque()

    def wait(self, now: float, limit: int) -> float:
        """Seconds until one more request is allowed; 0 admits it and counts it."""
        instants = self._instants
        while instants and instants[0] <= now - 60:
            instants.popleft()
        if len(instants) >= limit:
            return instants[0] + 60 - now
        instants.append(now)
        return 0.0
