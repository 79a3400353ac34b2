"""The course of a request that faults strike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil, inf

from ..problems import Problem
from ..replies import Deferred, Reply
from .changes import change_world
from .kinds import find_kind
from .records import Fault
from .rewriting import REWRITES, as_bytes
from .scene import Scene
from .skew import skewed
from .spoiling import spoil
from .stand_ins import STAND_INS

Take = Callable[[], Awaitable[Reply | Deferred]]


async def disturb(scene: Scene, take: Take) -> Reply:
    """What comes of a request that would be dealt with by `take`, were it not for the faults of the scene."""
    scene.record()
    try:
        change_world(scene, before=True)
        reply = await _answer(scene, take)
        change_world(scene, before=False)
    except Problem as problem:
        reply = scene.refuse(problem)
    fault = scene.fault("skew")
    if fault is not None and reply.status:
        reply = skewed(scene, fault.options["seconds"], reply)
    return _paced(scene, reply)


async def _answer(scene: Scene, take: Take) -> Reply:
    fault, pace = scene.fault("answer"), scene.fault("pace")
    stands_in = fault is not None and fault.kind in STAND_INS
    await _hold(scene, pace, before=True)
    if fault is not None and stands_in and fault.before:
        await scene.wait_since_arrival(fault.options.get("seconds", 0))
        return STAND_INS[fault.kind](scene, fault.options)
    if scene.call is not None:
        scene.call.dry = any(map(_wants_trial, (fault, pace)))
    reply = await _true_answer(scene, take, lost=fault if stands_in else None)
    await _hold(scene, pace, before=False)
    if fault is None:
        return reply
    return STAND_INS[fault.kind](scene, fault.options) if stands_in else await _rewrite(scene, fault, reply)


async def _true_answer(scene: Scene, take: Take, lost: Fault | None) -> Reply:
    """The answer as it would be; for one that is `lost` anyway, nothing is drawn, but the time passes."""
    try:
        result = await take()
        if isinstance(result, Deferred):
            if lost is not None and "seconds" in lost.options:
                result = Reply(0, b"")
            else:
                assert scene.end_of is not None
                state = await scene.end_of(result.job, scene.tenant)
                result = Reply(0, b"") if lost is not None else await result.render(state)
    except Problem as problem:
        result = scene.refuse(problem)
    if lost is not None:
        await scene.wait_since_arrival(lost.options.get("seconds", 0))
    return result


async def _rewrite(scene: Scene, fault: Fault, reply: Reply) -> Reply:
    if fault.kind in REWRITES:
        rewritten = REWRITES[fault.kind](scene, fault.options, reply)
    elif reply.status == 200 and scene.found is not None:
        spec = scene.media.spec_of(scene.tenant, scene.found)
        body = await spoil(fault.kind, fault.options, spec, reply.body, scene.media.renderer)
        rewritten = replace(reply, body=body)
    else:
        rewritten = None
    if rewritten is None:
        scene.note(f"there was nothing in the answer for the fault {fault.kind} to change")
        return reply
    return rewritten


async def _hold(scene: Scene, pace: Fault | None, *, before: bool) -> None:
    if pace is None or pace.before != before or pace.kind == "drip" or pace.options.get("at") == "body":
        return
    clock = scene.tenant.clock
    await scene.wait(clock.now() + pace.options.get("seconds", inf))
    if before and scene.call is not None:
        scene.call.now = clock.now()  # only now is it dealt with


def _paced(scene: Scene, reply: Reply) -> Reply:
    pace = scene.fault("pace")
    if pace is None or not reply.status:
        return reply
    if pace.kind == "drip":
        pieces = pace.options.get("pieces") or ceil(len(as_bytes(reply)) / pace.options["bytes"])
        return scene.travel(reply, pieces=pieces, pause=pace.options["seconds"])
    if pace.options.get("at") == "body":
        return scene.travel(reply, stall=pace.options.get("seconds", inf))
    return reply


def _wants_trial(fault: Fault | None) -> bool:
    """Whether the answer that it changes must be one of a request that never takes effect."""
    if fault is None or not fault.before:
        return False
    return find_kind(fault.kind).changes or fault.kind == "drip" or fault.options.get("at") == "body"
