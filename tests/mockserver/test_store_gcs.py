"""Google Cloud Storage's signed URLs and refusals."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight.mockserver.stores import Refusal, gcs

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
OBJECT = "https://storage.googleapis.com/gmi-generated-assets/user-assets/a.jpg"
URL = gcs.presign(OBJECT, now=NOW, expires=3600)


def fields(refusal: Refusal | None) -> dict[str, str]:
    """The elements of a refusal's XML body."""
    assert refusal is not None
    assert refusal.content_type == "application/xml; charset=UTF-8"
    root = ElementTree.fromstring(refusal.body)
    assert root.tag == "Error"
    return {child.tag: child.text or "" for child in root}


def check(url: str = URL, *, method: str = "GET", now: float = NOW) -> tuple[int, str] | None:
    """Status and code of the answer, or None for the object itself."""
    refusal = gcs.check(method, url, now=now)
    return (refusal.status, fields(refusal)["Code"]) if refusal else None


def test_a_signed_url_has_the_shape_of_googles_conformance_example() -> None:
    """All but the signature, which Google's example makes with RSA."""
    url = gcs.presign(
        "https://storage.googleapis.com/test-bucket/test-object",
        now=1_549_011_600,
        expires=10,
        access_key="test-iam-credentials@dummy-project-id.iam.gserviceaccount.com",
    )
    address, _, signature = url.partition("&X-Goog-Signature=")
    assert address == (
        "https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-HMAC-SHA256"
        "&X-Goog-Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com"
        "%2F20190201%2Fauto%2Fstorage%2Fgoog4_request"
        "&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host"
    )
    assert re.fullmatch("[0-9a-f]{64}", signature)


def test_a_signed_url_is_answered_until_its_end() -> None:
    assert check() is None
    assert check(now=NOW + 3600) is None
    assert check(now=NOW + 3601) == (400, "ExpiredToken")


def test_an_expired_url_is_a_bad_request_that_says_when_it_ended() -> None:
    found = fields(gcs.check("GET", URL, now=NOW + 7200))
    assert found["Message"] == "Invalid argument."
    assert found["Details"].endswith("Request signature expired at: 2026-01-01T01:00:00+00:00")


@pytest.mark.parametrize(
    ("url", "method"),
    [
        (URL, "HEAD"),
        (URL.replace("a.jpg", "b.jpg"), "GET"),
        (URL.replace("storage.googleapis.com", "storage.example.com"), "GET"),
        (URL + "&x=1", "GET"),
        (re.sub("Signature=.{64}", "Signature=00", URL), "GET"),
    ],
)
def test_an_altered_request_does_not_match_its_signature(url: str, method: str) -> None:
    assert check(url, method=method) == (403, "SignatureDoesNotMatch")


def test_the_signature_depends_on_the_secret() -> None:
    assert check(gcs.presign(OBJECT, now=NOW, expires=3600, secret_key="other")) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("old", "new", "parameter"),
    [
        ("Date=20260101T000000Z", "Date=yesterday", "X-Goog-Date"),
        ("&X-Goog-Date=20260101T000000Z", "", "X-Goog-Date"),
        ("Expires=3600", "Expires=1h", "X-Goog-Expires"),
        ("Expires=3600", "Expires=604801", "X-Goog-Expires"),
        ("goog4_request", "aws4_request", "X-Goog-Credential"),
    ],
)
def test_a_malformed_parameter_is_named(old: str, new: str, parameter: str) -> None:
    refusal = gcs.check("GET", URL.replace(old, new), now=NOW)
    assert refusal is not None
    assert refusal.status == 400
    found = fields(refusal)
    assert (found["Code"], found["ParameterName"]) == ("MalformedSecurityHeader", parameter)
    assert found["Details"]


def test_an_unsigned_url_is_an_anonymous_caller() -> None:
    assert check(OBJECT) == (403, "AccessDenied")


def test_an_object_expired_on_demand_looks_like_one_that_expired() -> None:
    assert fields(gcs.expired(URL, now=NOW + 60))["Details"].endswith("2026-01-01T00:01:00+00:00")
    assert gcs.expired(URL, now=NOW + 7200) == gcs.check("GET", URL, now=NOW + 7200)
    assert gcs.expired(OBJECT, now=NOW).status == 400


def test_a_missing_public_object_is_named_safely() -> None:
    refusal = gcs.missing("bucket/<a>\x01.jpg")
    assert refusal.status == 404
    found = fields(refusal)
    assert (found["Code"], found["Details"]) == ("NoSuchKey", "No such object: bucket/<a>\ufffd.jpg")


@given(st.text(st.characters(), max_size=80))
@example("/?X-Goog-Signature=\udcff")
def test_no_url_crashes_the_check_or_passes_it(rest: str) -> None:
    assert fields(gcs.check("GET", f"https://media.example{rest}", now=NOW))["Code"]
