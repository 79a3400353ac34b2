"""Why a server cannot be judged: one sentence, and the exit code that goes with it."""

from __future__ import annotations

from ..suite.judging import ADAPTER, USAGE


class CannotJudge(Exception):
    """The server does not answer as any API would; exit code 3."""

    exit_code = ADAPTER


class WrongAddress(CannotJudge):
    """What was given to reach it is wrong: address or key; exit code 2."""

    exit_code = USAGE
