"""What the control API does to a simulator, topic by topic; each answer is held against its OpenAPI file."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from control_rig import PROMPT, Rig

from safelight.mockserver.clock import MANUAL_EPOCH
from safelight.mockserver.control import PREFIX


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig() as rig:
        yield rig


class TestProviders:
    def test_say_what_can_be_chosen(self, rig: Rig) -> None:
        (reapi,) = rig.get("/providers")
        assert reapi["base_url"] == f"{rig.simulator.url}/reapi"
        assert {row["id"]: row["role"] for row in reapi["operations"]}["poll"] == "poll"
        choices = {row["name"]: row for row in reapi["choices"]}
        assert choices["reapi.processing-output"]["scored"]
        assert not choices["reapi.error-status"]["scored"]
        assert set(choices) == set(rig.get("/tenants/t/readings"))
        assert reapi["problems"]["rate-limited"] == 429
        assert "moderated-prompt" in reapi["failures"]


class TestTenants:
    def test_a_description_has_all_that_a_client_needs(self, rig: Rig) -> None:
        wanted = {
            "tag": "mine",
            "seed": 7,
            "credits": 3,
            "progress": "polls:2",
            "readings": {"reapi.processing-output": "absent"},
            "clock": "manual",
        }
        status, tenant = rig.ask("POST", "/tenants", wanted)
        assert status == 201
        reapi = tenant["providers"].pop("reapi")
        assert tenant == {
            "tag": "mine",
            "seed": 7,
            "clock": {"now": MANUAL_EPOCH, "iso": "2026-01-01T00:00:00.000Z", "rate": "manual"},
            "progress": "polls:2",
            "rate_limits": {},
            "providers": {},
        }
        assert reapi["base_url"] == f"{rig.simulator.url}/~mine/reapi"
        assert reapi["media_url"].endswith("/~mine/reapi")
        assert reapi["api_keys"] == [reapi["api_key"]]
        assert reapi["credits"] == 3
        assert rig.get("/tenants/mine/readings")["reapi.processing-output"] == "absent"
        assert [row["tag"] for row in rig.get("/tenants")] == ["default", "t", "mine"]

    def test_one_without_wishes_is_numbered_and_shows_the_worlds_time(self, rig: Rig) -> None:
        rig.ask("PATCH", "/tenants/default/clock", {"advance": 5})
        status, tenant = rig.ask("POST", "/tenants")
        assert (status, tenant["tag"], tenant["clock"]["now"]) == (201, "t1", MANUAL_EPOCH + 5)

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"tag": "T"}, "not 'T'."),
            ({"clock": "x0"}, "not 'x0'."),
            ({"clock": "x" + "9" * 400}, "at most x1000000"),
            ({"progress": "polls:0"}, "not 'polls:0'."),
            ({"credits": -1}, "at least 0"),
            ({"seed": 2**64}, "at most"),
            ({"readings": {"reapi.procesing-output": "absent"}}, "did you mean reapi.processing-output?"),
            ({"readings": {"reapi.processing-output": "maybe"}}, "not 'maybe'."),
        ],
    )
    def test_a_wish_that_cannot_be_is_refused_and_nothing_is_left(
        self, rig: Rig, data: dict[str, Any], said: str
    ) -> None:
        status, sentence = rig.refusal("POST", "/tenants", data)
        assert status == 400
        assert said in sentence
        assert [row["tag"] for row in rig.get("/tenants")] == ["default", "t"]

    @pytest.mark.parametrize("tag", ["t", "default", "unattributed"])
    def test_a_tag_is_given_once(self, rig: Rig, tag: str) -> None:
        assert rig.refusal("POST", "/tenants", {"tag": tag})[0] == 409

    def test_deletion_takes_the_keys_along(self, rig: Rig) -> None:
        assert rig.ask("DELETE", "/tenants/t") == (204, None)
        assert rig.refusal("GET", "/tenants/t")[0] == 404
        assert rig.reapi("GET", "/balance")[0] == 404

    def test_the_default_tenant_stays(self, rig: Rig) -> None:
        status, sentence = rig.refusal("DELETE", "/tenants/default")
        assert (status, sentence) == (409, "The default tenant cannot be deleted; reset it instead.")

    def test_reset_forgets_all_but_clock_and_keys(self, rig: Rig) -> None:
        rig.submit()
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 5})
        rig.ask("PATCH", "/tenants/t", {"progress": "immediate", "rate_limits": {"reapi": 1}})
        rig.ask("POST", "/tenants/t/keys/revoke", {"provider": "reapi"})
        status, tenant = rig.ask("POST", "/tenants/t/reset")
        assert (status, tenant["progress"], tenant["rate_limits"]) == (200, "time", {})
        assert tenant["clock"]["now"] == MANUAL_EPOCH + 5
        assert rig.get("/tenants/t/jobs") == []
        assert rig.reapi("GET", "/balance") == (200, {"balance": 1_000_000})

    def test_a_rate_limit_comes_and_goes(self, rig: Rig) -> None:
        assert rig.ask("PATCH", "/tenants/t", {"rate_limits": {"reapi": 1}})[1]["rate_limits"] == {"reapi": 1}
        rig.submit()
        assert rig.reapi("POST", "/images/generations", PROMPT)[0] == 429
        assert rig.ask("PATCH", "/tenants/t", {"rate_limits": {"reapi": None}})[1]["rate_limits"] == {}
        rig.submit()

    @pytest.mark.parametrize(
        "data", [{"rate_limits": {"raepi": 1}}, {"rate_limits": {"reapi": 0}}, {"progress": "fast"}]
    )
    def test_a_change_is_made_whole_or_not_at_all(self, rig: Rig, data: dict[str, Any]) -> None:
        whole = {"progress": "immediate", "rate_limits": {"reapi": 3}} | data
        assert rig.refusal("PATCH", "/tenants/t", whole)[0] == 400
        assert rig.get("/tenants/t") == rig.tenant


class TestClock:
    def test_moves_a_job_along(self, rig: Rig) -> None:
        job = rig.submit()
        assert rig.ask("PATCH", "/tenants/t/clock", {"advance": 90})[1]["now"] == MANUAL_EPOCH + 90
        assert rig.reapi("GET", f"/tasks/{job}")[1]["status"] == "completed"

    def test_changes_its_rate_and_moves_in_one_go(self, rig: Rig) -> None:
        _, clock = rig.ask("PATCH", "/tenants/t/clock", {"rate": "x2.5", "advance": 10})
        assert clock["rate"] == "x2.5"
        assert clock["now"] >= MANUAL_EPOCH + 10

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"advance": -1}, "at least 0"),
            ({"advance": 1e300}, "beyond the year 9998"),
            ({"rate": "fast", "advance": 10}, "not 'fast'"),
            ({"rate": "x1000001", "advance": 10}, "at most x1000000"),
        ],
    )
    def test_refuses_what_no_clock_does_and_stays(self, rig: Rig, data: dict[str, Any], said: str) -> None:
        status, sentence = rig.refusal("PATCH", "/tenants/t/clock", data)
        assert status == 400
        assert said in sentence
        assert rig.get("/tenants/t/clock")["now"] == MANUAL_EPOCH


class TestReadings:
    def test_all_are_set_or_none(self, rig: Rig) -> None:
        before = rig.get("/tenants/t/readings")
        data = {"reapi.processing-output": "absent", "reapi.task-id": "neither"}
        status, sentence = rig.refusal("PATCH", "/tenants/t/readings", data)
        assert (status, sentence) == (400, "reapi.task-id can be id-only, both, not 'neither'.")
        assert rig.get("/tenants/t/readings") == before

    def test_a_set_one_is_played(self, rig: Rig) -> None:
        assert rig.ask("PATCH", "/tenants/t/readings", {"reapi.task-id": "both"})[0] == 200
        _, task = rig.reapi("POST", "/images/generations", PROMPT)
        assert task["task_id"] == task["id"]


class TestModeration:
    @pytest.mark.parametrize("stage", ["prompt", "output"])
    def test_refuses_the_next_jobs_and_no_more(self, rig: Rig, stage: str) -> None:
        ending = f"moderated-{stage}"
        _, pending = rig.ask("POST", "/tenants/t/moderation", {"provider": "reapi", "next": 2, "stage": stage})
        assert pending == {"reapi": [ending] * 2}
        jobs = [rig.submit() for _ in range(3)]
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 200})
        reasons = [rig.get(f"/tenants/t/jobs/{job}")["reason"] for job in jobs]
        assert reasons == [ending, ending, ""]
        assert rig.get("/tenants/t/moderation") == {"reapi": []}

    def test_can_be_taken_back(self, rig: Rig) -> None:
        assert rig.ask("POST", "/tenants/t/moderation", {"next": 1})[1] == {"reapi": ["moderated-prompt"]}
        assert rig.ask("DELETE", "/tenants/t/moderation") == (204, None)
        assert rig.get("/tenants/t/moderation") == {"reapi": []}


class TestJournal:
    def test_tells_what_was_said(self, rig: Rig) -> None:
        job = rig.submit()
        journal = rig.get("/tenants/t/journal")
        assert journal["dropped"] == 0
        (exchange,) = journal["exchanges"]
        assert (exchange["operation"], exchange["verdict"], exchange["status"]) == ("submit", "valid", 200)
        assert json.loads(exchange["request"]["body"]["text"]) == PROMPT
        assert job.endswith(exchange["job"])
        assert rig.tenant["providers"]["reapi"]["api_key"] not in json.dumps(journal)

    def test_is_filtered(self, rig: Rig) -> None:
        job = rig.submit()
        rig.reapi("GET", f"/tasks/{job}")
        rig.reapi("GET", "/balance")

        def numbers(query: str) -> list[int]:
            return [row["number"] for row in rig.get(f"/tenants/t/journal?{query}")["exchanges"]]

        assert numbers("") == [1, 2, 3]
        assert numbers("operation=poll") == [2]
        assert numbers("after=1&provider=reapi") == [2, 3]
        assert rig.refusal("GET", "/tenants/t/journal?provider=raepi")[0] == 400
        assert rig.refusal("GET", "/tenants/t/journal?after=x")[0] == 400

    def test_comes_as_json_lines(self, rig: Rig) -> None:
        rig.submit()
        rig.reapi("GET", "/balance")
        _, headers, content = rig.send("GET", f"{rig.simulator.url}{PREFIX}/tenants/t/journal?format=jsonl")
        assert headers["Content-Type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in content.decode().splitlines()]
        assert lines == rig.get("/tenants/t/journal")["exchanges"]

    def test_comes_as_har_with_full_addresses(self, rig: Rig) -> None:
        job = rig.submit()
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 90})
        image = rig.reapi("GET", f"/tasks/{job}")[1]["output"]["image_urls"][0]
        assert rig.send("GET", image)[0] == 200
        har = rig.get("/tenants/t/journal?format=har")
        base = rig.tenant["providers"]["reapi"]["base_url"]
        assert [entry["request"]["url"] for entry in har["log"]["entries"]] == [
            f"{base}/api/v1/images/generations",
            f"{base}/api/v1/tasks/{job}",
            image,
        ]

    def test_keeps_what_belongs_to_nobody(self, rig: Rig) -> None:
        headers = {"Authorization": "Bearer rk_live_of_a_stranger"}
        rig.send("GET", f"{rig.simulator.url}/reapi/api/v1/balance", headers=headers)
        (exchange,) = rig.get("/tenants/unattributed/journal")["exchanges"]
        assert (exchange["tenant"], exchange["problem"]) == ("unattributed", "key-unknown")
        assert rig.get("/tenants/unattributed/journal?format=har")["log"]["entries"][0]["request"]["url"] == (
            f"{rig.simulator.url}/reapi/api/v1/balance"
        )

    def test_is_cleared(self, rig: Rig) -> None:
        rig.submit()
        assert rig.ask("DELETE", "/tenants/t/journal") == (204, None)
        assert rig.get("/tenants/t/journal")["exchanges"] == []


class TestMoney:
    def test_the_ledger_follows_a_job_that_fails(self, rig: Rig) -> None:
        rig.ask("PUT", "/tenants/t/credits/reapi", {"credits": 10})
        job = rig.submit()
        assert rig.get("/tenants/t/ledger?provider=reapi")["balances"] == {"reapi": 9}
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 2})
        _, ended = rig.ask("POST", f"/tenants/t/jobs/{job}/end", {"ending": "failed"})
        assert ended["refunded"]
        ledger = rig.get("/tenants/t/ledger")
        assert ledger["balances"] == {"reapi": 10}
        assert [(row["at"], row["credits"], row["reason"]) for row in ledger["entries"]] == [
            (None, 1_000_000, "granted"),
            (MANUAL_EPOCH, 10 - 1_000_000, "balance set"),
            (MANUAL_EPOCH, -1, "charge"),
            (MANUAL_EPOCH + 2, 1, "refund: failed"),
        ]
        assert {row["job"] for row in ledger["entries"]} == {None, ended["hex"]}

    def test_credits_run_out(self, rig: Rig) -> None:
        assert rig.ask("PUT", "/tenants/t/credits/reapi", {"credits": 0}) == (200, {"reapi": 0})
        assert rig.reapi("POST", "/images/generations", PROMPT)[0] == 402

    def test_a_failed_job_that_is_touched_again_is_refunded_once(self, rig: Rig) -> None:
        job = rig.submit()
        rig.ask("POST", f"/tenants/t/jobs/{job}/end", {"ending": "failed"})
        assert rig.get("/tenants/t/ledger")["balances"] == {"reapi": 1_000_000}
        rig.ask("POST", f"/tenants/t/jobs/{job}/expire")
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 1000})
        assert rig.get("/tenants/t/ledger")["balances"] == {"reapi": 1_000_000}

    def test_an_unknown_provider_is_not_found(self, rig: Rig) -> None:
        assert rig.refusal("PUT", "/tenants/t/credits/raepi", {"credits": 1})[0] == 404


class TestJobs:
    def test_are_found_by_either_name(self, rig: Rig) -> None:
        public = rig.submit()
        job = rig.get(f"/tenants/t/jobs/{public}")
        assert (job["id"], job["phase"], job["prompt"], job["width"]) == (public, "queued", "a lamp", 1024)
        assert rig.get(f"/tenants/t/jobs/{job['hex']}") == job
        assert rig.get("/tenants/t/jobs?provider=reapi") == [job]

    def test_of_another_tenant_are_not_found(self, rig: Rig) -> None:
        assert rig.refusal("GET", f"/tenants/default/jobs/{rig.submit()}")[0] == 404

    @pytest.mark.parametrize("ending", ["succeeded", "cancelled", "failed", "moderated-output"])
    def test_end_when_told_and_once(self, rig: Rig, ending: str) -> None:
        job = rig.submit()
        status, ended = rig.ask("POST", f"/tenants/t/jobs/{job}/end", {"ending": ending})
        assert (status, ended["ends"]) == (200, MANUAL_EPOCH)
        assert ending in (ended["phase"], ended["reason"])
        assert rig.refusal("POST", f"/tenants/t/jobs/{job}/end", {"ending": ending})[0] == 409

    def test_do_not_end_in_a_way_nobody_knows(self, rig: Rig) -> None:
        status, sentence = rig.refusal("POST", f"/tenants/t/jobs/{rig.submit()}/end", {"ending": "cancelld"})
        assert status == 400
        assert "did you mean 'cancelled'?" in sentence

    def test_lapse_when_told(self, rig: Rig) -> None:
        job = rig.submit()
        rig.ask("POST", f"/tenants/t/jobs/{job}/end", {"ending": "succeeded"})
        image = rig.reapi("GET", f"/tasks/{job}")[1]["output"]["image_urls"][0]
        assert rig.send("GET", image)[0] == 200
        assert rig.get(f"/tenants/t/jobs/{job}")["expires"] == MANUAL_EPOCH + 604_800
        assert rig.ask("POST", f"/tenants/t/jobs/{job}/expire")[1]["expires"] == MANUAL_EPOCH
        assert rig.send("GET", image)[0] == 404


class TestKeys:
    def test_are_added_and_used(self, rig: Rig) -> None:
        status, key = rig.ask("POST", "/tenants/t/keys", {"provider": "reapi", "key": "my-own-key"})
        assert (status, key) == (201, {"provider": "reapi", "key": "my-own-key", "revoked": False})
        assert rig.reapi("GET", "/balance", key="my-own-key")[0] == 200
        assert rig.refusal("POST", "/tenants/default/keys", {"provider": "reapi", "key": "my-own-key"})[0] == 409

    def test_are_revoked_one_by_one(self, rig: Rig) -> None:
        made = rig.ask("POST", "/tenants/t/keys", {"provider": "reapi"})[1]["key"]
        rig.ask("POST", "/tenants/t/keys/revoke", {"provider": "reapi", "key": made})
        assert rig.reapi("GET", "/balance", key=made)[1]["error"]["code"] == 10004
        assert rig.reapi("GET", "/balance")[0] == 200
        assert [row["revoked"] for row in rig.get("/tenants/t/keys")] == [False, True]

    def test_are_revoked_all_at_once(self, rig: Rig) -> None:
        rig.ask("POST", "/tenants/t/keys", {"provider": "reapi"})
        _, revoked = rig.ask("POST", "/tenants/t/keys/revoke", {"provider": "reapi"})
        assert [row["revoked"] for row in revoked] == [True, True]

    def test_must_be_known_to_be_revoked_and_fit_a_header_to_be_added(self, rig: Rig) -> None:
        assert rig.refusal("POST", "/tenants/t/keys/revoke", {"provider": "reapi", "key": "other"})[0] == 404
        assert rig.refusal("POST", "/tenants/t/keys", {"provider": "reapi", "key": "a\nb"})[0] == 400


class TestFaults:
    def test_strike_before_or_after_the_effect(self, rig: Rig) -> None:
        for when, jobs in (("before", 0), ("after", 1)):
            rig.ask("POST", "/tenants/t/faults", {"provider": "reapi", "kind": "unavailable", "when": when})
            assert rig.reapi("POST", "/images/generations", PROMPT)[0] == 503
            assert len(rig.get("/tenants/t/jobs")) == jobs
        assert [row["hits"] for row in rig.get("/tenants/t/faults")] == [1, 1]

    def test_let_some_pass_and_strike_as_often_as_told(self, rig: Rig) -> None:
        order = {"provider": "reapi", "operation": "balance", "kind": "internal", "skip": 1, "times": 2}
        status, fault = rig.ask("POST", "/tenants/t/faults", order)
        assert (status, fault["id"], fault["times"]) == (201, 1, 2)
        assert [rig.reapi("GET", "/balance")[0] for _ in range(4)] == [200, 500, 500, 200]

    def test_strike_for_ever_until_cleared(self, rig: Rig) -> None:
        order = {"provider": "reapi", "operation": "get_balance", "kind": "internal", "times": None}
        rig.ask("POST", "/tenants/t/faults", order)
        assert {rig.reapi("GET", "/balance")[0] for _ in range(5)} == {500}
        assert rig.ask("DELETE", "/tenants/t/faults") == (204, None)
        assert rig.reapi("GET", "/balance")[0] == 200

    @pytest.mark.parametrize(("outcome", "phase"), [("stuck", "running"), ("failed", "failed")])
    def test_decide_how_a_job_ends(self, rig: Rig, outcome: str, phase: str) -> None:
        rig.ask("POST", "/tenants/t/faults", {"provider": "reapi", "kind": outcome})
        job = rig.submit()
        rig.ask("PATCH", "/tenants/t/clock", {"advance": 100_000})
        described = rig.get(f"/tenants/t/jobs/{job}")
        assert described["phase"] == phase
        assert (described["ends"] is None) == (outcome == "stuck")

    @pytest.mark.parametrize(
        ("order", "said"),
        [
            ({}, "kind is missing"),
            ({"kind": "intrenal"}, "did you mean 'internal'?"),
            ({"kind": "faild"}, "did you mean 'failed'?"),
            ({"kind": "problem"}, "'problem' is missing"),
            ({"kind": "problem", "problem": "intrenal"}, "did you mean 'internal'?"),
            ({"kind": "reset", "sekonds": 3}, "did you mean 'seconds'?"),
            ({"operation": "sbmit", "kind": "internal"}, "did you mean 'submit'?"),
            ({"operation": "poll", "kind": "failed"}, "makes no sense for poll"),
            ({"provider": "raepi", "kind": "internal"}, "did you mean 'reapi'?"),
            ({"kind": "internal", "times": 0}, "at least 1"),
        ],
    )
    def test_that_make_no_sense_are_refused(self, rig: Rig, order: dict[str, Any], said: str) -> None:
        status, sentence = rig.refusal("POST", "/tenants/t/faults", {"provider": "reapi"} | order)
        assert status == 400
        assert said in sentence
        assert rig.get("/tenants/t/faults") == []
