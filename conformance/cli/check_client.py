"""`safelight check client`: is my client right?"""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from .judging import judge_and_report, judging_options
from .subject_options import subject_from, subject_options


@click.command()
@subject_options
@judging_options
def client(**options: Any) -> None:
    """Judge a client in any language.

    Name it by exactly one of --factory, --command and --exec. Exit code 0: nothing speaks against it; 1: a check
    failed; 2: bad usage; 3: the adapter does not do its part; 4: Safelight failed; 5: the baseline is out of date.
    """
    judge_and_report(partial(subject_from, options), options)
