"""How each provider words its refusals: an independent copy of what the tests expect, and how to read it."""

from collections.abc import Mapping
from typing import Any

from harness import Answer

Refusal = tuple[int, Any]

REFUSALS: Mapping[str, Mapping[str, Refusal]] = {
    "reapi": {
        "key-missing": (401, 10001),
        "key-malformed": (401, 10002),
        "key-unknown": (401, 10003),
        "key-revoked": (401, 10004),
        "credits-exhausted": (402, 30001),
        "rate-limited": (429, 50001),
        "route-unknown": (404, 20005),
        "method-not-allowed": (405, 20006),
        "body-malformed": (400, 20001),
        "body-too-large": (413, 20007),
        "header-malformed": (400, 20003),
        "parameter-missing": (400, 20002),
        "parameter-invalid": (400, 20003),
        "model-unknown": (400, 20003),
        "job-unknown": (404, 20004),
        "internal": (500, 60099),
        "unavailable": (503, 60099),
    },
    "threedai": {
        "key-missing": (401, "invalid_api_key"),
        "key-malformed": (401, "invalid_api_key"),
        "key-unknown": (401, "invalid_api_key"),
        "key-revoked": (401, "api_key_revoked"),
        "credits-exhausted": (402, "insufficient_credits"),
        "rate-limited": (429, "rate_limited"),
        "route-unknown": (404, "not_found"),
        "method-not-allowed": (405, "method_not_allowed"),
        "body-malformed": (400, "validation_failed"),
        "body-too-large": (413, "request_too_large"),
        "header-malformed": (400, "validation_failed"),
        "parameter-missing": (400, "validation_failed"),
        "parameter-invalid": (400, "validation_failed"),
        "job-unknown": (404, "not_found"),
        "internal": (500, "internal_error"),
        "unavailable": (503, "service_unavailable"),
    },
    "gmicloud": {
        "key-missing": (401, None),
        "key-malformed": (401, None),
        "key-unknown": (401, None),
        "key-revoked": (401, None),
        "credits-exhausted": (402, None),
        "rate-limited": (429, None),
        "route-unknown": (404, None),
        "method-not-allowed": (405, None),
        "body-malformed": (400, None),
        "body-too-large": (413, None),
        "header-malformed": (400, None),
        "parameter-missing": (400, None),
        "parameter-invalid": (400, None),
        "model-unknown": (404, None),
        "job-unknown": (404, None),
        "job-final": (409, None),
        "internal": (500, None),
        "unavailable": (503, None),
    },
    "tokaify": {
        "key-missing": (401, ("new_api_error", "")),
        "key-malformed": (401, ("new_api_error", "")),
        "key-unknown": (401, ("new_api_error", "")),
        "key-revoked": (401, ("new_api_error", "")),
        "credits-exhausted": (403, ("new_api_error", "insufficient_user_quota")),
        "rate-limited": (429, ("new_api_error", "")),
        "route-unknown": (404, ("invalid_request_error", "")),
        "method-not-allowed": (405, ("invalid_request_error", "")),
        "body-malformed": (400, ("new_api_error", "bad_request_body")),
        "body-too-large": (413, ("new_api_error", "read_request_body_failed")),
        "header-malformed": (400, ("invalid_request_error", "")),
        "parameter-missing": (400, ("INVALID_ARGUMENT", 400)),
        "parameter-invalid": (400, ("INVALID_ARGUMENT", 400)),
        "model-unknown": (503, ("new_api_error", "model_not_found")),
        "internal": (500, ("INTERNAL", 500)),
        "unavailable": (503, ("UNAVAILABLE", 503)),
    },
    "onemin": {
        "key-missing": (401, None),
        "key-malformed": (401, None),
        "key-unknown": (401, None),
        "key-revoked": (401, None),
        "credits-exhausted": (402, None),
        "rate-limited": (429, None),
        "route-unknown": (404, None),
        "method-not-allowed": (405, None),
        "body-malformed": (400, None),
        "body-too-large": (413, None),
        "header-malformed": (400, None),
        "parameter-missing": (400, None),
        "parameter-invalid": (400, None),
        "model-unknown": (400, None),
        "internal": (500, None),
        "unavailable": (503, None),
    },
}


def code_of(provider: str, body: Any) -> Any:
    """The code in an error body; tokaify's two envelopes give their word and their code."""
    error = body.get("error")
    if provider == "reapi":
        return error["code"]
    if provider == "threedai":
        return error
    if provider == "tokaify":
        return (error.get("type") or error["status"], error["code"])
    return None


def message_of(provider: str, body: Any) -> str:
    """The sentence in an error body."""
    message = {
        "reapi": lambda: body["error"]["message"],
        "threedai": lambda: body["message"],
        "gmicloud": lambda: body["error"],
        "tokaify": lambda: body["error"]["message"],
        "onemin": lambda: body["message"],
    }[provider]()
    assert isinstance(message, str)
    return message


def assert_refused(answer: Answer, kind: str) -> str:
    """Fail unless the answer is the provider's refusal of this kind; its message otherwise."""
    provider = answer.exchange.provider
    assert answer.exchange.problem == kind, (answer.exchange.problem, answer.status, answer.body[:500])
    assert (answer.status, code_of(provider, answer.json)) == REFUSALS[provider][kind]
    message = message_of(provider, answer.json)
    assert message.strip()
    assert "Traceback" not in message
    return message
