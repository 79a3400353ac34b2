"""One ruling of one check on one run, whichever kind of check it is."""

from __future__ import annotations

from ..checks.record import FINE, Ruling
from ..engine.run import Run
from ..properties.record import Property
from .catalogue import AnyCheck
from .general import JournalRulings


def ruling_on(check: AnyCheck, run: Run) -> Ruling:
    """What a check says of a run: None, FINE or a sentence."""
    return check.judge(run) if isinstance(check, Property) else JournalRulings().of(run).get(check.id)


def is_broken(ruling: Ruling) -> bool:
    """Whether a ruling speaks against the client."""
    return ruling is not None and ruling is not FINE
