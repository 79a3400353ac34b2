"""Amazon S3: presigned URLs as S3 signs them, and refusals as S3 words them.

Sources: AWS's pages on query-string authentication and on S3 error responses, error bodies quoted in public
issues. S3 answers XML with its media type, so that a client which saves the body as a picture can be told.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import shake_256
from typing import Literal

from ..dates import iso_seconds
from . import Refusal, sigv4, xml_refusal

SCHEME = sigv4.Scheme("AWS4-HMAC-SHA256", "X-Amz", "AWS4", "s3", "aws4_request")
REGION = "us-east-1"
ACCESS_KEY = "AKIASAFELIGHTEXAMPLE"
SECRET_KEY = "a secret of nobody's account"

_CLOCK_SKEW = 15 * 60


def presign(
    url: str,
    *,
    now: float,
    expires: int,
    region: str = REGION,
    access_key: str = ACCESS_KEY,
    secret_key: str = SECRET_KEY,
) -> str:
    """`url` presigned for GET from `now` (unix seconds, cut to whole ones) for `expires` seconds.

    Raises ValueError if `expires` is not between one second and seven days.
    """
    credentials = sigv4.Credentials(access_key, secret_key, region)
    return sigv4.presign(SCHEME, url, now=now, expires=expires, credentials=credentials)


def check(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    now: float,
    authorization: Literal["ignored", "refused"] = "ignored",
    region: str = REGION,
    access_key: str = ACCESS_KEY,
    secret_key: str = SECRET_KEY,
) -> Refusal | None:
    """Why S3 would not answer this request, or None if the signature holds at `now`.

    `url` is the full public URL, whatever host the request itself reached. `authorization` says what becomes
    of a signed request that also carries an Authorization header.
    """
    url = sigv4.ascii_url(url)
    subject = f"{method} {url} {now}"
    if not sigv4.is_signed(SCHEME, url):
        return _refuse(403, subject, Code="AccessDenied", Message="Access Denied")
    if authorization == "refused" and any(name.lower() == "authorization" for name in headers):
        return _two_mechanisms(subject)
    try:
        signed = sigv4.read(SCHEME, url)
    except sigv4.Malformed as error:
        return _refuse(400, subject, Code="AuthorizationQueryParametersError", Message=str(error))
    if signed.region != region:
        return _wrong_region(subject, signed.region, region)
    if signed.issued > now + _CLOCK_SKEW:
        return _refuse(403, subject, Code="AccessDenied", Message="Request is not valid yet")
    if now > signed.ends:
        return _expired(subject, signed.expires, signed.ends, now)
    if signed.access_key != access_key:
        return _unknown_access_key(subject, signed.access_key)
    credentials = sigv4.Credentials(access_key, secret_key, region)
    if not sigv4.same(signed.signature, sigv4.sign(SCHEME, method, url, credentials)):
        return _mismatch(subject, method, url, signed, credentials)
    return None


def expired(url: str, *, now: float) -> Refusal:
    """The refusal of a presigned `url` that is made to be past its time at `now`, whatever it says itself."""
    url = sigv4.ascii_url(url)
    subject = f"GET {url} {now}"
    try:
        signed = sigv4.read(SCHEME, url)
    except sigv4.Malformed:
        return _expired(subject, 0, now, now)
    return _expired(subject, signed.expires, min(signed.ends, now), now)


def denied(subject: str) -> Refusal:
    """The answer to somebody who may not read the object, named by its path."""
    return _refuse(403, subject, Code="AccessDenied", Message="Access Denied")


def missing(key: str) -> Refusal:
    """The answer for a key that no object has."""
    message = "The specified key does not exist."
    return _refuse(404, key, Code="NoSuchKey", Message=message, Key=key)


def _expired(subject: str, expires: int, ended: float, now: float) -> Refusal:
    fields = {
        "Code": "AccessDenied",
        "Message": "Request has expired",
        "X-Amz-Expires": str(expires),
        "Expires": iso_seconds(ended),
        "ServerTime": iso_seconds(now),
    }
    return _refuse(403, subject, **fields)


def _two_mechanisms(subject: str) -> Refusal:
    # S3 echoes the header's value here; ours stays masked, since it may be somebody's real key.
    message = (
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
        "Signature query string parameter or the Authorization header should be specified"
    )
    return _refuse(
        400,
        subject,
        Code="InvalidArgument",
        Message=message,
        ArgumentName="Authorization",
        ArgumentValue="***",
    )


def _wrong_region(subject: str, named: str, expected: str) -> Refusal:
    message = f"Error parsing the X-Amz-Credential parameter; the region '{named}' is wrong; expecting '{expected}'"
    return _refuse(400, subject, Code="AuthorizationQueryParametersError", Message=message, Region=expected)


def _unknown_access_key(subject: str, access_key: str) -> Refusal:
    message = "The AWS Access Key Id you provided does not exist in our records."
    return _refuse(403, subject, Code="InvalidAccessKeyId", Message=message, AWSAccessKeyId=access_key)


def _mismatch(subject: str, method: str, url: str, signed: sigv4.Signed, credentials: sigv4.Credentials) -> Refusal:
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return _refuse(
        403,
        subject,
        Code="SignatureDoesNotMatch",
        Message=message,
        AWSAccessKeyId=signed.access_key,
        StringToSign=sigv4.string_to_sign(SCHEME, method, url, credentials),
        SignatureProvided=signed.signature,
        CanonicalRequest=sigv4.canonical_request(SCHEME, method, url),
    )


def _refuse(status: int, subject: str, /, **fields: str) -> Refusal:
    """A refusal with the two identifiers S3 ends every error with, here drawn from what was asked."""
    drawn = shake_256(subject.encode("utf-8", "surrogatepass")).digest(64)
    identifiers = {"RequestId": drawn[:8].hex().upper(), "HostId": b64encode(drawn[8:]).decode()}
    return xml_refusal(status, {**fields, **identifiers})
