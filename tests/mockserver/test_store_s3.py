"""S3's presigned URLs: the published example, and every way to be refused."""

import re
from typing import Literal
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from safelight.mockserver.stores import Refusal, cdn, s3

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
LIFE = 3600
OBJECT = "https://s3.us-east-1.amazonaws.com/asset.1min.ai/images/2026_01_01_00_00_00_000_cat.png"
URL = s3.presign(OBJECT, now=NOW, expires=LIFE)


def fields(refusal: Refusal | None) -> dict[str, str]:
    """The elements of a refusal's XML body."""
    assert refusal is not None
    assert refusal.content_type == "application/xml"
    root = ElementTree.fromstring(refusal.body)
    assert root.tag == "Error"
    return {child.tag: child.text or "" for child in root}


def check(url: str = URL, *, method: str = "GET", now: float = NOW) -> tuple[int, str] | None:
    """Status and code of the answer, or None for the object itself."""
    refusal = s3.check(method, url, {}, now=now)
    return (refusal.status, fields(refusal)["Code"]) if refusal else None


AWS_KEY = "AKIAIOSFODNN7EXAMPLE"
AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AWS_TIME = 1_369_353_600  # 2013-05-24T00:00:00Z


def test_the_published_example_is_signed_as_aws_signs_it() -> None:
    url = s3.presign(
        "https://examplebucket.s3.amazonaws.com/test.txt",
        now=AWS_TIME,
        expires=86400,
        access_key=AWS_KEY,
        secret_key=AWS_SECRET,
    )
    assert url == (
        "https://examplebucket.s3.amazonaws.com/test.txt"
        "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    assert s3.check("GET", url, {}, now=AWS_TIME, access_key=AWS_KEY, secret_key=AWS_SECRET) is None


@pytest.mark.parametrize("expires", [0, -1, 604_801])
def test_a_life_that_s3_does_not_sign_is_refused(expires: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 604800 seconds, not {expires}"):
        s3.presign(OBJECT, now=NOW, expires=expires)


@given(
    key=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    parameter=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10),
    port=st.integers(0, 65535),
    expires=st.integers(1, 604_800),
)
@example(key="a b+c/ü=&%.png", parameter="response content+type&", port=443, expires=1)
def test_a_presigned_url_is_answered_until_its_end(key: str, parameter: str, port: int, expires: int) -> None:
    url = f"https://media.example:{port}/{quote(key)}?{quote(parameter, safe='')}=x%20y"
    signed = s3.presign(url, now=NOW + 0.9, expires=expires)
    assert check(signed) is None
    assert check(signed, now=NOW + expires) is None
    assert check(signed, now=NOW + expires + 0.001) == (403, "AccessDenied")


def test_an_expired_url_says_when_it_ended() -> None:
    refusal = s3.check("GET", URL, {}, now=NOW + 7200)
    assert refusal is not None
    assert refusal.status == 403
    found = fields(refusal)
    assert list(found) == ["Code", "Message", "X-Amz-Expires", "Expires", "ServerTime", "RequestId", "HostId"]
    assert (found["Code"], found["Message"]) == ("AccessDenied", "Request has expired")
    assert (found["X-Amz-Expires"], found["Expires"], found["ServerTime"]) == (
        "3600",
        "2026-01-01T01:00:00Z",
        "2026-01-01T02:00:00Z",
    )
    assert re.fullmatch("[0-9A-F]{16}", found["RequestId"])
    assert re.fullmatch("[A-Za-z0-9+/]{75}=", found["HostId"])


def test_identifiers_depend_on_the_request_alone() -> None:
    first, again = (s3.check("GET", URL, {}, now=NOW + 7200) for _ in range(2))
    other = s3.check("GET", URL + "&a=b", {}, now=NOW + 7200)
    assert first == again
    assert fields(first)["RequestId"] != fields(other)["RequestId"]


ALTERED = {
    "host": URL.replace("s3.us-east-1", "s3.us-east-2"),
    "port": URL.replace(".com/", ".com:8080/"),
    "path": URL.replace("cat.png", "dog.png"),
    "path byte": URL.replace("cat.png", "%FFat.png"),
    "life": URL.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
    "added parameter": URL + "&x=1",
    "repeated parameter": URL + "&X-Amz-Expires=3600",
    "signed headers": URL.replace("SignedHeaders=host", "SignedHeaders=host%3Brange"),
    "signature": re.sub("Signature=.{64}", f"Signature={'0' * 64}", URL),
    "signature beyond ASCII": re.sub("Signature=.{64}", "Signature=%C3%BC%00", URL),
}


@pytest.mark.parametrize("url", ALTERED.values(), ids=ALTERED)
def test_an_altered_url_does_not_match_its_signature(url: str) -> None:
    assert check(url) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "POST", "DELETE"])
def test_a_url_signed_for_get_is_good_for_nothing_else(method: str) -> None:
    assert check(method=method) == (403, "SignatureDoesNotMatch")


