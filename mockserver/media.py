"""The origin where results lie: their URLs, their expiry, their bytes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from ..specs import Behaviour
from .images import ImageSpec, Renderer, thumbnail_spec
from .jobs import Job
from .problems import Problem
from .providers.base import Provider
from .references import Reference, seeded_reference
from .replies import Reply
from .seeds import as_uuid
from .stores import Refusal, cdn, gcs, s3
from .tenants import Tenant
from .world import World

EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

_MISSING: Mapping[str, Callable[[str], Refusal]] = {"s3": s3.missing, "gcs": gcs.missing}

_FIELDS = {
    "hex": r"(?P<hex>[0-9a-f]{32})",
    "uuid": r"(?P<uuid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
    "index": r"(?P<index>\d{1,3})",
    "number": r"(?P<number>\d{3})",
    "ext": r"(?P<ext>[a-z]+)",
}


class Locator(NamedTuple):
    """A named path template, and the pattern that reads job and image back out of a path."""

    name: str
    template: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a path on the media origin leads to."""

    provider: Provider
    job: Job
    index: int
    name: str


class Media:
    """Results of all tenants on one origin of their own."""

    def __init__(self, world: World, renderer: Renderer) -> None:
        self.renderer = renderer
        self._world = world
        self._locators = {name: _locators(spec.behaviour) for name, spec in world.specs.items()}

    def image_spec(self, tenant: Tenant, job: Job, index: int) -> ImageSpec:
        """The recipe of one image of a job."""
        order = job.order
        return ImageSpec(order.width, order.height, order.format, order.prompt, job.hex, index, tenant.seed)

    def url(
        self,
        tenant: Tenant,
        provider: Provider,
        job: Job,
        index: int,
        name: str,
        *,
        alternate_host: bool = False,
    ) -> str:
        """The URL of one image under a named path, signed as of now where the store signs.

        `alternate_host` gives the same origin by its address instead of its name, for providers that spread
        their results over two hosts.
        """
        base = self._world.media_url(tenant, provider.name)
        if alternate_host:
            base = _by_address(base)
        url = f"{base}/{self.path(tenant, provider, job, index, name)}"
        life = provider.signed_life(tenant.choices[provider.name])
        if life is None:
            return url
        presign = s3.presign if provider.spec.behaviour.store == "s3" else gcs.presign
        return presign(url, now=job.end()[0], expires=life)

    def reference(self, url: str) -> Reference:
        """What is known of the image behind a URL, without fetching it."""
        found = self._find_own(url)
        if found is None:
            return seeded_reference(url)
        order = found.job.order
        return Reference("url", order.width, order.height, TYPES[order.format], found.job.hex, url)

    def find(self, tenant: Tenant, path: str) -> Found:
        """The result at a path such as `/reapi/media/…`. Raises Problem route-unknown."""
        found = self._find(tenant, path)
        if found is None:
            raise Problem("route-unknown", path=path)
        return found

    async def fetch(self, tenant: Tenant, found: Found, method: str, url: str, headers: Mapping[str, str]) -> Reply:
        """The bytes of a result, or the refusal of its store. `url` is the full public URL asked for."""
        refusal = self._refusal(tenant, found, method, url, headers)
        if refusal is not None:
            return Reply(refusal.status, refusal.body, refusal.content_type)
        spec = self.spec_of(tenant, found)
        return Reply(200, await self.renderer.get(spec), TYPES[spec.format])

    def spec_of(self, tenant: Tenant, found: Found) -> ImageSpec:
        """The recipe of the image that a path leads to."""
        spec = self.image_spec(tenant, found.job, found.index)
        return thumbnail_spec(spec) if found.name == "thumbnail" else spec

    def missing(self, provider: Provider | None, path: str) -> Reply:
        """What the provider's store says of an object that is not there."""
        store = provider.spec.behaviour.store if provider else "cdn"
        refusal = _MISSING[store](path) if store in _MISSING else cdn.missing()
        return Reply(refusal.status, refusal.body, refusal.content_type)

    def _find_own(self, url: str) -> Found | None:
        base, url = _by_address(self._world.media_base), _by_address(url)
        if not url.startswith(f"{base}/"):
            return None
        tag, path = split_tag(url.removeprefix(base).partition("?")[0])
        tenant = self._world.tenants.get(tag or self._world.default.tag)
        return self._find(tenant, path) if tenant else None

    def _find(self, tenant: Tenant, path: str) -> Found | None:
        provider_name, _, rest = path.removeprefix("/").partition("/")
        provider = self._world.providers.get(provider_name)
        if provider is None:
            return None
        for locator in self._locators[provider_name]:
            match = locator.pattern.fullmatch(rest)
            if match:
                return self._found(tenant, provider, locator, match, rest)
        return None

    def _found(
        self, tenant: Tenant, provider: Provider, locator: Locator, match: re.Match[str], path: str
    ) -> Found | None:
        fields = match.groupdict()
        job = tenant.jobs.get(fields.get("hex") or fields["uuid"].replace("-", ""))
        index = int(fields["index"]) if fields.get("index") else int(fields.get("number") or 1) - 1
        if job is None or job.provider != provider.name or not 0 <= index < job.order.count:
            return None
        if job.state(tenant.clock.now()).phase != "succeeded":
            return None
        if path != self.path(tenant, provider, job, index, locator.name):
            return None
        return Found(provider, job, index, locator.name)

    def path(self, tenant: Tenant, provider: Provider, job: Job, index: int, name: str) -> str:
        """The path of one image inside its provider's store, without a leading slash."""
        template = provider.spec.behaviour.media_paths[name]
        values = {
            "hex": job.hex,
            "uuid": as_uuid(job.hex),
            "index": str(index),
            "number": f"{index + 1:03}",
            "ext": EXTENSIONS[job.order.format],
            **provider.media_values(job, tenant.choices[provider.name]),
        }
        return template.format_map(values)

    def _refusal(
        self, tenant: Tenant, found: Found, method: str, url: str, headers: Mapping[str, str]
    ) -> Refusal | None:
        behaviour = found.provider.spec.behaviour
        choices = tenant.choices[found.provider.name]
        now = tenant.clock.now()
        signed = found.provider.signed_life(choices) is not None
        expired = now >= found.job.expiry(None if signed else behaviour.media_life)
        if behaviour.store == "s3":
            strict = choices.get("storage-authorization") == "rejected"
            refusal = s3.check(method, url, headers, now=now, authorization="refused" if strict else "ignored")
            return s3.expired(url, now=now) if refusal is None and expired else refusal
        if signed:
            refusal = gcs.check(method, url, now=now)
            return gcs.expired(url, now=now) if refusal is None and expired else refusal
        if not expired:
            return None
        if behaviour.store == "gcs":
            return gcs.missing(urlsplit(url).path)
        return cdn.refusal(behaviour.expired_media[choices["expired-media"]])


def _by_address(url: str) -> str:
    return url.replace("//localhost:", "//127.0.0.1:", 1)


def split_tag(path: str) -> tuple[str | None, str]:
    """The tenant's tag at the head of a path, and the rest: `/~t3/reapi/x` gives `t3`, `/reapi/x`."""
    if not path.startswith("/~"):
        return None, path
    tag, slash, rest = path[2:].partition("/")
    return tag, slash + rest


def _locators(behaviour: Behaviour) -> list[Locator]:
    return [Locator(name, text, _pattern(text)) for name, text in behaviour.media_paths.items()]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    pattern = re.escape(parts[0])
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        pattern += _FIELDS.get(name, "[^/]*?") + re.escape(literal)
    return re.compile(pattern)
