"""What must be true of the harness for its verdicts to mean anything. Each probe raises AssertionError if it is not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from typing import Any, Final

from ..checks.record import FINE, Ruling
from ..engine.engine import Engine
from ..engine.run import Run
from ..properties.record import Property
from ..reference import factory_of, make
from ..reference.reapi import ReapiClient
from ..scenarios.model import Call, Scenario, Wish
from ..subjects.python import FactorySubject
from ..suite import judging
from ..suite.baseline import Baseline, Entry
from ..suite.catalogue import Item, items_for
from ..suite.results import CheckResult, Effort, Report
from ..suite.runner import Explorer, Plan
from ..virtual.loop import Virtual
from ..virtual.loop import run as run_virtual

_FAILS: Final = "reapi.poll.failed-error"
_TODAY: Final = date(2026, 6, 1)


def keys_are_demanded() -> None:
    """Nobody is served without a key."""

    class Keyless(ReapiClient):
        def auth_headers(self) -> dict[str, str]:
            return {}

    run = _run(Scenario("reapi"), Keyless)
    assert run.outcome.kind != "result", "a client without a key was given a result"
    assert not run.jobs, "a client without a key got a job"


def time_waits_for_workers() -> None:
    """While a thread works, virtual time stands still."""

    async def main(virtual: Virtual) -> float:
        def work() -> float:
            before = virtual.time.elapsed
            Thread(target=lambda: None).start()
            _busy(0.03)
            return virtual.time.elapsed - before

        virtual.loop.call_later(1.0, lambda: None)
        return await virtual.run_sync(work)

    passed = run_virtual(main)
    assert passed == 0, f"{passed:g} virtual seconds passed while a thread was at work"


def times_are_exact() -> None:
    """A job of 60 seconds that is polled from 30 on every 4 is met at 62, to the millisecond."""
    run = _run(Scenario("reapi", seconds=60.0))
    polls = [round(run.since_start(seen.at), 3) for seen in run.polls]
    assert polls == [30.0 + 4.0 * number for number in range(9)], f"the polls came at {polls}"


def failures_are_free() -> None:
    """A failed job is paid back, a good one is not."""
    failed, good = _run(Scenario("reapi", ending="failed")), _run(Scenario("reapi"))
    assert not failed.paid, "a failed job costs money"
    assert len(good.paid) == 1, f"one good job was asked for, {len(good.paid)} were paid"
    assert sum(entry.credits for entry in failed.ledger if entry.job) == 0, (
        "the charge of a failed job did not come back"
    )


def faults_strike() -> None:
    """A fault hits the exchange that it is meant for."""
    run = _run(Scenario("reapi", seconds=40.0, faults=({"kind": "edge-page", "operation": "poll"},)))
    assert [seen.status for seen in run.polls][:1] == [502], "the first poll was not answered with the page"


def readings_are_played() -> None:
    """A reading changes what the provider answers."""
    run = _run(Scenario("reapi", readings={"task-id": "both"}))
    assert "task_id" in run.submits[0].answer, "the submit's answer has no task_id under the reading that has it"


def everything_is_recorded() -> None:
    """Every request is in the journal: a submit and a poll at 30, 34, … until the end."""
    run = _run(Scenario("reapi", seconds=41.0))
    assert len(run.exchanges) == 5, f"five requests were made, {len(run.exchanges)} are in the journal"
    numbers = [seen.number for seen in run.exchanges]
    assert numbers == list(range(1, len(numbers) + 1)), f"the journal has the numbers {numbers}"


def endings_come() -> None:
    """A job that is to fail fails, and one that is stuck never ends."""
    failed = _run(Scenario("reapi", ending="failed"))
    assert (failed.outcome.kind, failed.outcome.category) == ("error", "failed"), failed.outcome.described()
    stuck = _run(Scenario("reapi", ending="stuck", deadline=300.0))
    assert stuck.outcome.category == "timeout", stuck.outcome.described()


def a_bug_is_found() -> None:
    """A client that swallows the code of a failed task breaks the check that asks for it."""
    [result] = _judged(_Careless, [_FAILS])
    assert result.status == "fail", f"{_FAILS} says {result.status} of a client that drops the code"
    assert result.counterexample is not None, f"{_FAILS} fails without a counterexample"


def the_smallest_is_shown() -> None:
    """A counterexample has nothing in it that is not needed."""

    def slow_is_wrong(run: Run) -> Ruling:
        return "it took long" if (run.scenario.seconds or 0) > 100 else FINE

    check = Property("reapi.probe.slow", "reapi.poll.cadence", lambda space: space.scenarios(), slow_is_wrong)
    with Engine(FactorySubject(make, "reference")) as engine:
        example = Explorer(engine, Plan(seed=1)).judge(Item(check, "reapi")).counterexample
    scenario = dict(example.scenario) if example else {}
    assert set(scenario) <= {"provider", "seconds", "seed"}, f"the smallest scenario is {json.dumps(scenario)}"


def nobody_else_is_accused() -> None:
    """The reference client passes what the careless one fails."""
    [result] = _judged(ReapiClient, [_FAILS])
    assert result.status == "pass", f"{_FAILS} says {result.status} of the reference client"


def calls_are_kept_apart() -> None:
    """Two calls at once get a job each, with pictures of their own."""
    calls = (Call(Wish("a red kite")), Call(Wish("a blue boat")))
    run = _run(Scenario("reapi", calls=calls, together=True))
    urls = [image.url for outcome in run.outcomes for image in outcome.images]
    assert len(urls) == len(set(urls)) == 2, f"two calls were given {urls}"
    assert {job.prompt for job in run.jobs} == {"a red kite", "a blue boat"}


def scenarios_repeat() -> None:
    """The same scenario gives the same exchanges."""
    scenario = Scenario("reapi", seconds=50.0, seed=3)
    with Engine(FactorySubject(make, "reference")) as engine:
        first, second = (_trace(engine.run(scenario)) for _ in range(2))
    assert first == second, "the same scenario went differently the second time"


def no_failure_is_dropped() -> None:
    """Every failure is in every report."""
    from ..reports.html import html_page
    from ..reports.jsonfile import as_json
    from ..reports.junit import junit_xml
    from ..reports.sarif import sarif

    report = _report("fail", "warn", "not-exercised")
    texts = {
        "HTML": html_page(report),
        "JUnit": junit_xml(report),
        "SARIF": json.dumps(sarif(report)),
        "JSON": json.dumps(as_json(report)),
    }
    for name, text in texts.items():
        missing = [result.id for result in report.results if result.id not in text]
        assert not missing, f"the {name} report does not tell of {missing}"


def failures_fail() -> None:
    """A broken rule, and one that nobody exercised, end the run with exit code 1; a warning does not."""
    assert judging.exit_code(_report("fail")) == judging.FAILED
    assert judging.exit_code(_report("not-exercised")) == judging.FAILED
    assert judging.exit_code(_report("pass")) == judging.OK


def baselines_lapse() -> None:
    """What is known to fail is expected until its day, and only then."""
    [result] = _report("fail").results
    baseline = Baseline((Entry(result.name, "known", _TODAY),))
    assert baseline.applied([result], _TODAY)[0].status == "expected-fail"
    assert baseline.applied([result], _TODAY + timedelta(days=1))[0].status == "stale-baseline"
    assert baseline.applied([replace(result, status="pass")], _TODAY)[0].status == "stale-baseline"


PROBES: Final[Mapping[str, Callable[[], None]]] = {
    probe.__name__.replace("_", "-"): probe
    for probe in (
        keys_are_demanded, time_waits_for_workers, times_are_exact, failures_are_free, faults_strike,
        readings_are_played, everything_is_recorded, endings_come, a_bug_is_found, the_smallest_is_shown,
        nobody_else_is_accused, calls_are_kept_apart, scenarios_repeat, no_failure_is_dropped, failures_fail,
        baselines_lapse,
    )
}  # fmt: skip


class _Careless(ReapiClient):
    """Drops the code of a failed job."""

    def reason_of(self, body: Any) -> Any:
        return super().reason_of(body)._replace(code=None)


def _busy(seconds: float) -> None:
    # Real time is the subject here: what a worker does while it holds the clock.
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


def _run(scenario: Scenario, client: type[Any] = ReapiClient) -> Run:
    with Engine(FactorySubject(factory_of({"reapi": client}), "probe")) as engine:
        return engine.run(scenario)


def _judged(client: type[Any], ids: list[str]) -> list[CheckResult]:
    with Engine(FactorySubject(factory_of({"reapi": client}), "probe")) as engine:
        subject = engine.subject
        items = items_for(subject.capabilities, subject.conditions, ["reapi"], ids)
        return list(Explorer(engine, Plan()).results(items))


def _trace(run: Run) -> list[tuple[Any, ...]]:
    return [
        (seen.method, seen.path, seen.status, run.since_start(seen.at), seen.exchange.response_body[:40])
        for seen in run.exchanges
    ]


def _report(*statuses: Any) -> Report:
    results = tuple(
        CheckResult(f"reapi.probe.{status}", "reapi", "MUST", "text", "A statement.", "somewhere:1", status,
                    examples=1, tried=1, note="a note")
        for status in statuses
    )  # fmt: skip
    return Report({"name": "probe"}, results, Effort(), 0, "latest")
