"""Faults that change the tenant's world at the moment they strike, and for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..credentials import read_key
from ..problems import Problem
from .scene import Scene

Options = Mapping[str, Any]


def _revoke_key(scene: Scene, options: Options) -> None:
    call = scene.call
    key = read_key(scene.provider.schemes, call.headers, call.query).key if call else None
    if key is not None:
        scene.tenant.revoke_key(scene.provider.name, key)


def _exhaust_credits(scene: Scene, options: Options) -> None:
    tenant = scene.tenant
    tenant.wallets[scene.provider.name].set_balance(options["left"], tenant.clock.now())


def _expire_results(scene: Scene, options: Options) -> None:
    if scene.found is not None:
        scene.tenant.expire_job(scene.found.job)


_CHANGES: Mapping[str, Callable[[Scene, Options], None]] = {
    "key": _revoke_key,
    "credits": _exhaust_credits,
    "life": _expire_results,
}


def change_world(scene: Scene, *, before: bool) -> None:
    """Apply what strikes on this side of the commit. Raises Problem key-revoked for a key that opens no more."""
    for effect, change in _CHANGES.items():
        fault = scene.fault(effect)
        if fault is not None and fault.before == before:
            change(scene, fault.options)
            if effect == "key" and before:
                raise Problem("key-revoked")