def test_a_mismatch_shows_what_should_have_been_signed() -> None:
    found = fields(s3.check("HEAD", URL, {}, now=NOW))
    assert found["CanonicalRequest"].startswith("HEAD\n/asset.1min.ai/images/")
    assert found["StringToSign"].startswith("AWS4-HMAC-SHA256\n20260101T000000Z\n20260101/us-east-1/s3/aws4_request\n")


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https://s3.us-east-1.amazonaws.com/", "https://S3.US-EAST-1.amazonaws.com:443/"),
        URL.replace("cat.png", "c%61t.png"),
    ],
)
def test_another_spelling_of_the_same_url_is_answered(url: str) -> None:
    assert check(url) is None


def test_the_order_of_the_parameters_does_not_matter() -> None:
    address, _, query = URL.partition("?")
    assert check(f"{address}?{'&'.join(reversed(query.split('&')))}") is None


@pytest.mark.parametrize("url", [OBJECT, OBJECT + "?", URL.partition("&X-Amz-Signature")[0]])
def test_a_url_without_signature_is_denied(url: str) -> None:
    assert check(url) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&", "", "version 4 requires"),
        ("X-Amz-Date=20260101T000000Z&", "", "version 4 requires"),
        ("=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1", "X-Amz-Algorithm only supports"),
        ("Date=20260101T000000Z", "Date=2026-01-01", "ISO8601 Long Format"),
        ("Date=20260101T000000Z", "Date=20261301T000000Z", "ISO8601 Long Format"),
        ("Date=20260101T000000Z", "Date=20260102T000000Z", "Invalid credential date"),
        ("Expires=3600", "Expires=soon", "should be a number"),
        ("Expires=3600", "Expires=-1", "must be non-negative"),
        ("Expires=3600", "Expires=604801", "less than a week"),
        ("%2Faws4_request", "", "Credential is mal-formed"),
        ("%2Fs3%2F", "%2Fec2%2F", "Credential is mal-formed"),
        ("us-east-1%2Fs3", "eu-west-1%2Fs3", "the region 'eu-west-1' is wrong; expecting 'us-east-1'"),
    ],
)
def test_a_malformed_parameter_is_named(old: str, new: str, message: str) -> None:
    refusal = s3.check("GET", URL.replace(old, new), {}, now=NOW)
    assert refusal is not None
    assert refusal.status == 400
    assert fields(refusal)["Code"] == "AuthorizationQueryParametersError"
    assert message in fields(refusal)["Message"]


def test_a_foreign_access_key_is_unknown() -> None:
    foreign = s3.presign(OBJECT, now=NOW, expires=LIFE, access_key=AWS_KEY)
    assert check(foreign) == (403, "InvalidAccessKeyId")


def test_a_url_from_the_future_is_not_valid_yet() -> None:
    assert check(now=NOW - 900) is None
    assert check(now=NOW - 901) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("policy", "url", "expected"),
    [("ignored", URL, None), ("refused", URL, (400, "InvalidArgument")), ("refused", OBJECT, (403, "AccessDenied"))],
)
def test_an_authorization_header_beside_a_signature(
    policy: Literal["ignored", "refused"], url: str, expected: tuple[int, str] | None
) -> None:
    refusal = s3.check("GET", url, {"authorization": "Bearer rk_live_secret"}, now=NOW, authorization=policy)
    assert (refusal and (refusal.status, fields(refusal)["Code"])) == expected
    assert refusal is None or b"rk_live_secret" not in refusal.body


def test_an_object_expired_on_demand_looks_like_one_that_expired() -> None:
    early = s3.expired(URL, now=NOW + 60)
    found = fields(early)
    assert (early.status, found["Message"]) == (403, "Request has expired")
    assert (found["Expires"], found["ServerTime"]) == ("2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z")
    assert s3.expired(URL, now=NOW + 7200) == s3.check("GET", URL, {}, now=NOW + 7200)
    assert fields(s3.expired(OBJECT, now=NOW))["X-Amz-Expires"] == "0"


def test_a_missing_key_is_named_safely() -> None:
    refusal = s3.missing("a/<b>&\0.png")
    assert refusal.status == 404
    assert (fields(refusal)["Code"], fields(refusal)["Key"]) == ("NoSuchKey", "a/<b>&\ufffd.png")


@given(method=st.text(max_size=5), rest=st.text(st.characters(), max_size=80), now=st.floats(0, 4e9))
@example(method="GET", rest="/?X-Amz-Signature=\udcff", now=0)
def test_no_url_crashes_the_check_or_passes_it(method: str, rest: str, now: float) -> None:
    assert fields(s3.check(method, f"https://media.example{rest}", {}, now=now))["Code"]


@given(position=st.integers(0, len(URL) - 1), char=st.characters(min_codepoint=33, max_codepoint=126))
def test_no_single_change_goes_unnoticed(position: int, char: str) -> None:
    altered = URL[:position] + char + URL[position + 1 :]
    assume(altered.casefold() != URL.casefold() and position > len("https://"))
    assert check(altered) is not None


@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        ({"status": 404, "body": "gone"}, "text/plain; charset=utf-8"),
        ({"status": 404, "content_type": "a/b", "body": "gone"}, "a/b"),
    ],
)
def test_a_plain_host_refuses_as_its_behaviour_says(answer: dict[str, object], content_type: str) -> None:
    assert cdn.refusal(answer) == Refusal(404, content_type, b"gone")
    assert cdn.missing().status == 404
