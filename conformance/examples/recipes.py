"""Which documented example stands for each provider, and where its answers hold what a client needs.

Places are dotted paths into JSON; `*` is every entry of a list. Sizes in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to follow one documented example.

    `poll` and `job` are the exchange that asks for a job's state and the place of the job's id; a provider
    without them keeps the first request open until the images are there.
    """

    provider: str
    example: str
    prompt: str
    status: str
    images: str
    count: int
    size: tuple[int, int]
    job: str | None = None
    poll: str | None = None


RECIPES = (
    Recipe(
        "reapi",
        example="submit-quick-example",
        prompt="prompt",
        job="id",
        poll="poll-completed",
        status="status",
        images="output.image_urls.*",
        count=1,
        size=(2752, 1536),
    ),
    Recipe(
        "threedai",
        example="generate-cityscape",
        prompt="prompt",
        job="task_id",
        poll="status-finished",
        status="status",
        images="results.*.asset_url",
        count=2,
        size=(2752, 1536),
    ),
    Recipe(
        "gmicloud",
        example="submit-two-references",
        prompt="payload.prompt",
        job="request_id",
        poll="status-success",
        status="status",
        images="outcome.media_urls.*.url",
        count=1,
        size=(1856, 2304),
    ),
    Recipe(
        "tokaify",
        example="poster",
        prompt="contents.*.parts.*.text",
        status="candidates.*.finishReason",
        images="candidates.*.content.parts.*.inlineData.data",
        count=1,
        size=(5504, 3072),
    ),
    Recipe(
        "onemin",
        example="generate-example",
        prompt="promptObject.prompt",
        status="aiRecord.status",
        images="aiRecord.temporaryUrl",
        count=1,
        size=(2048, 2048),
    ),
)


def pick(data: Any, place: str) -> list[Any]:
    """What stands at a dotted path, in order; nothing where the path leads nowhere."""
    found = [data]
    for name in place.split("."):
        if name == "*":
            found = [entry for value in found if isinstance(value, list) for entry in value]
        else:
            found = [value[name] for value in found if isinstance(value, dict) and name in value]
    return [value for value in found if value is not None]
