"""What holds whatever is done in whatever order: money, finality, privacy, determinism, agreement of validators."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema
import orjson
from harness import ASYNCHRONOUS, NAMES, Answer, Harness, Waiting, facts_of, poll_path, response_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from safelight.mockserver.images import prompt_sha256
from safelight.mockserver.jobs import Job
from safelight.mockserver.progress import parse_progress
from safelight.mockserver.tenants import Tenant
from safelight.specs import load

CREDITS = 1_000.0
SEEDS = {"ada": 11, "bob": 22}
SUBMIT_PATHS = {
    "reapi": "/api/v1/images/generations",
    "threedai": "/v1/images/gemini/3/pro/generate/",
    "gmicloud": "/api/v1/ie/requestqueue/apikey/requests",
    "tokaify": "/v1beta/models/gemini-3-pro-image-preview:generateContent",
    "onemin": "/api/features",
}
MODEL = "gemini-3-pro-image-preview"
UNPAID = {"failed", "FAILED", "cancelled"}
FINAL = UNPAID | {"completed", "FINISHED", "success"}

prompts = st.sampled_from(["a cat", "a dog", "a cat safelight:block-prompt", "a dog safelight:block-output"])
tiers = st.sampled_from(["1K", "1K", "2K", "4K"])
counts = st.integers(1, 4)
tenants = st.sampled_from(sorted(SEEDS))
providers = st.sampled_from(NAMES)
moments = st.sampled_from([0.0, 0.5, 1.0, 5.0, 29.0, 30.0, 60.0, 120.0, 3600.0, 86400.0, 7 * 86400.0])


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, Any, float]:
    """A provider, a request body for it and what it costs by the documents."""
    provider, prompt, tier, count = draw(providers), draw(prompts), draw(tiers), draw(counts)
    if provider == "reapi":
        return provider, {"model": MODEL, "prompt": prompt, "resolution": tier, "n": count}, count
    if provider == "threedai":
        body = {"prompt": prompt, "resolution": tier, "num_images": count}
        return provider, body, count * (80 if tier == "4K" else 50)
    if provider == "gmicloud":
        return provider, {"model": MODEL, "payload": {"prompt": prompt, "image_size": tier}}, 1
    if provider == "tokaify":
        config = {"responseModalities": ["TEXT"], "candidateCount": count, "imageConfig": {"imageSize": tier}}
        return provider, {"contents": [{"parts": [{"text": prompt}]}], "generationConfig": config}, count
    prompt_object = {"prompt": prompt, "imageSize": tier}
    return provider, {"type": "IMAGE_GENERATOR", "model": MODEL, "promptObject": prompt_object}, 1


@dataclass
class Order:
    """A job as the model of the machine knows it."""

    tenant: str
    provider: str
    job: Job
    price: float
    prompt: str
    waiting: Waiting | None = None
    last: Any = None
    final: Any = None
    paid: bool = True
    expired: bool = False


@dataclass
class Purse:
    """What a tenant was given at a provider in all, and whether its first key opens."""

    granted: float = CREDITS
    revoked: bool = False
    orders: list[Order] = field(default_factory=list)

    def balance(self) -> float:
        """What must be left by what the provider says of the jobs."""
        return self.granted - sum(order.price for order in self.orders if order.paid)


@cache
def reference_validator(provider: str, operation: str, status: int) -> Any:
    schema = response_schema(load(provider), operation, status)
    return jsonschema.Draft202012Validator(dict(schema))


class Simulation(RuleBasedStateMachine):
    """Two tenants at five providers, and everything that can happen to them."""

    placed = Bundle("placed")

    def __init__(self) -> None:
        super().__init__()
        self.mock = Harness(credits=CREDITS)
        self.tenants: dict[str, Tenant] = {}
        self.spare: dict[tuple[str, str], str] = {}
        self.purses: dict[tuple[str, str], Purse] = defaultdict(Purse)
        self.checked: set[tuple[str, str, int, bytes]] = set()
        for name, seed in SEEDS.items():
            tenant = self.tenants[name] = self.mock.world.create_tenant(name)
            tenant.seed = seed
            for provider in NAMES:
                self.spare[name, provider] = self.mock.world.add_key(tenant, provider).text

    def teardown(self) -> None:
        for purse in self.purses.values():
            for order in purse.orders:
                if order.waiting:
                    order.waiting.leave()
        self.mock.__exit__(None, None, None)

    @initialize(progress=st.sampled_from(["time", "time", "time", "polls:3", "immediate"]))
    def choose_progress(self, progress: str) -> None:
        for tenant in self.tenants.values():
            tenant.progress = parse_progress(progress)

    # Rules

    @rule(target=placed, name=tenants, order=orders())
    def submit(self, name: str, order: tuple[str, Any, float]) -> Any:
        provider, body, price = order
        tenant, purse = self.tenants[name], self.purses[name, provider]
        before = len(tenant.jobs)
        waiting = self.mock.begin(provider, "POST", SUBMIT_PATHS[provider], body, tenant=tenant)
        if purse.revoked or purse.balance() < price:
            answer = self.check(waiting.answer())
            assert answer.status == (401 if purse.revoked else 403 if provider == "tokaify" else 402)
            assert len(tenant.jobs) == before
            return None
        job = self.mock.newest(tenant)
        assert len(tenant.jobs) == before + 1
        placed = Order(name, provider, job, price, job.order.prompt, waiting)
        if provider in ASYNCHRONOUS:
            assert self.check(waiting.answer()).status == 200
            placed.waiting = None
        purse.orders.append(placed)
        return placed

    @rule(name=tenants, seconds=moments)
    def advance(self, name: str, seconds: float) -> None:
        self.mock.advance(seconds, self.tenants[name])

    @rule(order=placed)
    def poll_with_the_first_key(self, order: Order | None) -> None:
        if order and order.provider in ASYNCHRONOUS:
            revoked = self.purses[order.tenant, order.provider].revoked
            answer = self.check(self.mock.poll(order.provider, order.job, tenant=self.tenants[order.tenant]))
            assert answer.status == (401 if revoked else 200)
            if not revoked:
                self.learn(order, answer.json)

    @rule(order=placed)
    def ask_as_another_tenant(self, order: Order | None) -> None:
        if order and order.provider in ASYNCHRONOUS:
            other = next(tenant for name, tenant in self.tenants.items() if name != order.tenant)
            path = poll_path(order.provider, self.mock.world.providers[order.provider].public_id(order.job.hex))
            for method in ("GET", "DELETE") if order.provider == "gmicloud" else ("GET",):
                key = self.spare[other.tag, order.provider]
                answer = self.check(self.mock.send(order.provider, method, path, tenant=other, key=key))
                assert answer.status == 404
                assert answer.exchange.job is None

    @rule(order=placed)
    def cancel(self, order: Order | None) -> None:
        if order and order.provider == "gmicloud":
            path = poll_path("gmicloud", self.mock.world.providers["gmicloud"].public_id(order.job.hex))
            key = self.spare[order.tenant, "gmicloud"]
            answer = self.check(self.mock.send("gmicloud", "DELETE", path, tenant=self.tenants[order.tenant], key=key))
            self.refresh(order)
            assert (answer.status == 200) == (order.final == answer.json)
            assert answer.status in (200, 409)

    @rule(order=placed, ending=st.sampled_from(["succeeded", "failed", "moderated-output", "cancelled"]))
    def end_from_outside(self, order: Order | None, ending: str) -> None:
        if order:
            self.tenants[order.tenant].end_job(order.job, ending)

    @rule(order=placed)
    def expire(self, order: Order | None) -> None:
        if order:
            self.tenants[order.tenant].expire_job(order.job)
            order.expired = True

    @rule(name=tenants, provider=providers, ending=st.sampled_from(["moderated-prompt", "moderated-output"]))
    def moderate_next(self, name: str, provider: str, ending: str) -> None:
        self.tenants[name].moderations[provider].append(ending)

    @rule(name=tenants, provider=providers, ending=st.sampled_from(["failed", "stuck", "moderated-output"]))
    def order_an_outcome(self, name: str, provider: str, ending: str) -> None:
        self.mock.order_ending(provider, ending, self.tenants[name])

    @rule(name=tenants, provider=providers)
    def revoke_or_restore_the_first_key(self, name: str, provider: str) -> None:
        purse = self.purses[name, provider]
        purse.revoked = not purse.revoked
        text = self.mock.world.ready_key(self.tenants[name], provider)
        self.tenants[name].keys[provider, text].revoked = purse.revoked

    @rule(name=tenants, provider=providers, credits=st.sampled_from([0.0, 1.0, 60.0, 500.0]))
    def set_credits(self, name: str, provider: str, credits: float) -> None:
        purse, tenant = self.purses[name, provider], self.tenants[name]
        self.refresh_all(purse)
        purse.granted += credits - purse.balance()
        tenant.wallets[provider].set_balance(credits, tenant.clock.now())

    @rule(order=placed)
    def download(self, order: Order | None) -> None:
        if order and order.final and order.paid and order.provider in ASYNCHRONOUS and order.job.order.tier == "1K":
            tenant = self.tenants[order.tenant]
            provider = self.mock.world.providers[order.provider]
            name = next(iter(provider.spec.behaviour.media_paths))
            image = self.mock.fetch(self.mock.media.url(tenant, provider, order.job, 0, name))
            life = provider.spec.behaviour.media_life
            lapsed = life is not None and tenant.clock.now() >= order.job.end()[0] + life
            assert (image.status == 200) == (not lapsed and not order.expired)
            if image.status == 200:
                facts = facts_of(image.body)
                assert (facts.prompt_sha256, facts.job) == (prompt_sha256(order.prompt), order.job.hex)

    # Invariants

    @invariant()
    def paid_is_what_the_providers_say_is_paid(self) -> None:
        for purse in self.purses.values():
            self.refresh_all(purse)
        self._every_charge_and_refund_stands_in_the_ledger_once()
        for (name, provider), purse in self.purses.items():
            tenant = self.tenants[name]
            assert self.mock.balance(provider, tenant) == purse.balance()
            if provider in ("reapi", "threedai"):
                operation = next(row for row in load(provider).operations if row.role == "balance")
                key = self.spare[name, provider]
                shown = self.mock.send(provider, "GET", operation.path, tenant=tenant, key=key).json["balance"]
                assert float(shown) == purse.balance()

    def _every_charge_and_refund_stands_in_the_ledger_once(self) -> None:
        for name, tenant in self.tenants.items():
            moved: dict[str, list[float]] = defaultdict(list)
            entries = tenant.ledger()
            assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
            for entry in entries:
                if entry.job:
                    moved[entry.job].append(entry.credits)
            orders = [order for (owner, _), purse in self.purses.items() if owner == name for order in purse.orders]
            assert moved == {o.job.hex: [-o.price] if o.paid else [-o.price, o.price] for o in orders}

    # Knowledge

    def refresh_all(self, purse: Purse) -> None:
        for order in purse.orders:
            self.refresh(order)

    def refresh(self, order: Order) -> None:
        """Learn what the provider says of a job now."""
        tenant = self.tenants[order.tenant]
        if order.waiting:
            if order.job.state(tenant.clock.now()).terminal:
                answer = self.check(order.waiting.answer())
                order.waiting = None
                order.final = answer.json
                order.paid = _delivered(order.provider, answer)
            return
        if order.provider in ASYNCHRONOUS:
            key = self.spare[order.tenant, order.provider]
            answer = self.check(self.mock.poll(order.provider, order.job, tenant=tenant, key=key))
            self.learn(order, answer.json)

    def learn(self, order: Order, record: Any) -> None:
        """Take in a poll's answer; the first final one is final."""
        if order.final is not None:
            assert record == order.final
        elif record["status"] in FINAL:
            order.final = record
            order.paid = record["status"] not in UNPAID

    def check(self, answer: Answer) -> Answer:
        """The answer, once both validators have found it to be as documented."""
        exchange = answer.exchange
        marks = (exchange.provider, exchange.operation, answer.status, answer.body)
        if marks not in self.checked:
            self.checked.add(marks)
            assert reference_validator(*marks[:3]).is_valid(answer.json)
        return answer


