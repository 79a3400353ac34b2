"""The plan of a job, fixed at submit from its identity, what it asks for and what was ordered for it."""

from math import inf

from ..specs import Behaviour
from .jobs import SUCCEEDED, ImageOrder, Plan
from .progress import Progress
from .seeds import draw, draw_between

STUCK = "stuck"  # an ending that never comes

_PROMPT_CHECK_SECONDS = 1.0  # a refused prompt fails this long after it leaves the queue (ours)


def make_plan(
    behaviour: Behaviour,
    hex_id: str,
    order: ImageOrder,
    ending: str | None,
    progress: Progress,
    paid_images: int | None = None,
) -> Plan:
    """How a job will go.

    `ending` is None for success, a key of the provider's failures, or `stuck`. Durations are drawn within the
    documented range of the tier, seeded by the job's identity; the price is per image,
    of which `paid_images` count (None: all).
    """
    price = behaviour.prices[order.tier] * (order.count if paid_images is None else paid_images)
    ending = ending or SUCCEEDED
    if ending == STUCK or progress.kind == "polls":
        return Plan(0.0, inf, ending, price)
    if progress.kind == "immediate":
        return Plan(0.0, 0.0, ending, price)
    queued = draw_between(hex_id, "queued", behaviour.queued)
    return Plan(queued, max(queued, _duration(behaviour, hex_id, order, ending, queued)), ending, price)


def _duration(behaviour: Behaviour, hex_id: str, order: ImageOrder, ending: str, queued: float) -> float:
    failure = behaviour.failures.get(ending)
    if failure is not None and failure.after is not None:
        return failure.after
    if ending.startswith("moderated-prompt"):
        return queued + _PROMPT_CHECK_SECONDS
    span = draw_between(hex_id, "duration", behaviour.durations[order.tier])
    whole = span + behaviour.each_extra_image * (order.count - 1)
    if ending != SUCCEEDED:
        return round(whole * (0.3 + 0.7 * draw(hex_id, "failure")), 3)
    return whole
