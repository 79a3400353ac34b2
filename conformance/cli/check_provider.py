"""`safelight check provider`: does a server that claims to be a provider still keep to the document?"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from ...specs import provider_names
from .errors import BadInput, Stopped
from .judging import failing_levels, finish, harness_failure, known_failures, reporting_options

if TYPE_CHECKING:
    from ..drift.evidence import Evidence
    from ..drift.prober import Limits
    from ..drift.record import Drift
    from ..suite.results import Report

KEY_VARIABLE: Final = "SAFELIGHT_API_KEY"


@click.command()
@click.option("--provider", required=True, type=click.Choice(provider_names()), help="Who the server claims to be.")
@click.option("--base-url", required=True, metavar="URL", help="Where it is; the documented paths follow.")
@click.option(
    "--api-key", required=True, envvar=KEY_VARIABLE, show_envvar=True, metavar="KEY", help="A key of its own."
)
@click.option("--max-paid", type=click.IntRange(0), default=1, show_default=True, metavar="N",
              help="The most orders that may cost money; 0 asks only what is free.")  # fmt: skip
@click.option("--deadline", type=click.FloatRange(1), default=600.0, show_default=True, metavar="SECONDS",
              help="The longest that an order is followed.")  # fmt: skip
@click.option("--check", "checks", multiple=True, metavar="ID", help="Only this check; repeat it for several.")
@reporting_options
def provider(
    provider: str, base_url: str, api_key: str, max_paid: int, deadline: float, checks: Sequence[str], **options: Any
) -> None:
    """Judge a server that claims to be one of the providers: the real one, or somebody's mock.

    First come requests that the document refuses or that only read, then at most --max-paid orders, each of them
    followed to its images. None is sent twice, and what is taken although the document refuses it counts as an order.
    Whatever the document leaves open may be either way.

    Exit code 0: nothing speaks against it; 1: a check failed; 2: bad usage, such as a wrong address or key; 3: the
    server cannot be judged; 4: Safelight failed; 5: the baseline is out of date.
    """
    from ..drift.catalogue import all_drift_checks
    from ..drift.prober import Limits
    from ..suite.judging import exit_code

    base_url, api_key = _address(base_url), _key(api_key)
    chosen = _chosen(provider, checks)
    if not any(check.paid for check in chosen):
        max_paid = 0
    baseline = known_failures(options, all_drift_checks())
    started = time.monotonic()
    evidence = _looked(provider, base_url, api_key, Limits(max_paid, deadline))
    report = _report(evidence, chosen, base_url, api_key, time.monotonic() - started, baseline, options)
    finish(report, options, baseline)
    sys.exit(exit_code(report))


def _looked(provider: str, base_url: str, api_key: str, limits: Limits) -> Evidence:
    from rich.console import Console

    from ..drift.run import look_at
    from ..drift.troubles import CannotJudge

    console = Console(stderr=True)
    try:
        with console.status("") as status:
            return asyncio.run(look_at(provider, base_url, api_key, limits, status.update))
    except CannotJudge as error:
        raise Stopped(str(error), error.exit_code) from None
    except Exception as error:
        raise harness_failure(error) from error


def _report(
    evidence: Evidence,
    chosen: Sequence[Drift],
    base_url: str,
    api_key: str,
    seconds: float,
    baseline: Any,
    options: Any,
) -> Report:
    from ..drift.report import report_on

    try:
        return report_on(
            evidence, chosen, base_url=base_url, api_key=api_key, seconds=seconds, baseline=baseline,
            today=datetime.now(UTC).date(), fail_on=failing_levels(options["fail_on"]),
        )  # fmt: skip
    except Exception as error:
        raise harness_failure(error) from error


def _chosen(provider: str, ids: Sequence[str]) -> Sequence[Drift]:
    from difflib import get_close_matches

    from ..drift.catalogue import drift_checks

    known = {check.id: check for check in drift_checks(provider)}
    for id in ids:
        if id not in known:
            near = get_close_matches(id, known, n=1, cutoff=0.0)
            raise BadInput(f"there is no check {id!r} of {provider}'s server; did you mean {near[0]}?")
    return [known[id] for id in ids] or [*known.values()]


def _address(text: str) -> str:
    text = text.strip()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or any(character.isspace() for character in text):
        raise BadInput(f"--base-url takes an http(s) URL such as https://api.example.com, not {text!r}.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadInput("--base-url takes scheme, host, port and path alone; the key goes to --api-key.")
    return text.rstrip("/")


def _key(text: str) -> str:
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput("--api-key takes a key of visible ASCII characters without spaces.")
    return text
