"""One request to a provider, as its module sees it: the parsed input, and the core's services."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from sys import intern
from typing import TYPE_CHECKING, Any, NoReturn

from ..specs import Failure, Operation
from .faults import outcomes
from .faults.spoiling import spoil
from .faults.table import Strike, strike_first
from .faults.targets import MEDIA, Target
from .images import ImageSpec
from .jobs import CANCELLED, ImageOrder, Intervention, Job, State
from .journal import Note
from .magic import MARK, MagicWord, Spell, follow
from .planning import STUCK, make_plan
from .problems import Problem, model_of
from .references import Reference
from .replies import Deferred, Reply
from .seeds import as_uuid, identify

if TYPE_CHECKING:
    from .media import Media
    from .providers.base import Provider
    from .tenants import Tenant


class Call:
    """A routed, authenticated and schema-valid request."""

    __slots__ = (
        "body", "data", "dry", "headers", "inspected", "job_hex", "media", "notes", "now", "operation", "params",
        "price", "prompt", "provider", "query", "spell", "strike", "tenant",
    )  # fmt: skip

    def __init__(
        self,
        provider: "Provider",
        tenant: "Tenant",
        media: "Media",
        operation: Operation,
        params: Mapping[str, str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        now: float,
    ) -> None:
        self.provider = provider
        self.tenant = tenant
        self.media = media
        self.operation = operation
        self.params = params
        self.query = query
        self.headers = headers
        self.now = now
        self.body = b""
        self.data: Any = None
        self.inspected: Any = None
        self.notes: tuple[Note, ...] = ()
        self.job_hex: str | None = None
        self.price: float | None = None
        self.prompt = ""
        self.dry = False  # a trial: its answer is wanted, but nothing takes effect
        self.strike: Strike | None = None
        self.spell: Spell | None = None

    @property
    def target(self) -> Target:
        """What faults are armed on to hit this call."""
        return self.provider.name, self.operation.id

    def choice(self, name: str) -> str:
        """The tenant's value of this provider's reading or knob."""
        return self.tenant.choices[self.provider.name][name]

    def note(self, text: str, rule: str | None = None) -> None:
        """Remark something in the journal without refusing the request."""
        self.notes += (Note(text, rule),)

    def refuse(self, kind: str, *, rule: str | None = None, **facts: Any) -> NoReturn:
        """Answer with a problem of the provider's catalogue."""
        raise Problem(kind, rule=rule, **{"model": model_of(self.data), **facts})

    def submit(
        self, order: ImageOrder, *, model: str, payload: bytes | None = None, paid_images: int | None = None
    ) -> Job:
        """Create and charge a job for `order`. Raises Problem credits-exhausted, MagicWord for a magic prompt.

        `payload` is kept to be echoed; `paid_images` is how many images are paid where that is not all.
        """
        if MARK in order.prompt and self.spell is None:
            self.prompt = order.prompt
            raise MagicWord
        strike = self._strike_job() if self.target in self.tenant.faults.rules or self.spell else {}
        if "delivery" in strike and not self.dry:
            self._create(order, model, payload, paid_images, strike)
        return self._create(order, model, payload, paid_images, strike)

    def _create(
        self, order: ImageOrder, model: str, payload: bytes | None, paid_images: int | None, strike: Strike
    ) -> Job:
        tenant, provider = self.tenant, self.provider
        digest = blake2b(self.body, digest_size=8, person=self.operation.id.encode()[:16]).digest()
        ordinal = tenant.jobs.next_ordinal(digest)
        hex_id = identify(tenant.seed, provider.name.encode(), digest, ordinal.to_bytes(4, "big"))
        ending = outcomes.ordered_ending(strike) or self._ordered_moderation()
        plan = make_plan(provider.spec.behaviour, hex_id, order, ending, tenant.progress, paid_images)
        if strike:
            plan, order = outcomes.stretch(strike, plan), outcomes.shorten(strike, order)
        wallet = tenant.wallets[provider.name]
        if wallet.balance(self.now) < plan.price:
            raise Problem("credits-exhausted", value=f"{plan.price:g}", field="credits")
        job = Job(hex_id, provider.name, self.operation.id, self.now, plan, order, intern(model), payload)
        if self.dry:
            return job
        tenant.jobs.add(job)
        wallet.charge(job)
        self.job_hex, self.price = hex_id, plan.price + (self.price or 0)
        if self.spell is not None:
            follow(self.spell, tenant, hex_id)
        return job

    def job(self, public_id: str) -> Job:
        """The tenant's job at this provider with a public id. Raises Problem job-unknown."""
        hex_id = self.provider.parse_id(public_id)
        job = self.tenant.jobs.get(hex_id) if hex_id else None
        if job is None or job.provider != self.provider.name:
            raise Problem("job-unknown", id=public_id)
        self.job_hex = job.hex
        return job

    def poll(self, job: Job) -> State:
        """The state of a job as this poll finds it, counting the poll where polls make jobs progress."""
        progress = self.tenant.progress
        if progress.kind == "polls" and not self.dry:
            job.polls += 1
            if job.polls == progress.polls:
                self._end_as_planned(job)
        return job.state(self.now)

    def defer(self, job: Job, render: Callable[[State], Awaitable[Reply]]) -> Deferred:
        """Answer with what `render` makes of the job's last state, once it has ended."""
        if self.tenant.progress.kind == "polls":
            self._end_as_planned(job)
        return Deferred(job, render)

    def failure(self, state: State) -> Failure:
        """How the provider says that a failed job failed."""
        failures = self.provider.spec.behaviour.failures
        return failures.get(state.reason) or failures["failed"]

    def cancel(self, job: Job) -> State:
        """Cancel a job now. Raises Problem job-final if it has ended."""
        if job.state(self.now).terminal:
            raise Problem("job-final", id=self.provider.public_id(job.hex))
        if self.dry:
            return State("cancelled", self.now, 1.0)
        return self.tenant.end_job(job, CANCELLED)

    def jobs(self) -> list[Job]:
        """The tenant's jobs at this provider, oldest first."""
        return [job for job in self.tenant.jobs if job.provider == self.provider.name]

    def image_specs(self, job: Job) -> list[ImageSpec]:
        """The images of a job, each as the recipe that draws it."""
        return [self.media.image_spec(self.tenant, job, index) for index in range(job.order.count)]

    async def images(self, job: Job) -> list[bytes]:
        """The encoded images of a job, for a provider that sends them inside its answer."""
        return [await self._image(job, spec) for spec in self.image_specs(job)]

    def media_urls(self, job: Job, path: str = "image", *, alternate_host: bool = False) -> list[str]:
        """The URLs of a job's images, signed if the provider's store signs."""
        return [
            self.media.url(self.tenant, self.provider, job, index, path, alternate_host=alternate_host)
            for index in range(job.order.count)
        ]

    def media_paths(self, job: Job, path: str = "image") -> list[str]:
        """The paths of a job's images inside the provider's store."""
        return [self.media.path(self.tenant, self.provider, job, i, path) for i in range(job.order.count)]

    def reference(self, url: str) -> Reference:
        """What is known of a reference image by its URL: true for our own results, seeded for any other."""
        return self.media.reference(url)

    def uuid(self, purpose: str) -> str:
        """A UUID fixed by the tenant's seed and a purpose."""
        return as_uuid(identify(self.tenant.seed, purpose.encode()))

    def _end_as_planned(self, job: Job) -> None:
        if job.plan.ending != STUCK:
            self.tenant.intervene(job, Intervention(self.now, "end", job.plan.ending))

    def _ordered_moderation(self) -> str | None:
        queue = self.tenant.moderations[self.provider.name]
        return queue.popleft() if queue and not self.dry else None

    def _strike_job(self) -> Strike:
        """The faults that hit the job about to be created."""
        tenant = self.tenant
        if self.dry:
            return {}
        struck = tenant.faults.strike(self.target, tenant.seed, self.body, at_submit=True)
        if self.spell is not None:
            struck = strike_first(self.spell.here, tenant.seed, self.body, at_submit=True) | struck
        self.notes += tuple(Note(armed.describe()) for armed in struck.values())
        return struck

    async def _image(self, job: Job, spec: ImageSpec) -> bytes:
        image = await self.media.renderer.get(spec)
        faults = self.tenant.faults
        if not faults.rules:
            return image
        struck = faults.strike((self.provider.name, MEDIA), self.tenant.seed, self.body, job=job.hex)
        if "answer" not in struck:
            return image
        fault = struck["answer"].fault
        self.note(struck["answer"].describe())
        return await spoil(fault.kind, fault.options, spec, image, self.media.renderer)
