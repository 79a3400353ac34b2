"""Which requests a fault hits."""

import pytest
from rig import ASYNCHRONOUS, NAMES, Client, Rig

from safelight.mockserver.faults import arm
from safelight.mockserver.faults.table import MOST_CHANCES
from safelight.mockserver.progress import parse_progress
from safelight.mockserver.tenants import TenantSettings


@pytest.fixture
def reapi(rig: Rig) -> Client:
    return rig.client("reapi")


def statuses(client: Client, count: int, prompt: str = "a lamp") -> list[int]:
    return [client.submit(prompt).status for _ in range(count)]


def test_some_pass_then_some_are_hit(reapi: Client) -> None:
    armed = reapi.arm("internal", skip=2, times=2)
    assert statuses(reapi, 6) == [200, 200, 500, 500, 200, 200]
    assert armed.hits == 2


def test_all_are_hit_until_it_is_disarmed(reapi: Client) -> None:
    armed = reapi.arm("internal", times=None)
    assert statuses(reapi, 3) == [500] * 3
    reapi.tenant.faults.disarm(armed.id)
    assert statuses(reapi, 1) == [200]
    assert reapi.tenant.faults.rules == {}
    with pytest.raises(KeyError):
        reapi.tenant.faults.disarm(armed.id)


def test_disarming_one_leaves_the_others(reapi: Client) -> None:
    first, _, door = reapi.arm("internal"), reapi.arm("unavailable"), reapi.arm("refused-connection")
    reapi.tenant.faults.disarm(first.id)
    assert statuses(reapi, 2) == [503, 200]
    assert reapi.tenant.faults.closed
    reapi.tenant.faults.disarm(door.id)
    assert not reapi.tenant.faults.closed


def test_faults_follow_one_another(reapi: Client) -> None:
    reapi.arm("edge-page", times=2)
    reapi.arm("rate-limited", skip=1)
    assert statuses(reapi, 5) == [502, 502, 200, 429, 200]


def test_the_first_of_each_effect_wins_and_different_effects_combine(reapi: Client) -> None:
    reapi.arm("delay", seconds=30)
    reapi.arm("edge-page", status=504, when="after")
    reapi.arm("reset", when="after")
    reapi.arm("clock-skew", seconds=60, operation="submit")
    reapi.arm("failed")
    answer = reapi.submit()
    assert (answer.status, answer.took, answer.ended) == (504, 30, "open")
    assert reapi.jobs[0].plan.ending == "failed"
    assert [armed.hits for armed in reapi.tenant.faults.armed] == [1, 1, 0, 1, 1]
    assert reapi.submit().ended == "reset"


