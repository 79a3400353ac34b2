"""The signed URLs that S3 and Google Cloud Storage have in common: an HMAC over request, date and scope.

Sources: AWS's "Authenticating Requests: Using Query Parameters" and Google's "V4 signing process".
Only the host is signed beside path and query, and the payload is not.
"""

from __future__ import annotations

import hmac
import re
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlencode

LONGEST = 7 * 24 * 3600
"""Longest life of a signed URL, in seconds."""

_SIGNED_PARAMETERS = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders")
_STAMP = "%Y%m%dT%H%M%SZ"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one store names and derives things."""

    algorithm: str
    prefix: str
    key_prefix: str
    service: str
    terminator: str

    def parameter(self, name: str) -> str:
        """The full name of a query parameter, such as X-Amz-Date."""
        return f"{self.prefix}-{name}"

    def scope(self, date: str, region: str) -> tuple[str, str, str, str]:
        """What a signing key is good for, in the order in which the key is derived."""
        return date, region, self.service, self.terminator


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs, and for which region."""

    access_key: str
    secret_key: str
    region: str


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed URL claims. Times in unix seconds."""

    access_key: str
    region: str
    issued: int
    expires: int
    signature: str

    @property
    def ends(self) -> int:
        """The last second at which the URL is good."""
        return self.issued + self.expires


class Malformed(ValueError):
    """A parameter of a signed URL that cannot be read; `parameter` is its full name."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def presign(scheme: Scheme, url: str, *, now: float, expires: int, credentials: Credentials) -> str:
    """`url` with a signature for GET that is good from `now` for `expires` seconds.

    Raises ValueError if `expires` is not between one second and seven days.
    """
    if not 1 <= expires <= LONGEST:
        raise ValueError(f"A signed URL lives between 1 and {LONGEST} seconds, not {expires}.")
    stamp = datetime.fromtimestamp(int(now), UTC).strftime(_STAMP)
    scope = scheme.scope(stamp[:8], credentials.region)
    values = (scheme.algorithm, "/".join((credentials.access_key, *scope)), stamp, str(expires), "host")
    query = urlencode(
        {scheme.parameter(name): value for name, value in zip(_SIGNED_PARAMETERS, values, strict=True)},
        quote_via=quote,
        safe="",
    )
    unsigned = f"{url}{'&' if '?' in url else '?'}{query}"
    return f"{unsigned}&{scheme.parameter('Signature')}={sign(scheme, 'GET', unsigned, credentials)}"


def sign(scheme: Scheme, method: str, url: str, credentials: Credentials) -> str:
    """The signature (hexadecimal) that a request for `url` ought to carry."""
    text = string_to_sign(scheme, method, url, credentials)
    stamp = text.split("\n", 2)[1]
    key = (scheme.key_prefix + credentials.secret_key).encode()
    for part in scheme.scope(stamp[:8], credentials.region):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def string_to_sign(scheme: Scheme, method: str, url: str, credentials: Credentials) -> str:
    """The four lines under the signature: algorithm, date, scope, hash of the canonical request."""
    stamp = _parameters(url).get(scheme.parameter("Date"), "")
    scope = "/".join(scheme.scope(stamp[:8], credentials.region))
    canonical = sha256(canonical_request(scheme, method, url).encode()).hexdigest()
    return "\n".join((scheme.algorithm, stamp, scope, canonical))


def canonical_request(scheme: Scheme, method: str, url: str) -> str:
    """The request in the one spelling that both sides sign. `url` is absolute."""
    address, _, query = url.partition("?")
    protocol, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    host = host.lower().removesuffix(_DEFAULT_PORTS.get(protocol.lower(), ""))
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    signed = sorted((_recode(name), _recode(value)) for name, _, value in pairs)
    canonical_query = "&".join(f"{name}={value}" for name, value in signed if name != scheme.parameter("Signature"))
    canonical_path = "/" + _recode(path, keep="/")
    return "\n".join((method, canonical_path, canonical_query, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"))


def ascii_url(url: str) -> str:
    """`url` as received, with anything that may not stand in a URL percent-encoded."""
    return quote(url, safe=string.punctuation, errors="surrogatepass")


def is_signed(scheme: Scheme, url: str) -> bool:
    """Whether `url` carries a signature at all."""
    return bool(_parameters(url).get(scheme.parameter("Signature")))


def read(scheme: Scheme, url: str) -> Signed:
    """What the signed `url` claims. Raises Malformed."""
    found = _parameters(url)
    needed = [scheme.parameter(name) for name in (*_SIGNED_PARAMETERS, "Signature")]
    for parameter in needed:
        if not found.get(parameter):
            message = f"Query-string authentication version 4 requires the {', '.join(needed)} parameters."
            raise Malformed(parameter, message)
    algorithm, credential, stamp, expires, _, signature = (found[parameter] for parameter in needed)
    if algorithm != scheme.algorithm:
        parameter = scheme.parameter("Algorithm")
        raise Malformed(parameter, f'{parameter} only supports "{scheme.algorithm}"')
    issued = _read_stamp(scheme, stamp)
    access_key, region = _read_credential(scheme, credential, stamp)
    return Signed(access_key, region, issued, _read_expires(scheme, expires), signature)


def same(left: str, right: str) -> bool:
    """Whether two signatures are equal, in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _read_stamp(scheme: Scheme, stamp: str) -> int:
    name = scheme.parameter("Date")
    try:
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", stamp):
            return int(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC).timestamp())
    except ValueError:
        pass
    raise Malformed(name, f"{name} must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")


def _read_expires(scheme: Scheme, expires: str) -> int:
    name = scheme.parameter("Expires")
    if not re.fullmatch(r"-?[0-9]{1,18}", expires):
        raise Malformed(name, f"{name} should be a number")
    seconds = int(expires)
    if seconds < 0:
        raise Malformed(name, f"{name} must be non-negative")
    if seconds > LONGEST:
        raise Malformed(
            name,
            f"{name} must be less than a week (in seconds); "
            f"that is, the given {name} must be less than {LONGEST} seconds",
        )
    return seconds


def _read_credential(scheme: Scheme, credential: str, stamp: str) -> tuple[str, str]:
    name = scheme.parameter("Credential")
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[3:] != [scheme.service, scheme.terminator]:
        expected = "/".join(("<YOUR-AKID>", *scheme.scope("YYYYMMDD", "REGION")))
        message = f'Error parsing the {name} parameter; the Credential is mal-formed; expecting "{expected}".'
        raise Malformed(name, message)
    access_key, date, region, _, _ = parts
    if date != stamp[:8]:
        raise Malformed(
            name,
            f'Invalid credential date "{date}". '
            f'This date is not the same as {scheme.parameter("Date")}: "{stamp[:8]}".',
        )
    return access_key, region


def _parameters(url: str) -> dict[str, str]:
    """The first value of each parameter in the query of `url`."""
    query = parse_qs(url.partition("?")[2], keep_blank_values=True)
    return {name: values[0] for name, values in query.items()}


def _recode(text: str, keep: str = "") -> str:
    """Percent-encoding in its one canonical spelling, on bytes, so that different bytes stay different."""
    return quote(unquote_to_bytes(text), safe=keep)
