"""What the environment says.

<PROVIDER>_BASE_URL, <PROVIDER>_API_KEY   of REAPI, THREEDAI, GMICLOUD, TOKAIFY, ONEMIN; without both it is not offered
GATEWAY_KEYS                              who may call: alice=sk-1,bob=sk-2
GATEWAY_DEADLINE                          seconds in which a request is over, one way or the other (900)
GATEWAY_FAILOVER                          which providers serve the plain model, in order (all that are configured)
GATEWAY_REFERENCE_ORIGINS                 private origins that references may be fetched from (none)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

from yarl import URL

from ..reference import CLASSES

DEADLINE = 900.0


class SettingsError(ValueError):
    """The environment makes no sense; the message says which variable, and what it should hold."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a provider is, and our key for it."""

    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """`tenants` is by key, `deadline` in seconds, `failover` names the providers of the plain model."""

    accounts: Mapping[str, Account]
    tenants: Mapping[str, str] = field(repr=False)
    deadline: float
    failover: tuple[str, ...]
    origins: frozenset[str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """From environment variables. Raises SettingsError."""
        accounts = dict(_accounts(environ))
        if not accounts:
            raise SettingsError("no provider is configured: set, for example, REAPI_BASE_URL and REAPI_API_KEY")
        return cls(
            accounts=accounts,
            tenants=_tenants(environ.get("GATEWAY_KEYS", "")),
            deadline=_seconds(environ.get("GATEWAY_DEADLINE", "") or str(DEADLINE)),
            failover=_order(environ.get("GATEWAY_FAILOVER", ""), accounts),
            origins=frozenset(_origin(each) for each in _listed(environ.get("GATEWAY_REFERENCE_ORIGINS", ""))),
        )


def _accounts(environ: Mapping[str, str]) -> Iterator[tuple[str, Account]]:
    for provider in CLASSES:
        url, key = (environ.get(f"{provider.upper()}_{each}", "").strip() for each in ("BASE_URL", "API_KEY"))
        if bool(url) != bool(key):
            raise SettingsError(f"{provider.upper()}_BASE_URL and {provider.upper()}_API_KEY are set both or neither")
        if url:
            _origin(url, f"{provider.upper()}_BASE_URL")
            yield provider, Account(url, key)


def _tenants(text: str) -> Mapping[str, str]:
    tenants: dict[str, str] = {}
    for entry in _listed(text):
        name, _, key = (part.strip() for part in entry.partition("="))
        if not name or not key or key in tenants:
            raise SettingsError("GATEWAY_KEYS is a list such as alice=sk-1,bob=sk-2, and no key is in it twice")
        tenants[key] = name
    if not tenants:
        raise SettingsError("GATEWAY_KEYS is empty, so nobody could call: give, for example, alice=sk-1")
    return tenants


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not (seconds > 0 and isfinite(seconds)):
        raise SettingsError(f"GATEWAY_DEADLINE is a positive number of seconds, not {text!r}")
    return seconds


def _order(text: str, accounts: Mapping[str, Account]) -> tuple[str, ...]:
    named = [name.lower() for name in _listed(text)] or [*accounts]
    for name in named:
        if name not in CLASSES:
            raise SettingsError(f"GATEWAY_FAILOVER names {name!r}; the providers are {', '.join(CLASSES)}")
    return tuple(name for name in dict.fromkeys(named) if name in accounts)


def _origin(text: str, variable: str = "GATEWAY_REFERENCE_ORIGINS") -> str:
    try:
        url = URL(text)
        if url.scheme in ("http", "https") and url.host:
            return str(url.origin())
    except ValueError:
        pass
    raise SettingsError(f"{variable} holds {text!r}, which is no http(s) address")


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
