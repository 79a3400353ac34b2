"""Google Cloud Storage: public objects, and V4 signed URLs with an HMAC key.

Sources: Google's pages on V4 signing and on XML error responses, error bodies quoted in public issues. Unlike
S3, an expired URL is a bad request here, not a forbidden one.
"""

from __future__ import annotations

from ..dates import iso_seconds
from . import Refusal, sigv4, xml_refusal

SCHEME = sigv4.Scheme("GOOG4-HMAC-SHA256", "X-Goog", "GOOG4", "storage", "goog4_request")
REGION = "auto"
ACCESS_KEY = "GOOGSAFELIGHTEXAMPLE"
SECRET_KEY = "a secret of nobody's account"


def presign(
    url: str,
    *,
    now: float,
    expires: int,
    region: str = REGION,
    access_key: str = ACCESS_KEY,
    secret_key: str = SECRET_KEY,
) -> str:
    """`url` signed for GET from `now` (unix seconds, cut to whole ones) for `expires` seconds.

    Raises ValueError if `expires` is not between one second and seven days.
    """
    credentials = sigv4.Credentials(access_key, secret_key, region)
    return sigv4.presign(SCHEME, url, now=now, expires=expires, credentials=credentials)


def check(
    method: str,
    url: str,
    *,
    now: float,
    region: str = REGION,
    access_key: str = ACCESS_KEY,
    secret_key: str = SECRET_KEY,
) -> Refusal | None:
    """Why the store would not answer this request, or None if the signature holds at `now`.

    `url` is the full public URL, whatever host the request itself reached. Not for public objects, which need
    no signature.
    """
    url = sigv4.ascii_url(url)
    if not sigv4.is_signed(SCHEME, url):
        return _anonymous()
    try:
        signed = sigv4.read(SCHEME, url)
    except sigv4.Malformed as error:
        return _malformed(error)
    if now > signed.ends:
        return _expired(signed.ends)
    credentials = sigv4.Credentials(access_key, secret_key, region)
    if not sigv4.same(signed.signature, sigv4.sign(SCHEME, method, url, credentials)):
        return _mismatch(method, url, credentials)
    return None


def expired(url: str, *, now: float) -> Refusal:
    """The refusal of a signed `url` that is made to be past its time at `now`, whatever it says itself."""
    try:
        signed = sigv4.read(SCHEME, sigv4.ascii_url(url))
    except sigv4.Malformed:
        return _expired(now)
    return _expired(min(signed.ends, now))


def denied(name: str) -> Refusal:
    """The answer to somebody who may not read the object."""
    return _anonymous()


def missing(name: str) -> Refusal:
    """The answer for a public name (bucket/object) under which nothing lies."""
    return _refuse(404, "NoSuchKey", "The specified key does not exist.", Details=f"No such object: {name}")


def _expired(ended: float) -> Refusal:
    details = f"The provided token has expired. Request signature expired at: {_iso_offset(ended)}"
    return _refuse(400, "ExpiredToken", "Invalid argument.", Details=details)


def _malformed(error: sigv4.Malformed) -> Refusal:
    return _refuse(
        400,
        "MalformedSecurityHeader",
        "Your request has a malformed header.",
        ParameterName=error.parameter,
        Details=str(error),
    )


def _mismatch(method: str, url: str, credentials: sigv4.Credentials) -> Refusal:
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your Google secret key and signing method."
    )
    return _refuse(
        403,
        "SignatureDoesNotMatch",
        message,
        StringToSign=sigv4.string_to_sign(SCHEME, method, url, credentials),
        CanonicalRequest=sigv4.canonical_request(SCHEME, method, url),
    )


def _anonymous() -> Refusal:
    details = "Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object."
    return _refuse(403, "AccessDenied", "Access denied.", Details=details)


def _refuse(status: int, code: str, message: str, **fields: str) -> Refusal:
    fields = {"Code": code, "Message": message, **fields}
    return xml_refusal(status, fields, "application/xml; charset=UTF-8")


def _iso_offset(now: float) -> str:
    return iso_seconds(now).replace("Z", "+00:00")
