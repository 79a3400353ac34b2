"""How commands end that cannot go on: one sentence on stderr, and an exit code.

click.ClickException   exit code 1
├─ BadInput            what the caller gave us is wrong; exit code 2
└─ Stopped             something else ended the run; its exit code says what
"""

import click


class BadInput(click.ClickException):
    """One sentence about what the caller gave us."""

    exit_code = 2


class Stopped(click.ClickException):
    """One sentence about what ended the run."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance
