"""What goes wrong, in the gateway's own words: who knows what a provider's hold."""

import re
from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from ..client import Category, ClientError

# What callers get of each: the HTTP status, and the type that OpenAI's libraries know.
CODES: Final[Mapping[str, tuple[int, str]]] = {
    "invalid_request": (400, "invalid_request_error"),
    "unknown_parameter": (400, "invalid_request_error"),
    "unsupported_value": (400, "invalid_request_error"),
    "reference_unavailable": (400, "invalid_request_error"),
    "rejected_by_provider": (400, "invalid_request_error"),
    "content_policy_violation": (400, "image_generation_user_error"),
    "invalid_api_key": (401, "authentication_error"),
    "model_not_found": (404, "invalid_request_error"),
    "not_found": (404, "invalid_request_error"),
    "method_not_allowed": (405, "invalid_request_error"),
    "idempotency_mismatch": (409, "idempotency_error"),
    "request_too_large": (413, "invalid_request_error"),
    "rate_limit_exceeded": (429, "rate_limit_error"),
    "internal_error": (500, "server_error"),
    "upstream_auth": (502, "upstream_error"),
    "upstream_failed": (502, "upstream_error"),
    "upstream_cancelled": (502, "upstream_error"),
    "upstream_unavailable": (502, "upstream_error"),
    "upstream_protocol": (502, "upstream_error"),
    "ambiguous_submit": (502, "upstream_error"),
    "result_unavailable": (502, "upstream_error"),
    "upstream_credits": (503, "upstream_error"),
    "abandoned": (503, "server_error"),
    "overloaded": (503, "server_error"),
    "shutting_down": (503, "server_error"),
    "timeout": (504, "timeout_error"),
}

TRANSIENT: Final = frozenset({"rate_limit_exceeded", "overloaded", "upstream_unavailable"})
RETRY_AFTER: Final = 10.0  # seconds, where the provider named none

# What became of a call upstream, by the category of the client's error.
UPSTREAM: Final[Mapping[Category, tuple[str, str]]] = {
    "auth": ("upstream_auth", "{} does not accept the gateway's account"),
    "credits": ("upstream_credits", "the gateway's account with {} is out of credits"),
    "rate_limited": ("rate_limit_exceeded", "{} is asked for too much at present"),
    "invalid": ("rejected_by_provider", "{} refused the request as invalid"),
    "unsupported": ("unsupported_value", "{} does not offer what was asked for"),
    "blocked": ("content_policy_violation", "the moderation of {} refused the prompt, a reference or the image"),
    "failed": ("upstream_failed", "{} could not make the image"),
    "cancelled": ("upstream_cancelled", "the job was cancelled at {}"),
    "timeout": ("timeout", "{} was not done in time; it may still make and charge the image"),
    "server": ("upstream_unavailable", "{} is not available"),
    "ambiguous": (
        "ambiguous_submit",
        "the connection to {} broke while it was asked, so a job may exist and may have to be paid; "
        "it was not asked again, nor was anybody else",
    ),
    "protocol": ("upstream_protocol", "{} gave an answer that makes no sense"),
}

_CODE = re.compile("[a-z][a-z_]{2,40}")


class GatewayError(Exception):
    """A failure as callers are told of it.

    `certain` means that surely nothing came of the request that has to be paid. `code` is one of CODES, `param` the
    field that is to blame, `retry_after` in seconds, `job` the id of our job to ask about later.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        certain: bool = True,
        retry_after: float | None = None,
        provider: str | None = None,
        provider_code: str | int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status, self.type = CODES[code]
        self.status = status or self.status
        self.message = message
        self.param = param
        self.certain = certain
        self.retry_after = retry_after
        self.provider = provider
        self.provider_code = provider_code
        self.extra_headers = headers or {}
        self.job: str | None = None

    def body(self, request_id: str) -> dict[str, Any]:
        """The object under `error`."""
        body: dict[str, Any] = {
            "message": self.message, "type": self.type, "code": self.code, "param": self.param,
            "request_id": request_id,
        }  # fmt: skip
        optional = {"provider": self.provider, "provider_code": self.provider_code, "job": self.job}
        return body | {name: value for name, value in optional.items() if value is not None}

    def headers(self) -> dict[str, str]:
        """`X-Should-Retry` keeps OpenAI's libraries from paying twice: on their own they repeat after any 5xx."""
        again = self.certain and self.code in TRANSIENT
        headers = {**self.extra_headers, "X-Should-Retry": "true" if again else "false"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(ceil(self.retry_after))
        return headers


def harmless_code(code: str | int | None) -> str | int | None:
    """A provider's code if it is one for sure: a number or a lower-case word."""
    return code if isinstance(code, int) or (code and _CODE.fullmatch(code)) else None


def told(error: ClientError, provider: str, *, certain: bool) -> GatewayError:
    """What callers are told of a failure upstream."""
    # A provider that refuses to be asked for a job refuses us, not what our caller wrote.
    blameless = error.category == "invalid" and error.task_id is not None
    code, text = UPSTREAM["protocol" if blameless else error.category]
    wait = (
        (error.retry_after if error.retry_after is not None else RETRY_AFTER)
        if error.category == "rate_limited"
        else None
    )
    return GatewayError(
        code, text.format(provider), certain=certain, retry_after=wait, provider=provider,
        provider_code=harmless_code(error.code),
    )  # fmt: skip