def _delivered(provider: str, answer: Answer) -> bool:
    if answer.status != 200:
        return False
    if provider == "onemin":
        return "temporaryUrl" in answer.json["aiRecord"]
    return any("parts" in row["content"] for row in answer.json.get("candidates", ()))


TestSimulation = Simulation.TestCase
TestSimulation.settings = settings(max_examples=60, stateful_step_count=40)


# Determinism

Request = tuple[str, str, bytes]


@st.composite
def requests(draw: st.DrawFn) -> list[Request]:
    """Some submits of two tenants, some of them equal."""
    found = [(draw(tenants), *draw(orders())[:2]) for _ in range(draw(st.integers(1, 8)))]
    found += draw(st.lists(st.sampled_from(found), max_size=4))
    return [(name, provider, orjson.dumps(body)) for name, provider, body in found]


def run(schedule: list[tuple[Request, float]]) -> dict[Request, list[tuple[Any, ...]]]:
    """What becomes of each request, by how often it was sent before: identity, plan, bytes of a first image."""
    outcome: dict[Request, list[tuple[Any, ...]]] = defaultdict(list)
    with Harness() as mock:
        for name, seed in SEEDS.items():
            mock.world.create_tenant(name).seed = seed
        open_calls = []
        for request, gap in schedule:
            name, provider, raw = request
            tenant = mock.world.tenants[name]
            open_calls.append(mock.begin(provider, "POST", SUBMIT_PATHS[provider], raw=raw, tenant=tenant))
            job = mock.newest(tenant)
            image = _first_image(mock, tenant, job) if job.order.tier == "1K" else b""
            outcome[request].append((job.hex, job.plan, job.order, image))
            mock.advance(gap, tenant)
        for call in open_calls:
            call.leave()
    return outcome


