"""How a client says what went wrong.

ClientError   any failure, told by its `category`; clients may raise their own exceptions with the same attributes

auth          the key is missing, wrong or revoked
credits       the account is empty
rate_limited  too many requests; `retry_after` where the provider said when to come back
invalid       the provider refused the request
unsupported   the client cannot ask this provider for that; nothing was sent
blocked       moderation refused the prompt or the images
failed        the job failed
cancelled     the job, or the call, was cancelled
timeout       the client gave up waiting; the job may still end well
server        the provider failed: 5xx, a broken connection, a bad gateway
ambiguous     nobody knows whether a paid job exists
protocol      the answer makes no sense
"""

from typing import Final, Literal, get_args

Category = Literal[
    "auth", "credits", "rate_limited", "invalid", "unsupported", "blocked", "failed", "cancelled", "timeout", "server",
    "ambiguous", "protocol",
]  # fmt: skip
CATEGORIES: Final[tuple[str, ...]] = get_args(Category)


class ClientError(Exception):
    """A failure with its category.

    `code` is the provider's own, `request_id` its name for the request, `task_id` the job that may be picked up
    later, `retry_after` seconds, `status` the HTTP status.
    """

    def __init__(
        self,
        message: str,
        *,
        category: Category,
        code: str | int | None = None,
        request_id: str | None = None,
        task_id: str | None = None,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.category = category
        self.code = code
        self.request_id = request_id
        self.task_id = task_id
        self.retry_after = retry_after
        self.status = status
