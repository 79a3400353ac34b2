"""Until when a signed URL holds."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

SIGNATURES: Final = ("X-Amz", "X-Goog")  # of Amazon's store and of Google's


def signed_until(url: str) -> float | None:
    """Unix seconds at which the signature in a URL lapses; None where there is none that can be read."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return None
    for prefix in SIGNATURES:
        try:
            signed = datetime.strptime(query[f"{prefix}-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return signed.timestamp() + int(query[f"{prefix}-Expires"][0])
        except (KeyError, ValueError):
            continue
    return None