def _first_image(mock: Harness, tenant: Tenant, job: Job) -> bytes:
    spec = mock.media.image_spec(tenant, job, 0)

    async def rendering() -> bytes:
        return await mock.media.renderer.get(spec)

    return mock.wait_for(rendering())


@settings(max_examples=25)
@given(requests(), st.data())
def test_the_same_requests_in_any_interleaving_have_the_same_ids_plans_and_bytes(
    wanted: list[Request], data: st.DataObject
) -> None:
    def schedule(order: list[Request]) -> list[tuple[Request, float]]:
        gaps = data.draw(st.lists(moments, min_size=len(order), max_size=len(order)))
        return list(zip(order, gaps, strict=True))

    first = run(schedule(wanted))
    second = run(schedule(data.draw(st.permutations(wanted))))
    assert first == second
    identities = [(request[0], outcome[0]) for request, rows in first.items() for outcome in rows]
    assert len(set(identities)) == len(identities) == len(wanted)


@settings(max_examples=15)
@given(orders())
def test_another_seed_gives_other_ids(order: tuple[str, Any, float]) -> None:
    provider, body, _ = order
    hexes = []
    for seed in (-(2**53), -1, 0, 1, 2**53):
        with Harness(seed=seed) as mock:
            waiting = mock.begin(provider, "POST", SUBMIT_PATHS[provider], body)
            hexes.append(mock.newest().hex)
            waiting.leave()
    assert len(set(hexes)) == 5
