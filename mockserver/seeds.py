"""Randomness without a generator: every draw is a keyed hash of what it is for.

A shared generator would make results depend on the order in which requests arrive; a hash does not.
"""

from hashlib import blake2b

_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))  # RFC 9562: the first two bits are 10


def identify(seed: int, *parts: bytes) -> str:
    """32 hex digits fixed by the seed and the parts; as a UUID they are one of version 4.

    Clients may check the ids that the documents show as UUIDs, down to the bits of version and variant.
    """
    digest = blake2b(digest_size=16, key=seed.to_bytes(8, "big", signed=True))
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    drawn = digest.hexdigest()
    return f"{drawn[:12]}4{drawn[13:16]}{_VARIANTS[drawn[16]]}{drawn[17:]}"


def draw(hex_id: str, purpose: str) -> float:
    """A number in [0, 1) fixed by an identifier and what it is drawn for."""
    value = blake2b(f"{hex_id}/{purpose}".encode(), digest_size=7).digest()
    return int.from_bytes(value, "big") / (1 << 56)


def draw_between(hex_id: str, purpose: str, bounds: tuple[float, float]) -> float:
    """A number within `bounds`, rounded to milliseconds so that timelines read well."""
    low, high = bounds
    return round(low + (high - low) * draw(hex_id, purpose), 3)


def as_uuid(hex_id: str) -> str:
    """The 8-4-4-4-12 spelling of 32 hex digits."""
    return f"{hex_id[:8]}-{hex_id[8:12]}-{hex_id[12:16]}-{hex_id[16:20]}-{hex_id[20:]}"
