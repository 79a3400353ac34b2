"""What faults do to a job when it is created: how it ends, how long it takes, how many images there are."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from ..jobs import CANCELLED, ImageOrder, Plan
from ..planning import STUCK
from .table import Strike

_ENDINGS = {"cancelled": CANCELLED, "stuck": STUCK}


def ordered_ending(strike: Strike) -> str | None:
    """The ending that a fault gives the job, None for its own."""
    if "outcome" not in strike or strike["outcome"].fault.kind == "partial":
        return None
    fault = strike["outcome"].fault
    ending: str = fault.options.get("reason") or _ENDINGS.get(fault.kind, fault.kind)
    return ending


def stretch(strike: Strike, plan: Plan) -> Plan:
    """The plan of a job that may take longer."""
    if "duration" not in strike or plan.duration == inf:
        return plan
    options = strike["duration"].fault.options
    seconds = options.get("seconds", plan.duration * options["factor"])
    return plan._replace(duration=max(plan.queued, seconds))


def shorten(strike: Strike, order: ImageOrder) -> ImageOrder:
    """What is delivered of an order, which may be fewer images."""
    if "outcome" not in strike or strike["outcome"].fault.kind != "partial":
        return order
    images = strike["outcome"].fault.options.get("images", order.count - 1)
    return replace(order, count=min(images, order.count))
