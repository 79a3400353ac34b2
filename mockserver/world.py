"""All tenants, their keys, and the providers they meet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import Any

from ..specs import Spec
from .clock import Clock
from .faults import Armed, Fault, arm
from .faults.closed_port import ClosedPort
from .faults.targets import MEDIA
from .journal import Journal, Listener
from .problems import Problem
from .providers.base import Provider
from .tenants import Key, Tenant, TenantSettings

DEFAULT_TAG = "default"
UNATTRIBUTED_TAG = "unattributed"
MAGIC_KEY = "safelight-"  # what follows the provider's prefix in a key that opens a tenant of its own

_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(slots=True)
class WorldSettings:
    """How new tenants start. `rate` is virtual seconds per real second, 0 for a manual clock.

    With `any_key` every key opens the default tenant's door; one that is `alone` is asked whatever nobody else is.
    """

    rate: float = 1.0
    tenant: TenantSettings = field(default_factory=TenantSettings)
    any_key: bool = False
    alone: bool = False


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
        self.closed_port = ClosedPort()
        self.magic_tags: list[str] = []
        self._magic_keys = {name: f"{spec.behaviour.key_prefix}{MAGIC_KEY}" for name, spec in self.specs.items()}
        self._numbers = count(1)
        self.default = self.create_tenant(DEFAULT_TAG, clock=self.clock)
        self.unattributed = Tenant(UNATTRIBUTED_TAG, self.specs, self.clock, settings.tenant, Journal(self.listeners))
        self.default.prepare_with(self._share_readings)

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
        children = f"{tenant.tag}-{MAGIC_KEY}"
        for tag in [tag for tag in self.magic_tags if tag.startswith(children)]:
            self.delete_tenant(self.tenants[tag])
        if tenant.tag in self.magic_tags:
            self.magic_tags.remove(tenant.tag)
        del self.tenants[tenant.tag]
        for pair in tenant.keys:
            self.keys.pop(pair, None)

    def renew(self, tenant: Tenant, settings: TenantSettings, clock: Clock) -> Tenant:
        """A tenant without a past in the place of another, with its tag and keys.

        Jobs of the other one stay known to whoever asks for them, and what is asked about them is no affair of the new
        one's: it goes into the journal of the other.
        """
        new = Tenant(tenant.tag, self.specs, clock, settings, Journal(self.listeners), former=tenant)
        self.tenants[tenant.tag] = new
        for pair, key in tenant.keys.items():
            known = new.keys[pair] = Key(key.text, key.provider, new)
            if pair in self.keys:
                self.keys[pair] = known
        if tenant is self.default:
            self.default = new
            new.prepare_with(self._share_readings)
        return new

    def arm(self, tenant: Tenant, order: Fault | Mapping[str, Any]) -> Armed:
        """Arm a fault on a tenant, given as such or as its document. Raises FaultError."""
        return arm(self.providers, tenant, order)

    def add_key(self, tenant: Tenant, provider: str, text: str | None = None) -> Key:
        """Give a tenant one more key, made up where no text is given. ValueError if the key is in use."""
        text = text if text is not None else self._make_key(tenant, provider)
        if (provider, text) in self.keys:
            raise ValueError(f"that key of {provider} is in use already")
        key = Key(text, provider, tenant)
        self.keys[provider, text] = tenant.keys[provider, text] = key
        return key

    def replace_key(self, tenant: Tenant, provider: str, text: str) -> None:
        """Give a tenant this key instead of those that it has for a provider. ValueError if the key is in use."""
        for pair in [pair for pair in tenant.keys if pair[0] == provider]:
            del tenant.keys[pair], self.keys[pair]
        self.add_key(tenant, provider, text)

    def ready_key(self, tenant: Tenant, provider: str) -> str:
        """The first key a tenant was given for a provider."""
        return next(key.text for key in tenant.keys.values() if key.provider == provider)

    def attribute(self, tag: str | None, provider: str, key: str | None) -> Tenant:
        """Whose request this is: by the URL's tag, then by its key. KeyError for an unknown tag."""
        if tag is not None:
            owner = self.tenants[tag]
        else:
            found = self.keys.get((provider, key)) if key else None
            if found:
                return found.tenant
            is_default = self.settings.alone or (key and self.settings.any_key)
            owner = self.default if is_default else self.unattributed
        if key and key.startswith(self._magic_keys[provider]):
            return self._open_with(key, provider, owner) or owner
        return owner

    def authenticate(self, tenant: Tenant, provider: str, key: str | None, malformed: bool) -> None:
        """Raise the Problem of a key that does not open this tenant's door."""
        if malformed:
            raise Problem("key-malformed")
        if key is None:
            raise Problem("key-missing")
        found = tenant.keys.get((provider, key))
        if found is None and key.startswith(self._magic_keys[provider]):
            raise Problem("key-unknown", message="{reason}", reason=self._why_closed(key, provider, tenant))
        if found is None and not self.settings.any_key:
            raise Problem("key-unknown")
        if found is not None and found.revoked:
            raise Problem("key-revoked")

    def api_url(self, tenant: Tenant, provider: str) -> str:
        """The base URL at which a tenant meets a provider, without a trailing slash."""
        origin, prefix = self.api_bases[provider]
        if tenant.faults.closed and (provider, "") in tenant.faults.closed:
            origin = self.closed_port.origin
        return f"{origin}{self._tag_path(tenant)}{prefix}"

    def media_url(self, tenant: Tenant, provider: str) -> str:
        """The base URL of a tenant's results at a provider, without a trailing slash."""
        origin = self.media_base
        if tenant.faults.closed and (provider, MEDIA) in tenant.faults.closed:
            origin = self.closed_port.origin
        return f"{origin}{self._tag_path(tenant)}/{provider}"

    def all_tenants(self) -> Iterable[Tenant]:
        """Every tenant, the collector of unattributed requests last."""
        return [*self.tenants.values(), self.unattributed]

    def _share_readings(self) -> None:
        """Read the documents alike for nobody's requests: the default tenant's URLs have no tag to tell them by."""
        self.unattributed.choices = self.default.choices

    def _open_with(self, key: str, provider: str, parent: Tenant) -> Tenant | None:
        from .magic_keys import open_tenant

        try:
            return open_tenant(self, parent, provider, key)
        except ValueError:  # said to the caller when the key is asked for
            return None

    def _why_closed(self, key: str, provider: str, parent: Tenant) -> str:
        from .magic_keys import open_tenant

        try:
            open_tenant(self, parent, provider, key)
        except ValueError as error:
            return str(error)
        return "this magic key belongs to another tenant"

    def _tag_path(self, tenant: Tenant) -> str:
        return "" if tenant is self.default else f"/~{tenant.tag}"

    def _free_tag(self) -> str:
        return next(tag for n in self._numbers if (tag := f"t{n}") not in self.tenants)

    def _make_key(self, tenant: Tenant, provider: str) -> str:
        count_so_far = sum(1 for key in tenant.keys.values() if key.provider == provider)
        material = f"{tenant.tag}/{provider}/{count_so_far}".encode()
        secret = blake2b(material, digest_size=8).hexdigest()
        return f"{self.specs[provider].behaviour.key_prefix}{secret}"
