"""Prompts and keys that bring something about without any API."""

from typing import Any

import pytest
from rig import ASYNCHRONOUS, NAMES, Client, Rig

from safelight.fixtures.catalogue import load_scenario, magic, scenario_names
from safelight.mockserver import magic as spells
from safelight.mockserver import magic_keys
from safelight.mockserver.faults import kinds
from safelight.specs import load

each_provider = pytest.mark.parametrize("provider", NAMES)


def text_of(answer: Any) -> str:
    return str(answer.body.decode())


def key_for(provider: str, name: str) -> str:
    return f"{load(provider).behaviour.key_prefix}safelight-{name}"


def keyed(rig: Rig, provider: str, name: str) -> Client:
    """Somebody who only has a key and the address that everybody has."""
    return rig.client(provider, rig.world.default, key_for(provider, name))


# Prompts


@each_provider
@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("block-prompt", "moderated-prompt"),
        ("block-output", "moderated-output"),
        ("moderated-prompt", "moderated-prompt"),
        ("failed", "failed"),
        ("job-fails", "failed"),
        ("stuck", "stuck"),
        ("cancelled", "cancelled"),
    ],
)
def test_a_word_decides_how_the_job_ends(rig: Rig, provider: str, word: str, ending: str) -> None:
    client = rig.client(provider)
    for _ in range(2):
        client.submit(f"a lamp, safelight:{word}, and a moth")
        assert client.jobs[-1].plan.ending == ending
    client.submit("a lamp")
    assert client.jobs[-1].plan.ending == "succeeded"


@pytest.mark.parametrize(("provider", "word"), [("reapi", "upstream-submit"), ("tokaify", "recitation")])
def test_failures_of_a_provider_are_words(rig: Rig, provider: str, word: str) -> None:
    client = rig.client(provider)
    client.submit(f"safelight:{word}")
    assert client.jobs[-1].plan.ending == word


