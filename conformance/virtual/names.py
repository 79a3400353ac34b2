"""Names by which others know what virtual time has made."""

from typing import Final

CLIENT_THREADS: Final = "safelight-client"
"""What the names of threads begin with in which blocking clients run."""
