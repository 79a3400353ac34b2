"""Scenarios of one gateway are kept apart: what it still does for one is no part of another."""

from pathlib import Path

import pytest
from gateway_stand import document, play, started, upstream

from safelight.conformance.engine.engine import Engine
from safelight.conformance.scenarios.model import Call, Manner
from safelight.mockserver.clock import Clock
from safelight.mockserver.providers.base import load_providers
from safelight.mockserver.tenants import TenantSettings
from safelight.mockserver.world import World, WorldSettings

SUBMIT = Call(op="submit", manner=Manner(flow="async"))


def test_in_virtual_time_background_work_is_waited_for(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        first, second = play(engine, SUBMIT, seconds=600.0), play(engine, seconds=31.0)
        assert upstream(first)[-1] == (602, "GET")
        assert upstream(second) == [(0, "POST"), (30, "GET"), (34, "GET"), (34, "GET")]


def test_work_without_an_end_does_not_stop_us(tmp_path: Path) -> None:
    with Engine(started(tmp_path)) as engine:
        first, second = play(engine, SUBMIT, ending="stuck"), play(engine, seconds=31.0)
        assert 1_800 < first.ended < 1_900
        assert upstream(second) == [(0, "POST"), (30, "GET"), (34, "GET"), (34, "GET")]


def test_in_real_time_what_is_asked_about_old_jobs_is_not_counted(tmp_path: Path) -> None:
    env = {**document()["env"], "FIRST": "0.4", "EVERY": "0.4"}
    with Engine(started(tmp_path, clock="real", env=env)) as engine:
        play(engine, SUBMIT, ending="stuck")
        second = play(engine, Call(wait=1.0))
        assert second.outcome.kind == "result"
        [former, *_] = engine._simulator.world.tenants["t1"]._former
        assert len(former.journal) > 0  # this is where they went
        assert {seen.exchange.job for seen in second.upstream if seen.exchange.job} == {
            job.id.removeprefix("task_") for job in second.jobs
        }


def test_faults_do_not_reach_old_jobs_nor_old_faults_new_ones(tmp_path: Path) -> None:
    revoked = ({"kind": "key-revoked", "operation": "result"},)
    broken = ({"kind": "status", "status": 500, "operation": "result", "times": 1},)
    with Engine(started(tmp_path)) as engine:
        assert play(engine, faults=revoked).outcome.kind == "error"
        assert play(engine).outcome.kind == "result"
        play(engine, SUBMIT, ending="stuck")
        hit = play(engine, faults=broken, seconds=31.0)
        assert [seen.status for seen in hit.upstream] == [200, 500]


@pytest.fixture
def world() -> World:
    return World(load_providers(("reapi",)), WorldSettings(rate=0.0))


def test_a_renewed_tenant_has_the_keys_and_nothing_else(world: World) -> None:
    old = world.create_tenant("mine")
    key = world.ready_key(old, "reapi")
    old.revoke_key("reapi", key)
    new = world.renew(old, TenantSettings(credits=5.0), Clock(0.0))
    assert world.tenants["mine"] is new
    assert world.attribute(None, "reapi", key) is world.attribute("mine", "reapi", key) is new
    world.authenticate(new, "reapi", key, malformed=False)
    assert world.ready_key(new, "reapi") == key
    assert new.wallets["reapi"].balance(0.0) == 5.0
    assert len(new.journal) == 0


def test_the_default_tenant_can_be_renewed(world: World) -> None:
    new = world.renew(world.default, TenantSettings(choices={"reapi.processing-output": "absent"}), Clock(0.0))
    assert world.default is new
    assert world.api_bases == {}
    assert world.unattributed.choices["reapi"]["processing-output"] == "absent"