@each_provider
def test_problems_of_a_provider_are_words(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    answer = client.submit("safelight:unavailable")
    assert answer.status == load(provider).behaviour.problems["unavailable"].status
    assert client.jobs == []
    assert client.submit("safelight:unavailable").status == answer.status


@each_provider
def test_every_kind_of_fault_is_a_word(rig: Rig, provider: str) -> None:
    for kind in kinds().values():
        client = rig.client(provider)
        if kind.required or not kind.magic:
            continue
        client.submit(f"safelight:{kind.name}")
        exchange = client.journal[0]
        refused = exchange.status == 400 and exchange.reason is not None
        noted = any(f"of the prompt: {kind.name}" in note.text for note in exchange.notes)
        followed = any(kind.name == each.fault.kind for rules in client.tenant.faults.rules.values()
                       for armed in rules.by_job.values() for each in armed)  # fmt: skip
        assert refused or noted or followed, kind.name


@each_provider
def test_connection_faults_strike_the_request_with_the_word(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    assert client.submit("safelight:reset").ended == "reset"
    assert client.charges == []
    assert client.submit("safelight:lost-submit-answer").ended == "reset"
    assert len(client.charges) == 1
    assert client.submit("safelight:edge-page").status == 502
    assert client.submit().status == 200


@pytest.mark.parametrize("provider", ASYNCHRONOUS)
def test_faults_of_polls_and_media_strike_those_about_the_job(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    client.submit("safelight:truncated safelight:forbidden")
    client.submit("a lamp")
    marked, plain = client.jobs
    client.finish()
    client.advance(300)
    assert [client.poll(job).complete for job in (plain, marked)] == [True, False]
    assert [client.poll(job).complete for job in (plain, marked)] == [True, False]
    client.tenant.faults.rules.pop((provider, "poll"))
    urls = [client.urls(client.poll(job))[0] for job in (plain, marked)]
    assert [client.fetch(url).status for url in urls] == [200, 403]


def test_a_counted_scenario_ends_and_begins_anew(rig: Rig) -> None:
    client = rig.client("tokaify")
    statuses = [client.submit("safelight:bad-gateway-burst").status for _ in range(9)]
    assert statuses == [502, 502, 502, 200, 502, 502, 502, 200, 502]
    assert client.submit("another safelight:bad-gateway-burst").status == 502


def test_several_words(rig: Rig) -> None:
    client = rig.client("reapi")
    answer = client.submit("safelight:failed safelight:slow safelight:delay")
    assert answer.took == 30
    assert client.jobs[0].plan.ending == "failed"
    assert len(client.journal[0].notes) == 3


def test_words_and_armed_faults_go_together(rig: Rig) -> None:
    client = rig.client("reapi")
    client.arm("clock-skew", seconds=60, times=None)
    client.arm("delay", seconds=10, operation="submit")
    answer = client.submit("safelight:reset")
    assert (answer.ended, answer.took) == ("reset", 10)
    assert client.jobs == []


@each_provider
def test_a_word_that_means_nothing_is_refused_with_the_nearest(rig: Rig, provider: str) -> None:
    client = rig.client(provider)
    answer = client.submit("a lamp safelight:lost-submit-anser")
    assert answer.status == 400
    assert "did you mean 'lost-submit-answer'?" in text_of(answer)
    assert "safelight scenarios --magic" in text_of(answer)
    assert client.jobs == []
    assert client.journal[0].problem == "parameter-invalid"


@pytest.mark.parametrize(
    ("provider", "word", "said"),
    [
        ("tokaify", "hung-poll", "hung-poll is not for tokaify: it answers a submit with the result"),
        ("onemin", "partial", "the fault partial makes no sense for onemin: its answers hold one image"),
        ("tokaify", "expired", "the images of tokaify come inside its answers"),
        ("reapi", "connection-refused", "cannot be brought about from within a request"),
        ("reapi", "refused-connection", "cannot be brought about from within a request"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused_with_the_reason(rig: Rig, provider: str, word: str, said: str) -> None:
    answer = rig.client(provider).submit(f"safelight:{word}")
    assert answer.status == 400
    assert said in text_of(answer)


@pytest.mark.parametrize("prompt", ["safelight: a lamp", "the Safelight:reset", "safelight :reset", "safe light:reset"])
def test_other_prompts_are_just_prompts(rig: Rig, prompt: str) -> None:
    client = rig.client("reapi")
    assert client.submit(prompt).status == 200
    assert client.journal[0].fault is None


def test_what_is_remembered_of_prompts_is_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spells, "MOST_SPELLS", 5)
    client = rig.client("reapi")
    for number in range(9):
        client.submit(f"safelight:unavailable {number}")
    assert len(client.tenant.spells) == 5


@pytest.mark.parametrize("name", scenario_names())
@each_provider
def test_every_scenario_is_a_word_or_says_why_not(rig: Rig, provider: str, name: str) -> None:
    scenario, client = load_scenario(name), rig.client(provider)
    answer = client.submit(f"safelight:{name}", patience=3_000)
    possible = provider not in scenario.not_for and all(kinds()[row["kind"]].magic for row in scenario.faults)
    refused = (answer.status == 400 and "safelight" in text_of(answer)) or f"{name} is not for" in text_of(answer)
    assert refused != possible


# Keys


@each_provider
@pytest.mark.parametrize(
    ("name", "problem"),
    [("revoked", "key-revoked"), ("no-credits", "credits-exhausted"), ("rate-limited", "rate-limited")],
)
def test_simple_keys(rig: Rig, provider: str, name: str, problem: str) -> None:
    client = keyed(rig, provider, name)
    row = load(provider).behaviour.problems[problem]
    for _ in range(3):
        assert client.submit().status == row.status


@pytest.mark.parametrize("name", scenario_names())
@each_provider
def test_every_scenario_is_a_key_or_says_why_not(rig: Rig, provider: str, name: str) -> None:
    scenario = load_scenario(name)
    possible = provider not in scenario.not_for and all(kinds()[row["kind"]].magic for row in scenario.faults)
    client = keyed(rig, provider, name)
    if not possible:
        answer = client.submit()
        assert answer.status == 401
        assert f"{name} is not for" in text_of(answer) or "cannot be brought about by a key" in text_of(answer)
        return
    client.submit(patience=0)
    tenant = rig.world.tenants[f"safelight-{name}"]
    assert {armed.origin for armed in tenant.faults.armed} == {name}
    assert tenant.journal is not rig.world.default.journal
    assert len(tenant.journal) > 0


def test_a_key_opens_one_tenant_for_all_providers_and_one_for_each_ending(rig: Rig) -> None:
    clients = [keyed(rig, name, "stuck-job.one") for name in ("reapi", "threedai")]
    clients.append(keyed(rig, "reapi", "stuck-job.two"))
    for client in clients:
        client.submit()
    tags = {tag for tag in rig.world.tenants if tag.startswith("safelight-stuck-job-")}
    assert len(tags) == 2
    sizes = sorted(len(rig.world.tenants[tag].jobs) for tag in tags)
    assert sizes == [1, 2]


def test_a_whole_job_with_nothing_but_a_key(rig: Rig) -> None:
    client = keyed(rig, "reapi", "corrupted-image.whole")
    public_id = client.submit().json["id"]
    client.advance(300)
    answer = client.request("GET", f"/api/v1/tasks/{public_id}")
    url = client.urls(answer)[0]
    assert "/~safelight-corrupted-image-" in url
    assert client.fetch(url).status == 200


def test_a_counted_scenario_of_a_key_begins_anew(rig: Rig) -> None:
    client = keyed(rig, "reapi", "retry-after-none.again")
    assert [client.submit().status for _ in range(6)] == [429, 429, 200, 429, 429, 200]


def test_a_key_works_at_the_address_of_a_tenant_and_shares_its_clock(rig: Rig) -> None:
    parent = rig.world.create_tenant("parent")
    client = rig.client("reapi", parent, key_for("reapi", "moderated-prompt"))
    assert client.submit().status == 200
    child = rig.world.tenants["parent-safelight-moderated-prompt"]
    assert child.clock is parent.clock
    assert len(child.jobs) == 1
    own = rig.client("reapi", child, key_for("reapi", "moderated-prompt"))
    assert own.submit().status == 200
    assert len(child.jobs) == 2
    rig.world.delete_tenant(parent)
    assert child.tag not in rig.world.tenants
    assert child.tag not in rig.world.magic_tags


def test_a_very_long_tag_is_shortened(rig: Rig) -> None:
    parent = rig.world.create_tenant("p" * 60)
    client = rig.client("reapi", parent, key_for("reapi", "moderated-prompt"))
    assert [client.submit().status for _ in range(2)] == [200, 200]
    assert len(rig.world.tenants[rig.world.magic_tags[-1]].jobs) == 2


def test_a_reset_arms_the_scenario_again(rig: Rig) -> None:
    client = keyed(rig, "reapi", "job-fails.reset")
    client.submit()
    tenant = rig.world.tenants[rig.world.magic_tags[-1]]
    tenant.reset()
    client.submit()
    assert next(iter(tenant.jobs)).plan.ending == "failed"


@each_provider
def test_a_key_that_means_nothing_is_refused_with_the_nearest(rig: Rig, provider: str) -> None:
    tenants = len(rig.world.tenants)
    answer = keyed(rig, provider, "stuck-jbo").submit()
    assert answer.status == 401
    assert "did you mean 'stuck-job'?" in text_of(answer)
    assert len(rig.world.tenants) == tenants


def test_a_misspelt_key_is_refused_even_where_every_key_is_good(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.world.settings, "any_key", True)
    assert keyed(rig, "reapi", "stuck-jbo").submit().status == 401
    assert rig.client("reapi", rig.world.default, "whatever").submit().status == 200


@pytest.mark.parametrize(
    "name", ["", "{reason}", "a" * 300, "Ä".encode("latin-1").decode("latin-1"), "%s", "stuck-job/"]
)
def test_odd_keys_are_refused_in_the_envelope(rig: Rig, name: str) -> None:
    answer = keyed(rig, "reapi", name).submit()
    assert answer.status == 401
    assert answer.json["error"]["code"] == 10003


def test_the_tenants_opened_by_keys_are_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(magic_keys, "MOST_TENANTS", len(rig.world.magic_tags) + 3)
    for number in range(9):
        keyed(rig, "reapi", f"stuck-job.{number}-bounded").submit()
    assert len(rig.world.magic_tags) <= magic_keys.MOST_TENANTS
    assert set(rig.world.magic_tags) <= set(rig.world.tenants)


def test_revoking_mid_job_by_key(rig: Rig) -> None:
    client = keyed(rig, "reapi", "key-revoked-mid-job.x")
    public_id = client.submit().json["id"]
    statuses = [client.request("GET", f"/api/v1/tasks/{public_id}").status for _ in range(3)]
    assert statuses == [200, 401, 401]


def test_the_table_names_scenarios() -> None:
    table = magic()
    assert {*table["prompts"].values(), *table["keys"].values()} <= set(scenario_names())
    assert not {*table["prompts"], *table["keys"]} & {*scenario_names(), *kinds()}
