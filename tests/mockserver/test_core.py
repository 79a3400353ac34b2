"""The parts of the core on their own: clock, jobs, money, plans, seeds, routes, bodies, keys, words, tenants."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from math import inf, nan
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from harness import NAMES, Harness, assert_asked_for
from hypothesis import given
from hypothesis import strategies as st

from safelight.mockserver import dates
from safelight.mockserver.clock import MANUAL_EPOCH, Clock, parse_rate, rate_name
from safelight.mockserver.credentials import Credentials, read_key
from safelight.mockserver.envelopes import fill
from safelight.mockserver.jobs import CANCELLED, SUCCEEDED, ImageOrder, Intervention, Job, Plan, outcome_of
from safelight.mockserver.journal import Exchange, Journal, repeated_keys
from safelight.mockserver.ledger import Wallet
from safelight.mockserver.planning import STUCK, make_plan
from safelight.mockserver.problems import LONGEST_VALUE, Problem, shown
from safelight.mockserver.progress import Progress, parse_progress
from safelight.mockserver.routing import Router
from safelight.mockserver.seeds import as_uuid, draw, draw_between, identify
from safelight.mockserver.store import MemoryStore
from safelight.mockserver.validation import DEEPEST, BodyValidator, ParameterValidators, dotted, parse_json
from safelight.specs import Operation, Parameter, SecurityScheme, load

NOW = 1_767_225_600.0


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """The result of a coroutine function on a loop of its own."""

    async def to_end() -> Any:
        return await work()

    return asyncio.run(to_end())


@pytest.fixture
def mock() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


# Clock


class Source:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.reading = 50.0

    def __call__(self) -> float:
        return self.reading


@pytest.mark.parametrize(("text", "rate"), [("real", 1), ("manual", 0), ("x20", 20), ("x0.5", 0.5)])
def test_rates_have_names(text: str, rate: float) -> None:
    assert parse_rate(text) == rate
    assert rate_name(rate) == text


@pytest.mark.parametrize("text", ["", "20", "x", "x0", "x-1", "fast", "X20", "x1e3", "xnan", "x 2"])
def test_other_names_of_rates_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="clock must be real, manual or xN"):
        parse_rate(text)


@given(st.floats(0.01, 1000), st.floats(0, 1e6))
def test_a_clock_runs_at_its_rate(rate: float, elapsed: float) -> None:
    source = Source()
    clock = Clock(rate, epoch=NOW, source=source)
    source.reading += elapsed
    assert clock.now() == pytest.approx(NOW + rate * elapsed, abs=1e-3)


def test_a_manual_clock_stands_still_from_the_same_instant_every_time() -> None:
    source = Source()
    clock = Clock(0, source=source)
    source.reading += 1e6
    assert clock.now() == MANUAL_EPOCH
    assert clock.advance(7 * 86400) == clock.now() == MANUAL_EPOCH + 7 * 86400


@pytest.mark.parametrize("seconds", [-1, -1e-9, nan, -inf])
def test_a_clock_never_goes_back(seconds: float) -> None:
    clock = Clock(0)
    with pytest.raises(ValueError, match="moves forward only"):
        clock.advance(seconds)
    assert clock.now() == MANUAL_EPOCH


def test_another_rate_goes_on_from_the_present_instant() -> None:
    source = Source()
    clock = Clock(1, epoch=NOW, source=source)
    source.reading += 10
    clock.set_rate(100)
    assert clock.now() == NOW + 10
    source.reading += 1
    assert clock.now() == NOW + 110
    clock.set_rate(0)
    source.reading += 1
    assert clock.now() == NOW + 110


def test_a_fork_shows_the_same_time_and_then_goes_its_own_way() -> None:
    source = Source()
    clock = Clock(2, epoch=NOW, source=source)
    source.reading += 5
    fork = clock.fork()
    assert fork.now() == clock.now() == NOW + 10
    fork.advance(100)
    source.reading += 1
    assert (clock.now(), fork.now()) == (NOW + 12, NOW + 112)


def test_who_waits_is_woken_when_the_clock_is_moved_to_the_instant_and_not_before() -> None:
    async def story() -> list[bool]:
        clock = Clock(0)
        waiting = asyncio.ensure_future(clock.wait_until(MANUAL_EPOCH + 60))
        seen = []
        for step in (0, 59, 1):
            clock.advance(step)
            for _ in range(4):
                await asyncio.sleep(0)
            seen.append(waiting.done())
        await waiting
        return seen

    assert run(story) == [False, False, True]


def test_a_change_wakes_who_waits_for_ever() -> None:
    async def story() -> bool:
        clock = Clock(0)
        waiting = asyncio.ensure_future(clock.wait_for_change(inf))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        still = not waiting.done()
        clock.nudge()
        await waiting
        return still

    assert run(story)


def test_a_wait_that_is_given_up_leaves_nothing_behind() -> None:
    async def story() -> int:
        clock = Clock(0)
        waiting = asyncio.ensure_future(clock.wait_until(inf))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return len(clock._waiters)

    assert run(story) == 0


# Jobs


endings = st.sampled_from([SUCCEEDED, "failed", "moderated-prompt", "moderated-output", CANCELLED])
seconds = st.floats(0, 1e6) | st.sampled_from([0.0, 1.0, 30.0, 604800.0])
ORDER = ImageOrder("a cat", "1K", 1024, 1024)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    queued = draw(seconds)
    duration = draw(st.just(inf) | seconds.map(lambda more: queued + more))
    return Plan(queued, duration, draw(endings), draw(st.sampled_from([1.0, 50.0, 320.0])))


@st.composite
def interventions(draw: st.DrawFn) -> Intervention:
    at = NOW + draw(seconds)
    return draw(st.one_of(st.just(Intervention(at, "expire")), endings.map(lambda to: Intervention(at, "end", to))))


jobs = st.builds(
    Job,
    hex=st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}"),
    provider=st.just("reapi"),
    operation=st.just("submit"),
    submitted=st.just(NOW),
    plan=plans(),
    order=st.just(ORDER),
    model=st.just("m"),
    interventions=st.lists(interventions(), max_size=4).map(tuple),
)

RANK = {"queued": 0, "running": 1, "succeeded": 2, "failed": 2, "cancelled": 2}


@given(jobs, st.lists(seconds, min_size=2, max_size=8))
def test_a_job_only_goes_forward_and_its_end_is_final(job: Job, offsets: list[float]) -> None:
    states = [job.state(NOW + offset) for offset in sorted(offsets)]
    ranks = [RANK[state.phase] for state in states]
    assert ranks == sorted(ranks)
    final = [state for state in states if state.terminal]
    assert all(state == final[0] for state in final)
    assert all(0 <= state.progress <= 1 for state in states)
    assert [job.state(NOW + offset) for offset in sorted(offsets, reverse=True)] == states[::-1]


@given(jobs)
def test_the_first_end_counts_whatever_the_order_of_the_interventions(job: Job) -> None:
    ends = [(i.at, i.ending) for i in job.interventions if i.kind == "end"]
    natural = (NOW + job.plan.duration, job.plan.ending)
    at, ending = job.end()
    assert at == min([natural[0], *(when for when, _ in ends)])
    assert (at, ending) in [natural, *ends]
    if at == natural[0]:
        assert ending == natural[1]
    if at < inf:
        assert job.state(at).terminal
        assert job.state(at).since == at


@given(jobs, st.none() | seconds)
def test_results_lapse_after_their_life_or_when_told(job: Job, life: float | None) -> None:
    told = [i.at for i in job.interventions if i.kind == "expire"]
    natural = inf if life is None else job.end()[0] + life
    assert job.expiry(life) == min([natural, *told])


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (SUCCEEDED, "succeeded"),
        (CANCELLED, "cancelled"),
        ("moderated-output", "moderated"),
        ("no-image", "failed"),
        (STUCK, "failed"),
    ],
)
def test_endings_fall_into_four_classes(ending: str, outcome: str) -> None:
    assert outcome_of(ending) == outcome


# Money


@given(st.lists(jobs, max_size=5, unique_by=lambda job: job.hex), st.lists(seconds, max_size=6))
def test_a_balance_is_the_sum_of_the_ledger_at_every_instant(found: list[Job], offsets: list[float]) -> None:
    wallet = Wallet("reapi", 1000, frozenset(["failed", "moderated"]))
    for job in found:
        wallet.charge(job)
    for offset in sorted([*offsets, 2e6]):
        now = NOW + offset
        entries = wallet.entries(found, now)
        assert wallet.balance(now) == sum(entry.credits for entry in entries)
        assert wallet.balance(now) == 1000 - sum(job.plan.price for job in found if not _paid_back(job, now))
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def _paid_back(job: Job, now: float) -> bool:
    return job.state(now).terminal and outcome_of(job.end()[1]) in ("failed", "moderated")


def test_a_corrected_balance_stands_in_the_ledger() -> None:
    wallet = Wallet("reapi", 10, frozenset())
    wallet.set_balance(3, NOW)
    wallet.set_balance(5, NOW + 1)
    assert [(entry.credits, entry.reason) for entry in wallet.entries([], NOW + 2)] == [
        (10, "granted"),
        (-7, "balance set"),
        (2, "balance set"),
    ]
    assert wallet.balance(NOW + 2) == 5


# Plans and seeds


@pytest.mark.parametrize("provider", NAMES)
@given(number=st.integers(0, 2**128 - 1), tier=st.sampled_from(["1K", "2K", "4K"]), count=st.integers(1, 4))
def test_a_plan_lies_in_the_documented_band(provider: str, number: int, tier: str, count: int) -> None:
    behaviour = load(provider).behaviour
    order = ImageOrder("a cat", tier, 1, 1, count)
    plan = make_plan(behaviour, f"{number:032x}", order, None, Progress())
    low, high = behaviour.durations[tier]
    more = behaviour.each_extra_image * (count - 1)
    assert low + more <= plan.duration <= high + more
    assert behaviour.queued[0] <= plan.queued <= behaviour.queued[1]
    assert plan == make_plan(behaviour, f"{number:032x}", order, None, Progress())
    assert plan.price == behaviour.prices[tier] * count
    failed = make_plan(behaviour, f"{number:032x}", order, "failed", Progress())
    assert plan.queued <= failed.duration <= high + more


@pytest.mark.parametrize("progress", ["time", "polls:3", "immediate"])
def test_a_stuck_job_is_planned_to_end_never(progress: str) -> None:
    plan = make_plan(load("reapi").behaviour, "0" * 32, ORDER, STUCK, parse_progress(progress))
    assert (plan.duration, plan.ending, plan.price) == (inf, STUCK, 1)


def test_some_images_may_be_free() -> None:
    order = ImageOrder("a cat", "4K", 1, 1, 4)
    assert make_plan(load("threedai").behaviour, "0" * 32, order, None, Progress(), paid_images=1).price == 80


def test_identities_stay_the_same_from_version_to_version() -> None:
    assert identify(0, b"reapi", b"body") == "200feae9afe84758be08162663a70f80"


@given(st.integers(-(2**63), 2**63 - 1), st.lists(st.binary(max_size=5), max_size=4))
def test_an_identity_tells_seeds_and_parts_apart(seed: int, parts: list[bytes]) -> None:
    hex_id = identify(seed, *parts)
    assert len(hex_id) == 32
    assert as_uuid(hex_id).replace("-", "") == hex_id
    assert (UUID(hex_id).version, UUID(hex_id).variant) == (4, RFC_4122)  # strict clients check both
    assert identify(seed ^ 1, *parts) != hex_id
    assert identify(seed, *parts, b"") != hex_id
    if len(parts) > 1 and parts[0]:
        assert identify(seed, parts[0] + parts[1], *parts[2:]) != hex_id


@given(st.text(max_size=40), st.text(max_size=10), st.floats(0, 1e3), st.floats(0, 1e3))
def test_draws_lie_within_their_bounds(hex_id: str, purpose: str, low: float, more: float) -> None:
    assert 0 <= draw(hex_id, purpose) < 1
    assert draw(hex_id, purpose) == draw(hex_id, purpose)
    assert low - 0.001 <= draw_between(hex_id, purpose, (low, low + more)) <= low + more + 0.001


@pytest.mark.parametrize(
    ("text", "progress"),
    [("time", Progress()), ("immediate", Progress("immediate")), ("polls:12", Progress("polls", 12))],
)
def test_progress_has_names(text: str, progress: Progress) -> None:
    assert parse_progress(text) == progress
    assert str(progress) == text


@pytest.mark.parametrize("text", ["", "polls", "polls:0", "polls:-1", "polls:x", "Time", "polls:1.5", "polls: 3"])
def test_other_names_of_progress_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="progress must be time, immediate or polls:N"):
        parse_progress(text)


def test_repeats_of_a_submit_are_numbered_from_nought() -> None:
    store = MemoryStore()
    assert [store.next_ordinal(digest) for digest in (b"a", b"b", b"a", b"a", b"b")] == [0, 0, 1, 2, 1]


# Routes


def operation(method: str, path: str, *parameters: Parameter) -> Operation:
    return Operation(f"{method} {path}", "x", "poll", method, path, (), parameters, None, False, (), {}, False, (), "")


ROUTER = Router(
    [
        operation("GET", "/jobs"),
        operation("POST", "/jobs"),
        operation("GET", "/jobs/{id}"),
        operation("DELETE", "/jobs/{id}"),
        operation("GET", "/jobs/{id}/parts/{part}/"),
        operation("POST", "/models/{model}:run"),
        operation("GET", "/jobs/latest"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "template", "params"),
    [
        ("GET", "/jobs", "/jobs", {}),
        ("GET", "/jobs/latest", "/jobs/latest", {}),
        ("GET", "/jobs/7", "/jobs/{id}", {"id": "7"}),
        ("DELETE", "/jobs/a%2Fb%20c", "/jobs/{id}", {"id": "a/b c"}),
        ("GET", "/jobs/%ff", "/jobs/{id}", {"id": "\ufffd"}),
        ("GET", "/jobs/1/parts/2/", "/jobs/{id}/parts/{part}/", {"id": "1", "part": "2"}),
        ("POST", "/models/a:b:run", "/models/{model}:run", {"model": "a:b"}),
        ("POST", "/models/a%3Arun", "/models/{model}:run", {"model": "a"}),
        ("POST", "/models/a%253A%3arun", "/models/{model}:run", {"model": "a%3A"}),
    ],
)
def test_a_path_leads_to_its_operation(method: str, path: str, template: str, params: dict[str, str]) -> None:
    found, values = ROUTER.match(method, path)
    assert (found.method, found.path, values) == (method, template, params)


@pytest.mark.parametrize(
    "path", ["", "/", "/jobs/", "/jobs//", "/Jobs", "/jobs/1/2", "/models/a", "/models/:run", "/jobsx"]
)
def test_a_path_without_a_route(path: str) -> None:
    assert not ROUTER.knows(path)
    with pytest.raises(Problem) as caught:
        ROUTER.match("GET", path)
    assert caught.value.kind == "route-unknown"


@pytest.mark.parametrize(
    ("path", "allow"), [("/jobs", "GET, POST"), ("/jobs/7", "DELETE, GET"), ("/models/a:run", "POST")]
)
def test_a_path_with_other_methods_names_them(path: str, allow: str) -> None:
    assert ROUTER.knows(path)
    with pytest.raises(Problem) as caught:
        ROUTER.match("PATCH", path)
    assert (caught.value.kind, caught.value.headers) == ("method-not-allowed", {"Allow": allow})


# Bodies and parameters


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + closing * depth


def test_json_may_be_two_hundred_levels_deep() -> None:
    assert DEEPEST == 200
    assert parse_json(nested(200))
    assert parse_json(b'{"a":' * 200 + b"1" + b"}" * 200)
    assert parse_json(b"[" + b",".join([b"[]"] * 5000) + b"]")
    for deep in (nested(201), b'{"a":' * 201 + b"1" + b"}" * 201, b'[{"a":' * 101 + b"1" + b"}]" * 101):
        with pytest.raises(Problem) as caught:
            parse_json(deep)
        assert caught.value.kind == "body-malformed"
        assert "200 levels" in caught.value.facts["reason"]


def test_values_too_deep_for_the_validator_are_a_malformed_body() -> None:
    validator = BodyValidator({"type": "object", "properties": {"a": {"maxItems": 0}}}, ())
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(Problem) as caught:
        validator.check({"a": deep})
    assert caught.value.kind in ("body-malformed", "parameter-invalid")
    while deep:  # taken apart level by level: CPython frees deep lists by recursion
        deep = deep[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [([], ""), (["a"], "a"), (["a", 0, "b", 12, 3], "a[0].b[12][3]"), ([0], "[0]"), ([0, "a"], "[0].a")],
)
def test_a_path_is_written_with_dots_and_brackets(path: list[str | int], text: str) -> None:
    assert dotted(path) == text


def test_a_value_is_shown_shortened() -> None:
    assert shown({"a": [None, "ä"]}) == '{"a":[null,"ä"]}'
    assert shown([2**64]) == "[18446744073709551616]"
    assert len(shown("x" * 1000)) == LONGEST_VALUE
    assert shown("x" * 1000).endswith("…")


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "minimum": 0, "maximum": 9}, ["0", "9"], ["10", "-1", "1.0", "x", "", "٣", "1" * 30]),
        ({"type": "boolean"}, ["true", "false"], ["True", "1", "yes", ""]),
        ({"type": "string", "pattern": "^[0-9]+$"}, ["5", "007"], ["x", ""]),
    ],
)
def test_parameters_are_read_from_their_text(schema: dict[str, Any], good: list[str], bad: list[str]) -> None:
    check = ParameterValidators(operation("GET", "/x", Parameter("p", "query", True, schema, "toy.x.p"))).check
    for text in good:
        check({}, {"p": text})
    for query in [{}, *({"p": text} for text in bad)]:
        with pytest.raises(Problem) as caught:
            check({}, query)
        assert caught.value.rule == "toy.x.p"
        assert caught.value.facts["field"] == "p"


@pytest.mark.parametrize(
    ("schema", "text", "reason"),
    [
        ({"type": "integer", "minimum": 1}, "0", "must be at least 1"),
        ({"type": "integer", "maximum": 100}, "101", "must be at most 100"),
        ({"type": "integer", "minimum": 1}, "x", "must be of type integer"),
        ({"type": "string", "enum": ["false"]}, "true", "must be one of false"),
    ],
)
def test_a_parameter_is_judged_by_the_value_that_its_text_spells(
    schema: dict[str, Any], text: str, reason: str
) -> None:
    check = ParameterValidators(operation("GET", "/x", Parameter("p", "query", True, schema, None))).check
    with pytest.raises(Problem) as caught:
        check({}, {"p": text})
    assert caught.value.facts["reason"] == reason


# Keys


BEARER = SecurityScheme("bearer", "bearer", "Authorization")
HEADER = SecurityScheme("header", "header", "x-goog-api-key")
QUERY = SecurityScheme("query", "query", "key")


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({}, {}, Credentials(None)),
        ({"Authorization": "Bearer a"}, {}, Credentials("a")),
        ({"Authorization": "bEARER   a  "}, {}, Credentials("a")),
        ({"Authorization": "Bearer a b"}, {}, Credentials("a b")),
        ({"Authorization": "Basic a"}, {}, Credentials(None, malformed=True)),
        ({"Authorization": "Bearer"}, {}, Credentials(None, malformed=True)),
        ({"Authorization": "Basic a", "x-goog-api-key": "b"}, {}, Credentials("b")),
        ({"x-goog-api-key": ""}, {}, Credentials(None, malformed=True)),
        ({"x-goog-api-key": "b"}, {"key": "c"}, Credentials("b")),
        ({"Authorization": "Bearer a"}, {"key": "c"}, Credentials("a")),
        ({}, {"key": "c"}, Credentials("c")),
        ({"key": "c"}, {"x-goog-api-key": "b"}, Credentials(None)),
    ],
)
def test_a_key_is_read_from_the_first_scheme_that_has_one(
    headers: dict[str, str], query: dict[str, str], found: Credentials
) -> None:
    assert read_key([BEARER, HEADER, QUERY], headers, query) == found


# Words


def test_an_envelope_is_filled_and_what_is_null_is_left_out() -> None:
    template = {"a": "$x", "b": {"c": "$none", "d": ["$x", "$$", "x"]}, "e": "$absent", "f": 1}
    assert fill(template, {"x": 0, "none": None, "$": "dollar"}) == {"a": 0, "b": {"d": [0, "dollar", "x"]}, "f": 1}


def test_dates_are_spelt_as_each_needs_them() -> None:
    instant = NOW + 59.9876543
    assert dates.http_date(instant) == "Thu, 01 Jan 2026 00:00:59 GMT"
    assert dates.iso_seconds(instant) == "2026-01-01T00:00:59Z"
    assert dates.iso_milliseconds(instant) == "2026-01-01T00:00:59.987Z"
    assert dates.iso_microseconds(instant) == "2026-01-01T00:00:59.987654Z"


# Journal


def exchange(number: int, body: bytes = b"") -> Exchange:
    return Exchange(number, "t", "reapi", "poll", "GET", "/", NOW, NOW, {}, response_body=body)


def test_a_journal_keeps_the_latest_and_counts_what_it_drops() -> None:
    journal = Journal(most=3)
    for number in range(5):
        journal.append(exchange(number))
    assert ([kept.number for kept in journal], journal.dropped, len(journal)) == ([2, 3, 4], 2, 3)
    journal.clear()
    assert (list(journal), journal.dropped) == ([], 0)


def test_a_journal_is_bounded_in_bytes_and_cuts_long_answers() -> None:
    heard: list[int] = []
    journal = Journal([lambda each: heard.append(each.number)], most_bytes=1_000_000)
    for number in range(6):
        journal.append(exchange(number, b"x" * 400_000))
    assert all(len(kept.response_body) == 256 * 1024 for kept in journal)
    assert "400000 bytes cut" in next(iter(journal)).notes[0].text
    assert len(journal) == 3
    assert heard == list(range(6))


def test_an_exchange_larger_than_the_journal_is_the_only_one_until_the_next() -> None:
    journal = Journal(most_bytes=1_000_000)
    for number in range(3):
        journal.append(exchange(number))
    journal.append(replace(exchange(3), request_body=b"x" * 2_000_000))
    assert ([kept.number for kept in journal], journal.dropped) == ([3], 3)
    journal.append(exchange(4))
    assert ([kept.number for kept in journal], journal.dropped) == ([4], 4)


def test_keys_that_are_repeated_are_found_in_any_object() -> None:
    assert repeated_keys(b'{"a":1,"b":{"c":1,"c":2},"a":[{"d":1,"d":1}]}') == ["c", "d", "a"]
    assert repeated_keys(b"not json") == repeated_keys(b"[" * 100_000) == []


# Tenants


def test_readings_are_set_by_their_full_name_or_refused_with_a_hint(mock: Harness) -> None:
    mock.tenant.choose("reapi.processing-output", "absent")
    assert mock.tenant.describe_choices()["reapi.processing-output"] == "absent"
    with pytest.raises(ValueError, match=r"can be null, absent, not 'off'"):
        mock.tenant.choose("reapi.processing-output", "off")
    with pytest.raises(ValueError, match=r"did you mean reapi\.processing-output\?"):
        mock.tenant.choose("reapi.procesing-output", "null")


def test_a_reset_tenant_is_as_at_first_but_for_its_keys(mock: Harness) -> None:
    extra = mock.world.add_key(mock.tenant, "reapi")
    extra.revoked = True
    mock.submit("reapi")
    before = mock.newest().hex
    mock.tenant.choose("reapi.task-id", "both")
    mock.tenant.reset()
    assert (len(mock.tenant.jobs), len(mock.tenant.journal), mock.balance("reapi")) == (0, 0, 1_000_000)
    assert mock.tenant.choices["reapi"]["task-id"] == "id-only"
    assert not extra.revoked
    mock.submit("reapi")
    assert mock.newest().hex == before


@pytest.mark.parametrize("tag", ["", "A", "-a", "a b", "a/b", "a" * 64, "ä", "a\n"])
def test_a_tag_fits_into_a_url(mock: Harness, tag: str) -> None:
    with pytest.raises(ValueError, match="a tenant's tag is"):
        mock.world.create_tenant(tag)


@pytest.mark.parametrize("tag", ["default", "unattributed", "taken"])
def test_a_tag_is_given_once(mock: Harness, tag: str) -> None:
    mock.world.create_tenant("taken")
    with pytest.raises(ValueError, match="already"):
        mock.world.create_tenant(tag)


def test_requests_are_attributed_by_tag_then_by_key_and_else_to_nobody(mock: Harness) -> None:
    other = mock.world.create_tenant("t1")
    key = mock.world.ready_key(other, "reapi")
    assert mock.world.attribute("t1", "reapi", None) is other
    assert mock.world.attribute("default", "reapi", key) is mock.tenant
    assert mock.world.attribute(None, "reapi", key) is other
    assert mock.world.attribute(None, "threedai", key) is mock.world.unattributed
    assert mock.world.attribute(None, "reapi", None) is mock.world.unattributed
    with pytest.raises(KeyError):
        mock.world.attribute("t2", "reapi", key)


def test_nobodys_requests_are_answered_under_the_default_tenants_readings(mock: Harness) -> None:
    default = mock.world.default
    default.choose("threedai.error-body", "nested")
    assert mock.world.unattributed.choices["threedai"]["error-body"] == "nested"
    default.reset()
    default.choose("threedai.error-body", "detail")
    assert mock.world.unattributed.choices["threedai"]["error-body"] == "detail"


def test_a_deleted_tenants_key_opens_nothing(mock: Harness) -> None:
    other = mock.world.create_tenant("t1")
    key = mock.world.ready_key(other, "reapi")
    mock.world.delete_tenant(other)
    assert mock.world.attribute(None, "reapi", key) is mock.world.unattributed
    assert mock.submit("reapi", key=key).status == 401
    with pytest.raises(ValueError, match="cannot be deleted"):
        mock.world.delete_tenant(mock.tenant)


def test_any_key_will_do_where_that_is_wanted() -> None:
    with Harness(any_key=True) as mock:
        for provider in NAMES:
            assert mock.submit(provider, key="whatever").status == 200
            refused = mock.submit(provider, key=None)
            assert refused.status == 401
            assert_asked_for(refused)
        key = mock.world.ready_key(mock.tenant, "reapi")
        mock.tenant.keys["reapi", key].revoked = True
        assert mock.submit("reapi").status == 401


def test_a_key_belongs_to_one_tenant(mock: Harness) -> None:
    key = mock.world.ready_key(mock.tenant, "reapi")
    with pytest.raises(ValueError, match="in use already"):
        mock.world.add_key(mock.world.create_tenant(), "reapi", key)
