"""Faults and scenarios through the control API and its client."""

import pytest
from rig import NAMES, Client, Rig

from safelight.fixtures.catalogue import scenario_names
from safelight.mockserver.control.client import Control
from safelight.mockserver.control.tenant_control import TenantControl
from safelight.mockserver.control.transports import ControlRefused
from safelight.mockserver.faults import kinds


@pytest.fixture
def control(rig: Rig) -> Control:
    return Control.within(rig.simulator.control, rig.runner.get_loop())


@pytest.fixture
def tenant(control: Control) -> TenantControl:
    return control.create_tenant(clock="manual")


def client_of(rig: Rig, tenant: TenantControl, provider: str = "reapi") -> Client:
    return rig.client(provider, rig.world.tenants[tenant.tag])


def test_what_can_go_wrong_is_listed(control: Control) -> None:
    assert [record.kind for record in control.fault_kinds()] == list(kinds())
    reset = next(record for record in control.fault_kinds() if record.kind == "reset")
    assert reset.when == ("before", "after")
    assert set(reset.options) == {"seconds"}
    scenarios = {record.name: record for record in control.scenarios()}
    assert tuple(scenarios) == scenario_names()
    assert scenarios["hung-poll"].not_for.keys() == {"tokaify", "onemin"}


def test_a_fault_is_armed_listed_and_taken_back(rig: Rig, tenant: TenantControl) -> None:
    order = {"operation": "submit", "when": "after", "skip": 1, "times": None}
    armed = tenant.arm("reapi", "edge-page", status=504, **order)
    assert (armed.kind, armed.providers, armed.operation, armed.when) == ("edge-page", ("reapi",), "submit", "after")
    assert (armed.skip, armed.times, armed.options, armed.origin) == (1, None, {"status": 504}, "")
    client = client_of(rig, tenant)
    assert [client.submit().status for _ in range(3)] == [200, 504, 504]
    (listed,) = tenant.faults()
    assert (listed.id, listed.hits) == (armed.id, 2)
    tenant.disarm(armed.id)
    assert tenant.faults() == []
    assert client.submit().status == 200
    with pytest.raises(ControlRefused, match=f"has no fault {armed.id} armed"):
        tenant.disarm(armed.id)


def test_short_names_work_here_too(rig: Rig, tenant: TenantControl) -> None:
    assert tenant.arm("reapi", "unavailable").options["problem"] == "unavailable"
    assert tenant.arm("reapi", "upstream-submit").options == {"reason": "upstream-submit"}
    assert tenant.fail_next("reapi", operation="poll").operation == "poll"


def test_all_providers_at_once(tenant: TenantControl) -> None:
    armed = tenant.arm("*", "reset", operation="*", probability=0.5, times=None)
    assert (armed.providers, armed.probability) == ((), 0.5)


def test_one_job(rig: Rig, tenant: TenantControl) -> None:
    client = client_of(rig, tenant)
    public_id = client.submit().json["id"]
    armed = tenant.arm("reapi", "unavailable", operation="poll", job=public_id)
    assert armed.job == client.jobs[0].hex
    assert [client.poll().status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("rset", {}, "There is no kind of fault 'rset' (did you mean 'reset'?)"),
        ("reset", {"sekonds": 1}, "'sekonds' is not a known key (did you mean 'seconds'?)"),
        ("reset", {"operation": "pol"}, "There is no operation 'pol' at reapi (did you mean 'poll'?)"),
        ("progress-back", {}, "The fault progress-back makes no sense for reapi: its answers show no progress"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tenant: TenantControl, kind: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(ControlRefused) as caught:
        tenant.arm("reapi", kind, **options)  # type: ignore[arg-type]
    assert caught.value.status == 400
    assert said in str(caught.value)


def test_a_scenario_for_all_or_for_one(rig: Rig, tenant: TenantControl) -> None:
    everywhere = tenant.apply_scenario("job-fails")
    assert [record.providers for record in everywhere] == [(name,) for name in NAMES]
    assert {record.origin for record in everywhere} == {"job-fails"}
    tenant.clear_faults()
    assert tenant.faults() == []
    (record,) = tenant.apply_scenario("job-fails", provider="reapi")
    assert record.providers == ("reapi",)
    client = client_of(rig, tenant)
    client.submit()
    assert client.jobs[0].plan.ending == "failed"


def test_a_scenario_of_ones_own(rig: Rig, tenant: TenantControl) -> None:
    document = {"name": "mine", "faults": [{"kind": "edge-page", "status": 503}], "tenant": {"progress": "immediate"}}
    assert {record.origin for record in tenant.apply_scenario(document, provider="reapi")} == {"mine"}
    assert client_of(rig, tenant).submit().status == 503
    assert tenant.describe().progress == "immediate"


@pytest.mark.parametrize(
    ("scenario", "provider", "status", "said"),
    [
        ("job-fail", None, 404, "did you mean 'job-fails'?"),
        ("../scenarios/job-fails.yaml", None, 404, "There is no scenario"),
        ("hung-poll", "tokaify", 400, "hung-poll is not for tokaify"),
        ("job-fails", "raepi", 400, "did you mean 'reapi'?"),
        ({"faults": [{"kind": "rset"}]}, None, 400, "did you mean 'reset'?"),
        ({"faults": 3}, None, 400, "The scenario is not valid, faults"),
    ],
)
def test_scenarios_that_cannot_be_had(
    tenant: TenantControl, scenario: str, provider: str | None, status: int, said: str
) -> None:
    with pytest.raises(ControlRefused) as caught:
        tenant.apply_scenario(scenario, provider=provider)
    assert caught.value.status == status
    assert said in str(caught.value)
    assert tenant.faults() == []


def test_a_tenant_may_start_with_scenarios(rig: Rig, control: Control) -> None:
    tenant = control.create_tenant(clock="manual", scenarios=["no-credits", {"faults": [{"kind": "late"}][:0]}])
    assert {record.origin for record in tenant.faults()} == {"no-credits"}
    assert client_of(rig, tenant).submit().status == 402
    tenant.reset()
    assert tenant.balance("reapi") == 0
    assert client_of(rig, tenant).submit().status == 402


def test_a_tenant_with_a_scenario_that_cannot_be_had_is_not_created(rig: Rig, control: Control) -> None:
    before = set(rig.world.tenants)
    for scenarios in (["stuk-job"], ["stuck-job", {"faults": [{"kind": "rset"}]}]):
        with pytest.raises(ControlRefused, match="did you mean"):
            control.create_tenant(scenarios=scenarios)
    assert set(rig.world.tenants) == before


def test_a_closed_door_shows_in_the_addresses(rig: Rig, tenant: TenantControl) -> None:
    before = tenant.base_url("reapi"), tenant.media_url("reapi")
    tenant.apply_scenario("connection-refused", provider="reapi")
    tenant.arm("reapi", "refused-connection", operation="media")
    assert tenant.base_url("reapi") != before[0]
    assert tenant.media_url("reapi") != before[1]
    assert tenant.base_url("onemin").startswith(rig.simulator.url)
    tenant.clear_faults()
    assert (tenant.base_url("reapi"), tenant.media_url("reapi")) == before
