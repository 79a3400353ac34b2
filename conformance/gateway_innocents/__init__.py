"""Innocent gateways: right, each in its own way, so that no check may accuse them.

They are written independently of the reference gateway, on clients other than the reference clients. A check that
accuses one of them is wrong. Beside each lies the file that describes it to `safelight check gateway`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILES: Final[Mapping[str, Path]] = {
    name: Path(__file__).parent / name / "gateway.yaml" for name in ("node", "synchronous")
}
"""The file of each, by its name."""

ODDITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "node": (
        "is a process, and sleeps through $SAFELIGHT_CLOCK",
        "waits with its answer until there are images, and knows no jobs of its own",
        "hands images over as it has them, and cannot be asked for a form",
        "leaves it to the providers to refuse ratios, resolutions and formats",
        "never tries anything twice at one provider, and takes the next one only where nothing can have been paid",
        "says no more of an error than its kind, and why a job failed",
    ),
    "synchronous": (
        "is a WSGI application, with a thread for each request",
        "has no failover, no jobs, no list of models and a single caller",
        "takes its key in a header of its own, and its wishes under names of its own",
        "hands every image over as base64",
        "answers errors with `detail`, and tells a rate limit as 503 with a wait",
        "knows nothing of references",
    ),
}
"""What is odd about each."""
