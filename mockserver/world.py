"""All tenants, their keys, and the providers they meet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count

from ..specs import Spec
from .clock import Clock
from .journal import Journal, Listener
from .problems import Problem
from .providers.base import Provider
from .tenants import Key, Tenant, TenantSettings

DEFAULT_TAG = "default"
UNATTRIBUTED_TAG = "unattributed"

_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(slots=True)
class WorldSettings:
    """How new tenants start. `rate` is virtual seconds per real second, 0 for a manual clock."""

    rate: float = 1.0
    tenant: TenantSettings = field(default_factory=TenantSettings)
    any_key: bool = False


class World:
    """The state of one simulator: providers, tenants and keys. Addresses are filled in by the server."""

    def __init__(self, providers: Sequence[Provider], settings: WorldSettings, clock: Clock | None = None) -> None:
        self.providers: Mapping[str, Provider] = {provider.name: provider for provider in providers}
        self.specs: Mapping[str, Spec] = {provider.name: provider.spec for provider in providers}
        self.settings = settings
        self.clock = clock or Clock(settings.rate)
        self.api_bases: dict[str, tuple[str, str]] = {}
        self.media_base = ""
        self.closing = False
        self.keys: dict[tuple[str, str], Key] = {}
        self.tenants: dict[str, Tenant] = {}
        self.listeners: list[Listener] = []
        self._numbers = count(1)
        self.default = self.create_tenant(DEFAULT_TAG, clock=self.clock)
        self.unattributed = Tenant(UNATTRIBUTED_TAG, self.specs, self.clock, settings.tenant, Journal(self.listeners))

    def create_tenant(
        self, tag: str | None = None, settings: TenantSettings | None = None, clock: Clock | None = None
    ) -> Tenant:
        """A new tenant with one ready key per provider. ValueError if the tag is taken or not a tag."""
        tag = tag if tag is not None else self._free_tag()
        if not _TAG.fullmatch(tag):
            raise ValueError(f"a tenant's tag is 1 to 63 of a-z, 0-9, - and _, not {tag!r}")
        if tag in self.tenants or tag == UNATTRIBUTED_TAG:
            raise ValueError(f"there is a tenant {tag!r} already; delete it first or choose another tag")
        tenant = Tenant(
            tag,
            self.specs,
            clock or self.clock.fork(),
            settings or self.settings.tenant,
            Journal(self.listeners),
        )
        self.tenants[tag] = tenant
        for name in self.providers:
            self.add_key(tenant, name)
        return tenant

    def delete_tenant(self, tenant: Tenant) -> None:
        """Forget a tenant and its keys. ValueError for the default tenant."""
        if tenant is self.default:
            raise ValueError("the default tenant cannot be deleted; reset it instead")
        del self.tenants[tenant.tag]
        for pair in tenant.keys:
            del self.keys[pair]

    def add_key(self, tenant: Tenant, provider: str, text: str | None = None) -> Key:
        """Give a tenant one more key, made up where no text is given. ValueError if the key is in use."""
        text = text if text is not None else self._make_key(tenant, provider)
        if (provider, text) in self.keys:
            raise ValueError(f"that key of {provider} is in use already")
        key = Key(text, provider, tenant)
        self.keys[provider, text] = tenant.keys[provider, text] = key
        return key

    def ready_key(self, tenant: Tenant, provider: str) -> str:
        """The first key a tenant was given for a provider."""
        return next(key.text for key in tenant.keys.values() if key.provider == provider)

    def attribute(self, tag: str | None, provider: str, key: str | None) -> Tenant:
        """Whose request this is: by the URL's tag, then by its key. KeyError for an unknown tag."""
        if tag is not None:
            return self.tenants[tag]
        found = self.keys.get((provider, key)) if key else None
        if found:
            return found.tenant
        return self.default if key and self.settings.any_key else self.unattributed

    def authenticate(self, tenant: Tenant, provider: str, key: str | None, malformed: bool) -> None:
        """Raise the Problem of a key that does not open this tenant's door."""
        if malformed:
            raise Problem("key-malformed")
        if key is None:
            raise Problem("key-missing")
        found = tenant.keys.get((provider, key))
        if found is None and not self.settings.any_key:
            raise Problem("key-unknown")
        if found is not None and found.revoked:
            raise Problem("key-revoked")

    def api_url(self, tenant: Tenant, provider: str) -> str:
        """The base URL at which a tenant meets a provider, without a trailing slash."""
        origin, prefix = self.api_bases[provider]
        return f"{origin}{self._tag_path(tenant)}{prefix}"

    def media_url(self, tenant: Tenant, provider: str) -> str:
        """The base URL of a tenant's results at a provider, without a trailing slash."""
        return f"{self.media_base}{self._tag_path(tenant)}/{provider}"

    def all_tenants(self) -> Iterable[Tenant]:
        """Every tenant, the collector of unattributed requests last."""
        return [*self.tenants.values(), self.unattributed]

    def _tag_path(self, tenant: Tenant) -> str:
        return "" if tenant is self.default else f"/~{tenant.tag}"

    def _free_tag(self) -> str:
        return next(tag for n in self._numbers if (tag := f"t{n}") not in self.tenants)

    def _make_key(self, tenant: Tenant, provider: str) -> str:
        count_so_far = sum(1 for key in tenant.keys.values() if key.provider == provider)
        material = f"{tenant.tag}/{provider}/{count_so_far}".encode()
        secret = blake2b(material, digest_size=8).hexdigest()
        return f"{self.specs[provider].behaviour.key_prefix}{secret}"