@pytest.mark.parametrize("provider", NAMES)
def test_roles_ids_and_wildcards(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    submit = next(row.id for row in client.tenant.specs[provider].operations if row.role == "submit")
    for operation in ("submit", submit, "*"):
        client.arm("unavailable", operation=operation)
    assert statuses(client, 4) == [503, 503, 503, 200]
    client.arm("unavailable", operation="result")
    assert client.result().status == 503


@pytest.mark.parametrize("provider", ASYNCHRONOUS)
def test_one_job_among_others(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.submit()
    client.submit()
    first, second = client.jobs
    public_id = rig.world.providers[provider].public_id(second.hex)
    for name in (second.hex, public_id):
        client.arm("unavailable", operation="poll", job=name)
        assert [client.poll(job).status for job in (first, second, second)] == [200, 503, 200]
    client.finish()
    client.advance(300)
    client.arm("forbidden", job=public_id, times=None)
    urls = [client.urls(client.poll(job))[0] for job in (first, second)]
    assert [client.fetch(url).status for url in urls] == [200, 403]


def test_other_tenants_and_providers_are_not_concerned(rig: Rig, reapi: Client) -> None:
    reapi.arm("unavailable", times=None)
    assert rig.client("reapi").submit().status == 200
    assert rig.client("threedai", reapi.tenant).submit().status == 200


def test_several_providers_share_a_fault(rig: Rig, reapi: Client) -> None:
    armed = rig.world.arm(reapi.tenant, {"kind": "unavailable", "provider": ["reapi", "onemin"], "times": 2})
    clients = [rig.client(name, reapi.tenant) for name in ("onemin", "threedai", "reapi", "reapi")]
    assert [client.submit().status for client in clients] == [503, 200, 503, 200]
    assert armed.hits == 2


def test_all_providers_that_it_makes_sense_for(rig: Rig) -> None:
    tenant = rig.world.create_tenant()
    rig.world.arm(tenant, {"kind": "unavailable", "operation": "poll"})
    assert {provider for provider, _ in tenant.faults.rules} == set(ASYNCHRONOUS)


def test_a_share_of_the_requests(reapi: Client) -> None:
    armed = reapi.arm("unavailable", probability=0.3, times=None)
    hits = statuses(reapi, 200).count(503)
    assert hits == armed.hits
    assert 35 < hits < 85


@pytest.mark.parametrize(("probability", "status"), [(0, 200), (1, 503)])
def test_never_and_always(reapi: Client, probability: float, status: int) -> None:
    reapi.arm("unavailable", probability=probability, times=None)
    assert set(statuses(reapi, 20)) == {status}


def seeded(rig: Rig, seed: int) -> Client:
    tenant = rig.world.create_tenant(settings=TenantSettings(seed=seed))
    client = rig.client("reapi", tenant)
    client.arm("unavailable", probability=0.5, times=None)
    return client


def test_the_share_depends_on_seed_and_request_and_on_nothing_else(rig: Rig) -> None:
    prompts = [f"lamp {number}" for number in range(30)]
    runs = {}
    for name, seed, order in (("one", 1, prompts), ("again", 1, prompts[::-1]), ("two", 2, prompts)):
        client = seeded(rig, seed)
        runs[name] = {prompt: statuses(client, 2, prompt) for prompt in order}
    assert runs["one"] == runs["again"]
    assert runs["one"] != runs["two"]


def test_what_is_remembered_of_requests_is_bounded(reapi: Client) -> None:
    armed = reapi.arm("unavailable", probability=0.5, times=None)
    for number in range(MOST_CHANCES + 10):
        armed.meets(0, str(number).encode())
    assert len(armed._repeats) <= MOST_CHANCES


def test_a_request_that_is_refused_is_hit_as_well(reapi: Client) -> None:
    reapi.arm("unavailable")
    assert reapi.request("POST", "/api/v1/images/generations", b"{}").status == 503


def test_a_request_without_a_key_is_not_hit(rig: Rig, reapi: Client) -> None:
    armed = reapi.arm("unavailable")
    assert rig.client("reapi", reapi.tenant, "rk_live_wrong").submit().status == 401
    assert armed.hits == 0
    assert reapi.submit().status == 503


def test_an_invalid_submit_does_not_use_up_a_fault_of_jobs(reapi: Client) -> None:
    reapi.arm("failed")
    assert reapi.request("POST", "/api/v1/images/generations", b"{}").status == 400
    reapi.submit()
    assert reapi.jobs[0].plan.ending == "failed"


def test_a_submit_that_is_lost_before_the_commit_does_not_use_up_a_fault_of_jobs(reapi: Client) -> None:
    reapi.arm("failed")
    reapi.arm("truncated", operation="submit", when="before")
    assert not reapi.submit().complete
    reapi.submit()
    assert reapi.jobs[0].plan.ending == "failed"


def test_a_cyclic_fault_begins_anew(rig: Rig, reapi: Client) -> None:
    arm(rig.world.providers, reapi.tenant, {"kind": "unavailable", "provider": "reapi", "times": 2}, cyclic=True)
    assert statuses(reapi, 7) == [503, 503, 200, 503, 503, 200, 503]


def test_a_cyclic_fault_that_lets_some_pass_begins_anew(rig: Rig, reapi: Client) -> None:
    order = {"kind": "unavailable", "provider": "reapi", "skip": 1}
    arm(rig.world.providers, reapi.tenant, order, cyclic=True)
    assert statuses(reapi, 5) == [200, 503, 200, 503, 200]


def test_a_reset_of_the_tenant_disarms_everything(reapi: Client) -> None:
    reapi.arm("unavailable", times=None)
    reapi.arm("refused-connection")
    reapi.tenant.reset()
    assert reapi.submit().status == 200
    assert not reapi.tenant.faults.closed


def test_trials_leave_no_trace(rig: Rig) -> None:
    client = rig.client("gmicloud")
    client.tenant.choose("gmicloud.moderated-submit", "refused")
    client.tenant.moderations["gmicloud"].append("moderated-prompt")
    client.arm("truncated", operation="submit", when="before")
    assert not client.submit().complete
    assert client.charges == []
    assert list(client.tenant.moderations["gmicloud"]) == ["moderated-prompt"]
    assert client.submit().status == 400
    assert client.tenant.wallets["gmicloud"].balance(client.now) == client.tenant.settings.credits


def test_a_cancel_that_never_takes_effect(rig: Rig) -> None:
    client = rig.client("gmicloud")
    client.submit()
    path = f"/api/v1/ie/requestqueue/apikey/requests/{rig.world.providers['gmicloud'].public_id(client.jobs[0].hex)}"
    client.arm("unknown-fields", operation="cancel", when="before")
    assert client.request("DELETE", path).json["status"] == "cancelled"
    assert client.poll().json["status"] == "queued"


def test_a_poll_that_never_takes_effect_does_not_count(rig: Rig, reapi: Client) -> None:
    reapi.tenant.progress = parse_progress("polls:2")
    reapi.submit()
    reapi.arm("unknown-fields", operation="poll", when="before")
    assert [reapi.poll().json["status"] for _ in range(3)] == ["processing", "processing", "completed"]
