"""`safelight check gateway`: is my gateway right?"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from ..suite.described import subject_described
from .judging import judge_and_report, judging_options


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="GATEWAY.YAML")
@judging_options
def gateway(file: Path, **options: Any) -> None:
    """Judge a gateway, in any language, as its file describes it; `safelight init gateway` writes one.

    Exit code 0: nothing speaks against it; 1: a check failed; 2: bad usage; 3: the gateway does not start or dies;
    4: Safelight failed; 5: the baseline is out of date.
    """
    judge_and_report(partial(subject_described, {"gateway": str(file)}), options)
